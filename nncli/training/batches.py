"""The pieces in which an epoch takes its samples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from nncli.data.data import Samples
from nncli.nn.ops import Array
from nncli.nn.streams import Generator


def batches(samples: Samples, size: int | None, random: Generator | None) -> Iterable[tuple[Array, Array]]:
    """Consecutive pieces of `size` samples (None: all), the last one smaller where they do not fit evenly.

    With `random` the samples come in a new order.
    """
    count = len(samples.x)
    if random is None and (size is None or size >= count):
        return (samples,)
    order = None if random is None else random.permutation(count)
    return _pieces(samples, size or count, order)


def _pieces(samples: Samples, size: int, order: Array | None) -> Iterator[tuple[Array, Array]]:
    x, t = samples
    for start in range(0, len(x), size):
        if order is None:
            yield x[start : start + size], t[start : start + size]
        else:
            rows = order[start : start + size]
            yield np.take(x, rows, axis=0), np.take(t, rows, axis=0)
