"""The pieces in which an epoch takes its samples."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nncli.data.data import Samples
from nncli.nn.ops import Array
from nncli.nn.streams import Generator


def batches(samples: Samples, size: int | None, random: Generator | None) -> Iterator[tuple[Array, Array]]:
    """Consecutive pieces of `size` samples (None: all), the last one smaller where they do not fit evenly.

    With `random` the samples come in a new order.
    """
    x, t = samples
    size = size or len(x)
    if random is None and size >= len(x):
        yield x, t
        return
    order = None if random is None else random.permutation(len(x))
    for start in range(0, len(x), size):
        if order is None:
            yield x[start : start + size], t[start : start + size]
        else:
            rows = order[start : start + size]
            yield np.take(x, rows, axis=0), np.take(t, rows, axis=0)
