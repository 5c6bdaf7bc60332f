"""A number in a run's files that contradicts another one."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any, NamedTuple

from nncli.text import shorten


class Difference(NamedTuple):
    """A recorded number (`stated`), its file and key, and the number it should be (`given`)."""

    file: str
    key: str
    stated: Any = None  # None for the metric of many rows and for an array
    given: Any = None
    by: str = ""  # source of the other number: "the retraining gives"; empty for rows and arrays
    epoch: int | None = None  # of rows: the first that differs
    relative: float | None = None  # the largest relative difference; infinite if one of the two is not a number
    excused: bool = False  # explained by rounding

    def line(self) -> str:
        """Format the difference as a line: `summary.json: final.accuracy is 0.98, but the retraining gives 0.91`."""
        head = f"{self.file}: {shorten(self.key)}"
        if self.by:
            return f"{head} is {_value(self.stated)}, but {self.by} {_value(self.given)}"
        differs = "differs" if self.epoch is None else f"differs from epoch {self.epoch} on"
        if self.relative is not None and isfinite(self.relative):
            return f"{head} {differs} (relative difference at most {self.relative:.1e})"
        reason = "the shape differs, or a value is not finite" if self.epoch is None else "one of the two is null"
        return f"{head} {differs} ({reason})"


def relative(a: Any, b: Any) -> float | None:
    """Return the relative difference of two numbers, infinity if one is null, None if one is anything else."""
    if not (_is_number(a) and _is_number(b)):
        return None
    if a is None or b is None:
        return float("inf")
    return float(abs(a - b) / max(abs(a), abs(b))) if a != b else 0.0


def _is_number(value: Any) -> bool:
    return value is None or type(value) in (int, float)


def _value(value: Any) -> str:
    return shorten(json.dumps(value, ensure_ascii=False))
