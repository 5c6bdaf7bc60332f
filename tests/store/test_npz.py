"""Files of arrays have the bytes that `zipfile` and NumPy write."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from nncli.store.npz import write_npz
from tests.store.test_arrays import ARRAYS

VIEWS = {
    "every second": np.arange(20.0)[::2],
    "transposed": np.arange(6.0).reshape(2, 3).T,
    "columns of columns": np.asfortranarray(np.arange(24.0).reshape(4, 6))[:, 1:4],
    "neither": np.arange(24.0).reshape(2, 3, 4).transpose(1, 0, 2),
    "broadcast": np.broadcast_to(np.float32(1.5), (3, 2)),
    "big-endian": np.array([1.0, 2.0], ">f8"),
}


@pytest.mark.parametrize("arrays", [{}, ARRAYS, VIEWS, {f"a{i}": np.array(i) for i in range(300)}])
def test_file_has_the_bytes_of_zipfile(arrays):
    file, expected = io.BytesIO(), io.BytesIO()
    write_npz(file, arrays.items())
    with zipfile.ZipFile(expected, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as member:
                np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
    assert file.getvalue() == expected.getvalue()
