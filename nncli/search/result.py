"""How a trial ended, for samplers and pruners."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, TypeAlias

Reports: TypeAlias = tuple[tuple[int, float], ...]  # the objective after numbers of epochs


class Result(NamedTuple):
    """The objective of a trial, None if it has none, and what it reported during training.

    A trial that diverged counts as the worst. Samplers ignore one that failed.
    """

    status: Literal["done", "diverged", "pruned", "failed"]
    value: float | None = None
    reports: Reports = ()


def worst(*, higher_is_better: bool) -> float:
    """Return the objective of a trial that diverged."""
    return -math.inf if higher_is_better else math.inf
