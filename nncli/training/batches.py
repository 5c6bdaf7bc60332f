"""Batches: which samples each step of an epoch uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.nn.engine.rng import RandomStream

BatchRows: TypeAlias = slice | Array  # a slice or an array of sample indices


def rows_of_batches(count: int, size: int | None, random: RandomStream | None) -> Iterable[BatchRows]:
    """Split `count` samples into consecutive batches of `size` (None: one batch); the last one may be smaller.

    With `random`, the samples are shuffled first.
    """
    if random is None and (size is None or size >= count):
        return (slice(0, count),)
    order = None if random is None else random.permutation(count)
    starts = range(0, count, size or count)
    slices = (slice(start, min(start + starts.step, count)) for start in starts)
    return slices if order is None else (order[rows] for rows in slices)


def sample_count(rows: BatchRows) -> int:
    """Return the number of samples in a batch."""
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def sample_batches(samples: Samples, size: int | None) -> Iterator[Samples]:
    """Yield the samples in batches, in their original order."""
    for rows in rows_of_batches(len(samples.x), size, None):
        yield Samples(samples.x[rows], samples.t[rows])
