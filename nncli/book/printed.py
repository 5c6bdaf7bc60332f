"""What the book prints for its experiments of chapters 16 and 17, and what is known about it."""

from __future__ import annotations

import json
import platform
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from nncli import bundled_configs
from nncli.errors import UsageError
from nncli.text import quote

# Experiments whose printed lines are those of another: the text says init 0.01, and the lines are those of init 0.1.
ERRATA = {"ch17-sine-2x64-lr0.005": "ch17-sine-2x64-init0.1-lr0.005"}
ROUNDING = {"ch16-spiral": 200}  # the last epoch whose digits do not hang on how a processor rounds float32 exp
ROUNDING_NOTE = (
    "after epoch 200 the rounding of float32 exp, which differs between processors and C libraries, has grown "
    "until it shows"
)
DIGITS_PROMISED = ("x86_64", "amd64")  # with NumPy's own wheels; elsewhere differences are told and fail nothing


class Line(NamedTuple):
    """A printed line: the epoch, or None for the test data after training, and its figures as printed."""

    epoch: int | None
    metrics: dict[str, str]


def experiments() -> dict[str, Path]:
    """The book's experiments by name, with their files."""
    return {path.stem: path for path in bundled_configs.book()}


def select_experiments(names: list[str]) -> dict[str, Path]:
    """The experiments of those names; without any, those whose lines are known. Raises UsageError."""
    there = experiments()
    for name in names:
        if name not in there:
            close = get_close_matches(name, there, 1)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(there)}"
            raise UsageError(f"the book has no experiment {quote(name)}", hint=hint)
    return {name: there[name] for name in names or (name for name in there if printed_lines(name))}


def printed_lines(name: str) -> list[Line]:
    """Return the lines that the book prints for an experiment, be it under another; none of other chapters."""
    columns = ("accuracy", "loss", "data_loss", "regularization_loss", "learning_rate")
    text = Path(__file__).with_name("printed.json").read_text(encoding="utf-8")
    misplaced = {right: printed for printed, right in ERRATA.items()}
    rows = json.loads(text).get(misplaced.get(name, name), [])
    return [Line(None if row[0] == "validation" else row[0], dict(zip(columns, row[1:], strict=False))) for row in rows]


def erratum(name: str) -> str:
    """Return what is wrong in the book about the lines of an experiment; empty if nothing is known."""
    if name in ERRATA:
        return f"erratum: the book prints here the lines of init 0.1; to see them agree: nncli book {ERRATA[name]}"
    printed = next((other for other, right in ERRATA.items() if right == name), None)
    return f"erratum: the book prints these lines for init 0.01, as those of {printed}" if printed else ""


def known_difference(name: str, epoch: int | None) -> str:
    """Return why a line may differ from the printed one; empty if it may not."""
    if name in ERRATA:
        return erratum(name)
    if name in ROUNDING and (epoch is None or epoch > ROUNDING[name]):
        return ROUNDING_NOTE
    if platform.machine().lower() not in DIGITS_PROMISED:
        return f"the digits are promised on x86-64, not on {platform.machine()}"
    return ""
