"""The pieces in which an epoch takes its samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.nn.engine.rng import Generator

BatchRows: TypeAlias = slice | Array  # which samples, by their numbers


def rows_of_batches(count: int, size: int | None, random: Generator | None) -> Iterable[BatchRows]:
    """Consecutive pieces of `size` of `count` samples (None: all), the last one smaller where they do not fit evenly.

    With `random` the samples come in a new order.
    """
    if random is None and (size is None or size >= count):
        return (slice(0, count),)
    order = None if random is None else random.permutation(count)
    starts = range(0, count, size or count)
    pieces = (slice(start, min(start + starts.step, count)) for start in starts)
    return pieces if order is None else (order[piece] for piece in pieces)


def sample_count(rows: BatchRows) -> int:
    """How many samples they are."""
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def batches(samples: Samples, size: int | None) -> Iterator[Samples]:
    """The samples in their own order, in such pieces."""
    for rows in rows_of_batches(len(samples.x), size, None):
        yield Samples(samples.x[rows], samples.t[rows])
