"""When a training diverged, as the figures over its epochs mark it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from nncli.arrays import Array
from nncli.store import Run


def first_nonfinite_epoch(epochs: Array, values: Array) -> int | None:
    """Return the epoch from which on no value is finite; None if the last one is, or if there is none."""
    finite = np.flatnonzero(np.isfinite(values))
    first = int(finite[-1]) + 1 if len(finite) else 0
    return int(epochs[first]) if first < len(epochs) else None


def divergence_epoch(run: Run, columns: Mapping[str, Array] | None = None) -> int | None:
    """Return the epoch at which a run diverged; the one after its last row if only the weights show it.

    `columns` are its metrics, if they have been read already.
    """
    columns = columns or run.metrics()
    if not columns:
        return None
    lost = first_nonfinite_epoch(columns["epoch"], columns["loss"])
    if lost is None and run.status == "diverged":
        return int(columns["epoch"][-1]) + 1
    return lost


def divergence_text(epochs: Sequence[int], seeds: int = 1) -> str:
    """Say at which epoch a run diverged, or of several that differ in the seed, how many and when."""
    first, last = min(epochs), max(epochs)
    when = f"at epoch {first:,}" if first == last else f"at epochs {first:,} to {last:,}"
    return f"diverged {when}" if seeds == 1 else f"{len(epochs)} of {seeds} diverged {when}"


def nonfinite_text(name: str, epoch: int) -> str:
    """Say from which epoch on a metric has no finite value."""
    return f"{name} not finite from epoch {epoch:,} on"
