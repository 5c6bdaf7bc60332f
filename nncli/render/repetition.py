"""The lines about a run that was trained again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nncli.escaping import printable
from nncli.repetition.comparison import Repetition
from nncli.repetition.difference import Difference
from nncli.settings import compact, flatten
from nncli.text import count_of, shorten

SHOWN = 5  # differences that have a line each


def difference_lines(path: str, differences: Sequence[Difference]) -> list[str]:
    """Return a line for each of the first differences of a run, and one that counts the others."""
    found = [f"{printable(path)}: {difference.line()}" for difference in differences[:SHOWN]]
    more = len(differences) - SHOWN
    return found if more <= 0 else [*found, f"{printable(path)}: and {more:,} more"]


def lines(path: str, found: Repetition) -> list[str]:
    """Say whether every digit agrees; if not, which numbers differ, by how much, and what is different here."""
    epochs = count_of(found.epochs, "epoch")
    if not found.complete:
        count = len(found.differences)
        agree = f"{count} metric{'s differ' if count > 1 else ' differs'}" if count else "every digit agrees"
        return [f"interrupted: only the rows of {epochs} were compared, and {agree}"]
    if found.exact:
        return [f"the same: every digit agrees in {', '.join([epochs, *found.files])}"]
    unexplained = [each for each in found.differences if not each.excused]
    if unexplained:
        count, than = len(unexplained), " by more than rounding explains" if found.elsewhere else ""
        verdict = f"not the same: {count:,} number{'s differ' if count > 1 else ' differs'}{than}"
    else:
        amplified = ", which this training amplifies" if found.nudged else ""
        rows = [f"{each.key} by {each.relative:.1e}" for each in found.differences if each.epoch is not None]
        largest = f"; at most {', '.join(rows)} (relative)" if rows else ""
        verdict = f"the same but for rounding{amplified}: {epochs}{largest}"
    return [*difference_lines(path, unexplained), verdict, *_environment(found.elsewhere)]


def _environment(elsewhere: Mapping[str, tuple[Any, Any]]) -> Iterator[str]:
    """Say what is different here, a line each: `blas.kernels was SkylakeX, here Haswell`."""
    for name, pair in elsewhere.items():
        before, here = (flatten(value, name) for value in pair)
        for key, value in here.items():
            if before.get(key) != value:
                yield f"{key} was {shorten(compact(before.get(key)))}, here {shorten(compact(value))}"
