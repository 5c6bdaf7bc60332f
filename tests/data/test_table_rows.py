"""The inputs of a table are computed when they are used: any rows and columns, with the bits of a whole array."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncli import config
from nncli.arrays import Array
from nncli.data.column_blocks import columns_where, constant_columns, constants
from nncli.data.data import Rules, Samples
from nncli.data.files import Csv
from nncli.data.lazy_rows import LazyRows
from nncli.data.preprocessing import Preprocessing
from nncli.training import prepare

ROWS = 9000
RANDOM = np.random.default_rng(5)


def numbers(start: float) -> list[str]:
    """Return more different numbers than are kept as codes."""
    return [f"{value:.6g}" for value in RANDOM.normal(start, 2, ROWS)]


def texts(*names: str) -> list[str]:
    return [names[i] for i in RANDOM.integers(0, len(names), ROWS)]


def missing(column: list[str]) -> list[str]:
    return ["" if RANDOM.random() < 0.2 else value for value in column]


TABLES: dict[str, dict[str, list[str]]] = {
    "numbers": {"a": numbers(0), "b": numbers(1000), "c": texts("1", "2.5")},
    "mixed": {"a": numbers(0), "b": texts("x", "y", "z"), "c": numbers(-5), "d": texts("u", "v")},
    "one number": {"a": numbers(3)},
    "one number among categories": {"a": texts("x", "y", "z"), "b": numbers(3)},
    "categories": {"a": texts("x", "y", "z"), "b": texts("u", "v")},
    "missing values": {"a": missing(numbers(0)), "b": missing(texts("x", "y")), "c": missing(texts("0.1"))},
    "one number with missing values": {"a": missing(numbers(0.1))},
}
INDICES: list[Any] = [
    slice(None),
    slice(5, 8000),
    slice(None, None, -3),
    np.array([8, 4000, 0, 8]),
    (slice(2, 7), np.array([0])),
    (slice(None), slice(0, 1)),
    (np.arange(ROWS) % 2 == 0, 0),
]


def rows_of(folder: Path, name: str) -> tuple[LazyRows, Array, Array]:
    """Return the rows of a table, its inputs as NumPy converts them, and which of these are numbers."""
    columns, filled = TABLES[name], {"missing": "mean"} if "missing" in name else {}
    table = zip(*columns.values(), map(str, range(ROWS)), strict=True)
    (folder / "t.csv").write_text("\n".join([",".join([*columns, "y"]), *map(",".join, table)]))
    data = Csv(path=str(folder / "t.csv"), target="y", **filled)  # type: ignore[arg-type]
    described = data.describe()
    rows = data.draw(np.random.RandomState(0), described).x
    assert isinstance(rows, LazyRows)
    parts = [
        np.array([[float(value or "nan")] for value in columns[column.name]])
        if column.categories is None
        else np.array(columns[column.name])[:, None] == np.array(column.categories)
        for column in described.columns
    ]
    return rows, np.hstack(parts).astype(np.float64), described.numbers


@pytest.mark.parametrize("name", TABLES)
def test_rows_are_those_of_the_table(tmp_path: Path, name: str) -> None:
    rows, x, _ = rows_of(tmp_path, name)
    some = np.random.default_rng(1).permutation(ROWS)
    last_first = (slice(None), np.arange(x.shape[1])[::-1])
    mask = (slice(None, None, 2), np.arange(x.shape[1]) == x.shape[1] - 1)
    for lazy, array in ((rows, x), (rows.select(some), x[some])):
        assert (lazy.shape, lazy.dtype) == (array.shape, array.dtype)
        for index in (*INDICES, last_first, mask):
            np.testing.assert_array_equal(lazy[index], array[index], strict=True)


def naive_fill(x: Array, rule: str) -> Array:
    """Return the numbers that fill in missing ones, as NumPy computes them from whole arrays."""
    middle = np.nanmean(x, axis=0) if rule == "mean" else np.nanmedian(x, axis=0)
    return np.where(np.nanmin(x, axis=0) == np.nanmax(x, axis=0), np.nanmin(x, axis=0), middle)


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("rule", ["mean", "median"])
def test_parameters_have_the_bits_of_whole_arrays(tmp_path: Path, name: str, rule: Any) -> None:
    rows, x, scaled = rows_of(tmp_path, name)
    fitted = [
        Preprocessing.fit(Samples(each, np.zeros((ROWS, 1))), scaled, Rules(rule, scale="standard"), classes=False)
        for each in (rows, x)
    ]
    for lazy, array in zip(*fitted, strict=True):
        np.testing.assert_array_equal(lazy, array, strict=True)
    preprocessing, filled = fitted[0], np.where(np.isnan(x), naive_fill(x, rule), x)
    np.testing.assert_array_equal(preprocessing.fill, naive_fill(x, rule))
    first = np.mean(filled, axis=0)
    shift = first + np.mean(filled - first, axis=0)
    scale = np.sqrt(np.mean(np.square(filled - shift), axis=0))
    constant = np.ptp(filled, axis=0) == 0
    np.testing.assert_array_equal(preprocessing.shift[scaled], np.where(constant, filled[0], shift)[scaled])
    np.testing.assert_array_equal(preprocessing.scale[scaled], np.where(constant, 1, scale)[scaled])


def test_constant_columns_are_found_in_the_last_block() -> None:
    x = np.full((300_000, 4), [1.0, np.nan, 0.1, np.nan])
    x[-1, 0], x[-1, 3] = 2, 7
    np.testing.assert_array_equal(constants(x), [np.nan, np.nan, 0.1, 7])
    assert constant_columns(x).tolist() == [False, False, True, True]


def test_columns_are_tested_in_every_block() -> None:
    x = np.zeros((300_000, 3))
    x[-1, 0] = 1
    every = np.ones(3, bool)
    assert columns_where(x, every, lambda block: ~block.any(axis=0)).tolist() == [False, True, True]
    assert columns_where(x, np.array([True, False, True]), lambda block: ~block.any(axis=0)).tolist() == [0, 0, 1]


SPEC = """\
data: {type: csv, path: t.csv, target: y, split: {validation: 0.1}%s}
layers: [{type: dense, units: 1}]
loss: mse
"""


@pytest.mark.parametrize("rule", ["refuse", "mean", "median"])
def test_a_table_is_never_a_whole_array_of_float64(tmp_path: Path, rule: str) -> None:
    rows, names = 20_000, [f"k{i}" for i in range(40)]
    lines = [f"{i % 977},{names[i % 40]},{names[i // 40 % 40]},{i % 89}" for i in range(rows)]
    (tmp_path / "t.csv").write_text("\n".join(["a,b,c,y", *lines]))
    (tmp_path / "t.yaml").write_text(SPEC % f", missing: {rule}")
    resolved = config.load(tmp_path / "t.yaml").resolved

    def peak_of(function: Callable[[], Any]) -> tuple[Any, int]:
        tracemalloc.start()
        try:
            return function(), tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    (plan, _), peak = peak_of(lambda: prepare(resolved))
    in_float32 = rows * 81 * 4
    assert plan.training.x.nbytes + plan.validation.x.nbytes == in_float32
    assert peak < 1.9 * in_float32
