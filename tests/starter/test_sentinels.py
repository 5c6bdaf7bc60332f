"""Numbers that stand for missing values are found, and ordinary numbers are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncli.data.dialect import PLAIN
from nncli.data.table import read_columns
from nncli.starter.sentinels import find_sentinels

WARM, POSITIVE = [-1.5, 3, 12, 20.5, 31] * 20, [650, 900, 1200, 1700, 1950] * 20


def sentinels_of(path: Path, *columns: list[float | str]) -> dict[int, list[str]]:
    """Return the sentinels of a table with the columns a, b, ..."""
    rows = [",".join(map(str, row)) for row in zip(*columns, strict=True)]
    path.write_text("\n".join([",".join("abcdef"[: len(columns)]), *rows, ""]))
    return find_sentinels(read_columns(str(path), PLAIN))


def with_value(numbers: list[float], value: float, count: int) -> list[float | str]:
    """Return numbers of which the first ones are replaced."""
    return [value] * count + numbers[count:]


@pytest.mark.parametrize("value", [-200, -999, -9999, -99999, 999, 9999, 99999])
def test_a_frequent_number_far_from_the_others_is_found(tmp_path: Path, value: int) -> None:
    assert sentinels_of(tmp_path / "t.csv", with_value(WARM, value, 5)) == {value: ["a"]}


def test_a_negative_number_need_not_be_far_from_positive_ones(tmp_path: Path) -> None:
    assert sentinels_of(tmp_path / "t.csv", with_value(POSITIVE, -200, 90)) == {-200: ["a"]}


@pytest.mark.parametrize(
    ("numbers", "value", "count"),
    [
        (WARM, -200, 2),  # too few
        (WARM * 10, -200, 9),  # below one per cent
        (WARM, -100, 30),  # not a usual sentinel
        ([float(i * 60) for i in range(100)], 9999, 5),  # farther away than the nearest, but by less than the range
        ([float(i * 10 - 500) for i in range(100)], -200, 30),  # between the others
        ([float(840 - i * 10) for i in range(100)], -200, 30),  # among negative numbers
        ([1.0, 2.0] * 50, 999, 50),  # a code among codes
    ],
)
def test_ordinary_numbers_are_not_found(tmp_path: Path, numbers: list[float], value: int, count: int) -> None:
    assert sentinels_of(tmp_path / "t.csv", with_value(numbers, value, count)) == {}


def test_a_number_that_another_column_uses_as_a_number_is_not_found(tmp_path: Path) -> None:
    ordinary = [float(i * 10 - 500) for i in range(100)]
    assert sentinels_of(tmp_path / "t.csv", with_value(WARM, -200, 20), ordinary) == {}


def test_rare_sentinels_of_further_columns_do_not_matter(tmp_path: Path) -> None:
    columns = with_value(WARM, -200, 20), with_value(POSITIVE, -200, 1), ["x"] * 100
    assert sentinels_of(tmp_path / "t.csv", *columns) == {-200: ["a"]}


@pytest.mark.parametrize("name", ["houses.csv", "iris.csv", "weather.csv"])
def test_the_bundled_tables_have_none(name: str) -> None:
    path = Path(__file__).parents[2] / "configs" / "data" / name
    assert find_sentinels(read_columns(str(path), PLAIN)) == {}
