"""Rows of an array in a file, read only when they are used."""

from __future__ import annotations

import numpy as np

from nncli.arrays import Array
from nncli.data.lazy_rows import Columns, LazyRows, RowNumbers, RowSource


def mapped_rows(array: Array) -> LazyRows:
    """Return the rows of an array (n, k) that is mapped from a file."""
    # As bytes, because NumPy copies a whole array before it takes rows if the numbers are not aligned in the file.
    row = np.dtype((np.void, array.shape[1] * array.itemsize))
    records = array.view(np.ndarray).view(row).reshape(-1)

    def read(numbers: RowNumbers, columns: Columns) -> Array:
        if isinstance(numbers, range):  # read in the order of the file
            some = records[numbers.start : numbers.stop : numbers.step].copy()
        else:
            some = records.take(numbers)
        block = some.view(array.dtype).reshape(len(numbers), array.shape[1])
        return np.asarray(block[:, columns])

    return LazyRows(RowSource(read, (len(array), array.shape[1]), array.dtype, in_memory=False))
