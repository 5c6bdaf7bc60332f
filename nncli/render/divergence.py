"""The epoch at which a run diverged, for the marks in figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nncli.arrays import Array
from nncli.store import Run


def first_nonfinite_epoch(epochs: Array, values: Array) -> int | None:
    """Return the first epoch after the last finite value; None if the last value is finite or `values` is empty."""
    finite = np.flatnonzero(np.isfinite(values))
    first = int(finite[-1]) + 1 if len(finite) else 0
    return int(epochs[first]) if first < len(epochs) else None


def divergence_epoch(run: Run, columns: Mapping[str, Array] | None = None) -> int | None:
    """Return the epoch at which a run diverged, or None if it did not.

    If all rows are finite and only the last weights are not, this is the epoch after the last row. `columns` are the
    run's metrics, if they have been read already.
    """
    columns = columns or run.metrics()
    if not columns:
        return None
    lost = first_nonfinite_epoch(columns["epoch"], columns["loss"])
    if lost is None and run.status == "diverged":
        return int(columns["epoch"][-1]) + 1
    return lost


def divergence_text(epochs: Sequence[int], seeds: int = 1) -> str:
    """Format the epoch at which a run diverged: `diverged at epoch 12`.

    For several seeds: `2 of 5 diverged at epochs 3 to 9`.
    """
    first, last = min(epochs), max(epochs)
    when = f"at epoch {first:,}" if first == last else f"at epochs {first:,} to {last:,}"
    return f"diverged {when}" if seeds == 1 else f"{len(epochs)} of {seeds} diverged {when}"


def nonfinite_text(name: str, epoch: int) -> str:
    """Format the epoch from which a metric has no finite values: `val_mae not finite from epoch 30`."""
    return f"{name} not finite from epoch {epoch:,}"
