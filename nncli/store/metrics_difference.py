"""The first epoch at which the metrics of two runs differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    Columns: TypeAlias = Mapping[str, NDArray[float64]]


class MetricsDifference(NamedTuple):
    """The epochs of two runs, and the first shared one at which a shared metric differs, if there is one."""

    shared: int  # epochs that both runs have
    unshared: int  # epochs of one run only
    epoch: int | None
    metrics: dict[str, tuple[float | None, float | None]]  # those that differ at the epoch; None is null


def compare_metrics(a: Columns, b: Columns, ignored: Collection[str]) -> MetricsDifference:
    """Compare two runs by columns, as `Run.metrics` returns them, with a few arrays of memory per metric."""
    import numpy as np

    epochs_a, epochs_b = a.get("epoch", np.zeros(0)), b.get("epoch", np.zeros(0))
    epochs, rows_a, rows_b = np.intersect1d(epochs_a, epochs_b, return_indices=True)
    unshared = len(epochs_a) + len(epochs_b) - 2 * len(epochs)
    first: dict[str, int] = {}
    for name in [name for name in a if name in b and name not in ignored]:
        x, y = a[name][rows_a], b[name][rows_b]
        differing = (x != y) & ~(np.isnan(x) & np.isnan(y))
        if differing.any():
            first[name] = int(differing.argmax())
    if not first:
        return MetricsDifference(len(epochs), unshared, None, {})
    row = min(first.values())
    pairs = {
        name: (_number(a[name][rows_a[row]]), _number(b[name][rows_b[row]]))
        for name, differs_at in first.items()
        if differs_at == row
    }
    return MetricsDifference(len(epochs), unshared, int(epochs[row]), pairs)


def _number(value: float64) -> float | None:
    return None if value != value else float(value)
