"""Arrays round-trip through a file, and damaged files are refused."""

from __future__ import annotations

import os

import numpy as np
import pytest

from nncli.errors import NncliError
from nncli.store import load_arrays, save_arrays

ARRAYS = {
    "layers.0.weights": np.arange(6, dtype=np.float32).reshape(2, 3),
    "optimizer.0.m": np.array([0.1, np.nan, np.inf, -0.0]),
    "random.words": np.array([2**64 - 1, 0], np.uint64),
    "epoch": np.array(7),
    "mask": np.array([True, False]),
    "half": np.array([1.5], np.float16),
    "empty": np.empty((0, 4)),
    "columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "last.npz"


def rejection(path) -> str:
    with pytest.raises(NncliError) as caught:
        load_arrays(path)
    start = "is damaged, or was not written by nncli: "
    assert caught.value.place == str(path)
    assert caught.value.message.startswith(start)
    return caught.value.message.removeprefix(start)


def test_arrays_round_trip(path):
    save_arrays(path, ARRAYS)
    loaded = load_arrays(path)
    assert list(loaded) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert loaded[name].dtype == array.dtype
        np.testing.assert_array_equal(loaded[name], array)
        loaded[name][...] = 0  # writable copies


def test_file_is_readable_by_numpy_and_reproducible(path):
    save_arrays(path, ARRAYS)
    first = path.read_bytes()
    save_arrays(path, ARRAYS)
    assert path.read_bytes() == first
    with np.load(path) as loaded:
        assert sorted(loaded) == sorted([*ARRAYS, "format"])


def test_file_of_numpy_savez_is_read(path):
    np.savez(path, **ARRAYS)
    assert list(load_arrays(path)) == list(ARRAYS)


def test_empty_file_and_big_endian_arrays_are_read(path):
    save_arrays(path, {})
    assert load_arrays(path) == {}
    save_arrays(path, {"a": np.array([1.0, 2.0], ">f8")})
    assert load_arrays(path)["a"].dtype == np.dtype("<f8")
    assert load_arrays(path)["a"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "arrays", [{"a/b": np.zeros(1)}, {"": np.zeros(1)}, {"a": np.array([{}])}, {"a": np.array(["x"])}]
)
def test_invalid_names_and_dtypes_raise_value_error(path, arrays):
    with pytest.raises(ValueError, match="cannot store"):
        save_arrays(path, arrays)
    assert not path.exists()


def test_arrays_over_the_size_limit_are_not_written(path):
    big = np.broadcast_to(np.zeros(1), (1 << 27) + 1)
    with pytest.raises(NncliError) as caught:
        save_arrays(path, {"a": big})
    assert caught.value.lines() == [
        f"{path}: cannot be written: 1 arrays with 1.00 GiB",
        "hint: reduce the size of the layers: a file holds at most 10,000 arrays with 1 GiB in total",
    ]


def test_missing_and_irregular_files_are_refused(tmp_path):
    with pytest.raises(NncliError) as caught:
        load_arrays(tmp_path / "a.npz")
    assert str(caught.value) == f"{tmp_path / 'a.npz'}: cannot be read: no such file or directory"
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(NncliError) as caught:
            load_arrays(path)
        assert str(caught.value) == f"{path}: cannot be read: not a regular file"


def test_file_truncated_anywhere_is_refused(path):
    save_arrays(path, ARRAYS)
    complete = path.read_bytes()
    for size in [*range(0, 200, 9), *range(200, len(complete), 97)]:
        path.write_bytes(complete[:size])
        expected = "it is truncated, or not a zip file" if size else "it is empty"
        assert rejection(path) == expected


def test_file_that_is_not_a_zip_is_refused(path):
    path.write_bytes(b"weights" * 100)
    assert rejection(path) == "it is truncated, or not a zip file"
