"""The result of repeating a run, in lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nncli.escaping import printable
from nncli.repetition.comparison import Repetition
from nncli.repetition.difference import Difference
from nncli.settings import compact, flatten
from nncli.text import count_of, shorten

MAX_LINES = 5  # differences listed one by one


def difference_lines(path: str, differences: Sequence[Difference]) -> list[str]:
    """Return a line for each of the first five differences of a run, and one with the number of others."""
    listed = [f"{printable(path)}: {difference.line()}" for difference in differences[:MAX_LINES]]
    more = len(differences) - MAX_LINES
    return listed if more <= 0 else [*listed, f"{printable(path)}: and {more:,} more"]


def result_lines(path: str, repetition: Repetition) -> list[str]:
    """Return whether every digit agrees; if not, which numbers differ, by how much, and what is different here."""
    epochs = count_of(repetition.epochs, "epoch")
    if not repetition.complete:
        count = len(repetition.differences)
        result = f"{count} metric{'s differ' if count > 1 else ' differs'}" if count else "every digit agrees"
        return [f"interrupted: compared only the rows of {epochs}; {result}"]
    if repetition.exact:
        return [f"the same: every digit agrees in {', '.join([epochs, *repetition.files])}"]
    unexplained = [difference for difference in repetition.differences if not difference.excused]
    if unexplained:
        count, limit = len(unexplained), " by more than rounding explains" if repetition.elsewhere else ""
        verdict = f"not the same: {count:,} number{'s differ' if count > 1 else ' differs'}{limit}"
    else:
        amplified = ", which this training amplifies" if repetition.nudged else ""
        rows = [f"{each.key} by {each.relative:.1e}" for each in repetition.differences if each.epoch is not None]
        largest = f"; at most {', '.join(rows)} (relative)" if rows else ""
        verdict = f"the same except for rounding{amplified}: {epochs}{largest}"
    return [*difference_lines(path, unexplained), verdict, *_environment(repetition.elsewhere)]


def _environment(elsewhere: Mapping[str, tuple[Any, Any]]) -> Iterator[str]:
    """Yield a line for each difference in the environment: `blas.kernels was SkylakeX, here Haswell`."""
    for name, pair in elsewhere.items():
        before, here = (flatten(value, name) for value in pair)
        for key, value in here.items():
            if before.get(key) != value:
                yield f"{key} was {shorten(compact(before.get(key)))}, here {shorten(compact(value))}"
