"""Arrays come back as they were, and what is not whole is refused."""

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


def why(path) -> str:
    with pytest.raises(NncliError) as caught:
        load_arrays(path)
    start = "is not a checkpoint that nncli wrote: "
    assert caught.value.place == str(path)
    assert caught.value.message.startswith(start)
    return caught.value.message.removeprefix(start)


def test_arrays_come_back_as_they_were(path):
    save_arrays(path, ARRAYS)
    found = load_arrays(path)
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
        found[name][...] = 0  # they are the caller's own


def test_the_file_is_stored_for_numpy_too_and_always_the_same(path):
    save_arrays(path, ARRAYS)
    first = path.read_bytes()
    save_arrays(path, ARRAYS)
    assert path.read_bytes() == first
    with np.load(path) as found:
        assert sorted(found) == sorted([*ARRAYS, "format"])


def test_numpys_own_file_is_read(path):
    np.savez(path, **ARRAYS)
    assert list(load_arrays(path)) == list(ARRAYS)


def test_no_arrays_and_the_other_byte_order(path):
    save_arrays(path, {})
    assert load_arrays(path) == {}
    save_arrays(path, {"a": np.array([1.0, 2.0], ">f8")})
    assert load_arrays(path)["a"].dtype == np.dtype("<f8")
    assert load_arrays(path)["a"].tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    "arrays", [{"a/b": np.zeros(1)}, {"": np.zeros(1)}, {"a": np.array([{}])}, {"a": np.array(["x"])}]
)
def test_what_no_file_may_hold_is_a_fault_of_ours(path, arrays):
    with pytest.raises(ValueError, match="cannot keep"):
        save_arrays(path, arrays)
    assert not path.exists()


def test_too_much_to_be_read_again_is_not_written(path):
    big = np.broadcast_to(np.zeros(1), (1 << 27) + 1)
    with pytest.raises(NncliError) as caught:
        save_arrays(path, {"a": big})
    message = "cannot be written: 1 arrays of 1.00 GiB, and a file holds 10,000 of 1 GiB"
    assert str(caught.value) == f"{path}: {message}"


def test_a_missing_file_and_what_is_no_file(tmp_path):
    with pytest.raises(NncliError) as caught:
        load_arrays(tmp_path / "a.npz")
    assert str(caught.value) == f"{tmp_path / 'a.npz'}: cannot be read: no such file or directory"
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(NncliError) as caught:
            load_arrays(path)
        assert str(caught.value) == f"{path}: cannot be read: not a regular file"


def test_a_file_cut_anywhere(path):
    save_arrays(path, ARRAYS)
    whole = path.read_bytes()
    for size in [*range(0, 200, 9), *range(200, len(whole), 97)]:
        path.write_bytes(whole[:size])
        expected = "it is no zip file, or cut short" if size else "it is empty"
        assert why(path) == expected


def test_no_zip_file(path):
    path.write_bytes(b"weights" * 100)
    assert why(path) == "it is no zip file, or cut short"
