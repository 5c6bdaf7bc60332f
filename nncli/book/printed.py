"""The lines that the book prints for chapters 16 and 17, with known errors and differences."""

from __future__ import annotations

import json
import platform
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from nncli import bundled_configs
from nncli.errors import UsageError
from nncli.text import quote

# Experiments with the printed lines of another one: the book's text says init 0.01, but its lines are from init 0.1.
ERRATA = {"ch17-sine-2x64-lr0.005": "ch17-sine-2x64-init0.1-lr0.005"}
ROUNDING = {"ch16-spiral": 200}  # the last epoch whose digits do not depend on how a processor rounds float32 exp
ROUNDING_NOTE = (
    "float32 exp rounds differently on other processors and C libraries; training amplifies that, and after epoch 200 "
    "it changes the printed digits"
)
EXACT_MACHINES = ("x86_64", "amd64")  # with NumPy's wheels; elsewhere differences are reported but are not failures


class Line(NamedTuple):
    """A printed line: the epoch, or None for the test data after training, and its metrics as printed."""

    epoch: int | None
    metrics: dict[str, str]


def experiments() -> dict[str, Path]:
    """Return the files of the book's experiments by name."""
    return {path.stem: path for path in bundled_configs.book()}


def select_experiments(names: list[str]) -> dict[str, Path]:
    """Return the named experiments; without names, those with printed lines. Raises UsageError for an unknown name."""
    known = experiments()
    for name in names:
        if name not in known:
            close = get_close_matches(name, known, 1)
            hint = f"did you mean {close[0]}?" if close else f"choose from {', '.join(known)}"
            raise UsageError(f"the book has no experiment {quote(name)}", hint=hint)
    return {name: known[name] for name in names or (name for name in known if printed_lines(name))}


def printed_lines(name: str) -> list[Line]:
    """Return the lines printed for an experiment, even if under the name of another; empty if there are none."""
    columns = ("accuracy", "loss", "data_loss", "regularization_loss", "learning_rate")
    text = Path(__file__).with_name("printed.json").read_text(encoding="utf-8")
    misplaced = {right: printed for printed, right in ERRATA.items()}
    rows = json.loads(text).get(misplaced.get(name, name), [])
    return [Line(None if row[0] == "validation" else row[0], dict(zip(columns, row[1:], strict=False))) for row in rows]


def erratum(name: str) -> str:
    """Return the known error of the book about an experiment's lines; empty if there is none."""
    if name in ERRATA:
        return f"erratum: the book prints the lines of init 0.1; they agree with: nncli book {ERRATA[name]}"
    printed = next((other for other, right in ERRATA.items() if right == name), None)
    return f"erratum: the book prints these lines for init 0.01, under {printed}" if printed else ""


def known_difference(name: str, epoch: int | None) -> str:
    """Return why a line may differ from the printed one; empty if it must agree."""
    if name in ERRATA:
        return erratum(name)
    if name in ROUNDING and (epoch is None or epoch > ROUNDING[name]):
        return ROUNDING_NOTE
    if platform.machine().lower() not in EXACT_MACHINES:
        return f"exact digits are guaranteed on x86-64 only, not on {platform.machine()}"
    return ""
