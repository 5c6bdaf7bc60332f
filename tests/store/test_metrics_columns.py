"""Columns read the fast way equal the rows, and other files are read row by row."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.errors import NncliError
from nncli.store import metrics_columns
from nncli.store.metrics_columns import read_columns
from nncli.store.metrics_rows import RowWriter, read_rows

NAN = float("nan")
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6).filter(lambda name: name != "epoch")
NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**20), 10**20)


def read_by_rows(path):
    rows = list(read_rows(path))
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: [NAN if row.get(name) is None else float(row[name]) for row in rows] for name in names}


@given(st.lists(NAMES, unique=True, max_size=5), st.data())
def test_columns_equal_the_rows_for_any_names_and_numbers(tmp_path_factory, names, data):
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(names, NUMBERS)), max_size=5))
    path.write_text("".join(json.dumps({"epoch": i, **row}) + "\n" for i, row in enumerate(rows)))
    columns, expected = read_columns(path), read_by_rows(path)
    assert list(columns) == list(expected)
    for name, column in expected.items():
        np.testing.assert_array_equal(columns[name], column)


def test_rows_of_the_writer_are_read_the_fast_way(tmp_path, monkeypatch):
    path = tmp_path / "metrics.jsonl"
    writer = RowWriter.new(path)
    for epoch, loss in enumerate([1 / 3, 1e-17, NAN, float("inf"), 5e300]):
        writer.add(epoch, {"loss": loss, "r2": -loss, "learning_rate": 0.001, "val_loss": 1.0}, epoch / 7)
    writer.save(sync=True)
    writer.close()
    expected = read_by_rows(path)
    monkeypatch.delattr(metrics_columns, "_read_any_rows")
    columns = read_columns(path)
    assert list(columns) == ["epoch", "loss", "r2", "learning_rate", "val_loss", "seconds"] == list(expected)
    for name, column in expected.items():
        np.testing.assert_array_equal(columns[name], column)
    assert np.isnan(columns["loss"]).tolist() == [False, False, True, True, False]


@pytest.mark.parametrize("last", ['{"epoch": 9, "m1": 0.25}', '{"epoch": 9, "other": 1}', '{"epoch": 9, "m'])
@pytest.mark.parametrize("block", [1, 7, 24, 25, 100])
def test_columns_do_not_depend_on_the_block_size(tmp_path, monkeypatch, block, last):
    monkeypatch.setattr(metrics_columns, "BLOCK", block)
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join(f'{{"epoch": {n}, "m1": {n / 3}}}\n' for n in range(9)) + last + "\n" * last.endswith("}"))
    columns, expected = read_columns(path), read_by_rows(path)
    assert list(columns) == list(expected)
    for name, column in expected.items():
        np.testing.assert_array_equal(columns[name], column)


OLD = '{{"epoch": {n}, "loss": {x}, "seconds": 0.123457, "val_loss": 1e-05}}\n'  # of versions with spaces
NEW = '{{"epoch":{n},"loss":{x},"val_loss":0.00001,"seconds":0.123457}}\n'


@pytest.mark.parametrize(("before", "after", "fast"), [(OLD, OLD, True), (NEW, NEW, True), (OLD, NEW, False)])
def test_rows_with_and_without_spaces_are_read(tmp_path, monkeypatch, before, after, fast):
    path = tmp_path / "metrics.jsonl"
    path.write_text("".join((before if n < 5 else after).format(n=n, x=n / 3) for n in range(9)))
    expected = read_by_rows(path)
    if fast:
        monkeypatch.delattr(metrics_columns, "_read_any_rows")
    columns = read_columns(path)
    assert list(columns) == list(expected)
    for name, column in expected.items():
        np.testing.assert_array_equal(columns[name], column)


@pytest.mark.parametrize(
    "line",
    [
        '{"epoch": 1, "m2": 1.5, "m1": 2.5}',
        '{"epoch": 1, "m1": 1.5}',
        '{"epoch": 1, "m1": 1.5, "m2": 2.5, "m3": 3}',
        '{"epoch":1,"m1":1.5,"m2":2.5}',
        '{"epoch": 1, "m1": 1.5, "m2": null}',
        '{"epoch": 1, "m1": 1.5, "m2": 2',  # incomplete
    ],
)
def test_rows_unlike_the_first_are_read_correctly(tmp_path, line):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"epoch": 0, "m1": 0.5, "m2": 1e-3}\n' + line + "\n" * line.endswith("}"))
    columns, expected = read_columns(path), read_by_rows(path)
    assert list(columns) == list(expected)
    for name, column in expected.items():
        np.testing.assert_array_equal(columns[name], column)


@pytest.mark.parametrize(
    "line",
    [
        '{"epoch": 1.5, "m1": 1.5}',
        '{"epoch": 1.0, "m1": 1.5}',
        '{"epoch": 1, "m1": 1e999}',
        '{"epoch": 1, "m1": NaN}',
        '{"epoch": 1, "m1": %s}' % ("9" * 400),
        '{"epoch": 1, "m1": %s}' % ("9" * 5000),
        '{"epoch": 1, "m1": "x"}',
        '{"epoch": 1, "m1": 1 2}',
        '{"epoch": 1, "m1": 1-2}',
        '{"epoch": null, "m1": 1}',
        *(f'{{"epoch": 1, "m1": {value}}}' for value in ("1null", "-null", "null1", "nullnull", "1 null", "null 1")),
        '{"epoch": 1, "m1": }',
        "",
    ],
)
def test_invalid_line_is_refused_with_its_number(tmp_path, line):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"epoch": 0, "m1": 0.5}\n' + line + "\n")
    with pytest.raises(NncliError, match="is damaged: not a row of metrics") as caught:
        read_columns(path)
    assert caught.value.place == f"{path}:2"


def test_many_names_and_lines_take_little_memory(tmp_path):
    path = tmp_path / "metrics.jsonl"
    row = {"epoch": 0} | {f"m{number}": 1 for number in range(20_000)}
    path.write_text(json.dumps(row) + "\n" * 500_000)
    tracemalloc.start()
    try:
        with pytest.raises(NncliError, match="is damaged: not a row of metrics"):
            read_columns(path)
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()
