"""Rows of an array in a file: every index gives what the array gives, without a copy of the whole array."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli.arrays import Array
from nncli.data.array_files import is_mapped, load_array_file
from nncli.data.lazy_rows import LazyRows
from nncli.data.mapped_rows import mapped_rows

ROWS = 5000
INDICES = [
    slice(None),
    slice(3, 9),
    slice(None, None, 7),
    slice(None, None, -3),
    np.array([4, 4999, 0, 4]),
    np.arange(ROWS) % 3 == 0,
    (slice(None), 1),
    (np.array([7, 2]), slice(1, 3)),
]


def mapped(path: Path, array: Array) -> LazyRows:
    """Return the rows of an array that lies in its file without alignment, as those of np.savez do."""
    np.savez(path, x=array)
    x = load_array_file(str(path), 0)["x"]
    assert isinstance(x, np.memmap) and not x.flags.aligned
    return mapped_rows(x)


@pytest.fixture(scope="module")
def x() -> Array:
    return np.random.default_rng(0).normal(size=(ROWS, 60)).astype(np.float32)


@pytest.mark.parametrize("index", INDICES, ids=str)
def test_rows_are_those_of_the_array(tmp_path: Path, x: Array, index: Any) -> None:
    rows, some = mapped(tmp_path / "x.npz", x), np.random.default_rng(1).permutation(ROWS)
    for lazy, array in [
        (rows, x),
        (rows.select(some), x[some]),
        (rows.select(some).select(np.arange(ROWS)[::-1]), x[some][::-1]),
        (rows.map(lambda block: block * 2.0 + np.arange(60.0)), x * 2.0 + np.arange(60.0)),
    ]:
        assert (len(lazy), lazy.shape, lazy.dtype) == (len(array), array.shape, array.dtype)
        np.testing.assert_array_equal(lazy[index], array[index], strict=True)
        np.testing.assert_array_equal(np.asarray(lazy), array, strict=True)


def test_take_writes_into_an_array(tmp_path: Path, x: Array) -> None:
    numbers, out = np.array([8, 1, 1]), np.empty((3, 60), np.float32)
    mapped(tmp_path / "x.npz", x).take(numbers, 0, out, "clip")
    np.testing.assert_array_equal(out, x[numbers])


def test_a_batch_takes_the_memory_of_a_few_batches(tmp_path: Path) -> None:
    x = np.ones((100_000, 50), np.float32)
    rows = mapped(tmp_path / "x.npz", x).map(lambda block: block - np.zeros(50))
    tracemalloc.start()
    try:
        assert rows[np.arange(0, 100_000, 100)].shape == (1000, 50)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < x.nbytes / 8


def save_npy(path: Path, x: Array) -> None:
    with path.open("wb") as file:
        np.save(file, x)


SAVED = {
    "savez": (lambda path, x: np.savez(path, x=x), True),
    "save": (save_npy, True),
    "savez_compressed": (lambda path, x: np.savez_compressed(path, x=x), False),
    "savez in Fortran order": (lambda path, x: np.savez(path, x=np.asfortranarray(x)), False),
    "save in Fortran order": (lambda path, x: save_npy(path, np.asfortranarray(x)), False),
}


@pytest.mark.parametrize("how", SAVED)
def test_large_files_are_mapped_unless_compressed_or_in_fortran_order(
    tmp_path: Path, x: Array, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (save, can_be_mapped), path = SAVED[how], tmp_path / "x.npz"
    save(path, x)
    for largest, expected in ((0, can_be_mapped), (path.stat().st_size, False)):
        loaded = load_array_file(str(path), largest)
        array = loaded["x"] if isinstance(loaded, dict) else loaded
        np.testing.assert_array_equal(array, x)
        assert isinstance(array, np.memmap) == expected
        monkeypatch.setattr("nncli.data.array_files.largest_in_memory", lambda largest=largest: largest)
        assert is_mapped(str(path)) == expected


def test_a_missing_file_takes_no_memory_but_a_damaged_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nncli.system.memory_limit", lambda: 0)
    path = tmp_path / "x.npz"
    assert is_mapped(str(path))
    for content in (b"", b"PK\x03\x04 and more", b"\x93NUMPY\x01\x00"):
        path.write_bytes(content)
        assert not is_mapped(str(path))
