"""Batches: which samples each step of an epoch uses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.nn.engine.rng import RandomStream

# A window of rows of 1 KiB has 64 MiB, which a disk reads in pieces of 4 MiB.
BLOCK, WINDOW = 4096, 16  # samples in a block, blocks in a window

BatchRows: TypeAlias = slice | Array  # a slice or an array of sample indices


def rows_of_batches(
    count: int, size: int | None, random: RandomStream | None, *, in_blocks: bool = False
) -> Iterable[BatchRows]:
    """Split `count` samples into consecutive batches of `size` (None: one batch); the last one may be smaller.

    With `random`, the samples are shuffled first: all together, or `in_blocks`.
    """
    if random is None and (size is None or size >= count):
        return (slice(0, count),)
    order = None
    if random is not None:
        order = shuffle_in_blocks(count, random) if in_blocks else random.permutation(count)
    starts = range(0, count, size or count)
    slices = (slice(start, min(start + starts.step, count)) for start in starts)
    return slices if order is None else (order[rows] for rows in slices)


def shuffle_in_blocks(count: int, random: RandomStream) -> Array:
    """Return the numbers of samples in an order that reads a file in pieces, not sample by sample.

    The samples form blocks of 4,096 in their original order. The order of the blocks is random, and the samples are
    shuffled within each window of 16 blocks. Up to 65,536 samples thus have a random order like any other shuffle.
    """
    starts = random.permutation(-(-count // BLOCK)) * BLOCK
    order = np.empty(count, np.intp)
    filled = 0
    for first in range(0, len(starts), WINDOW):
        window = np.add.outer(starts[first : first + WINDOW], np.arange(BLOCK)).reshape(-1)
        window = random.permutation(window[window < count])
        order[filled : filled + len(window)] = window
        filled += len(window)
    return order


def sample_count(rows: BatchRows) -> int:
    """Return the number of samples in a batch."""
    return rows.stop - rows.start if isinstance(rows, slice) else len(rows)


def sample_batches(samples: Samples, size: int | None) -> Iterator[tuple[Array, Array]]:
    """Yield the inputs and targets of batches, in their original order."""
    for rows in rows_of_batches(len(samples.x), size, None):
        yield samples.x[rows], samples.t[rows]
