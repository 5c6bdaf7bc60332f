"""Cells answer alike from codes and from numbers, for the same texts."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.arrays import Array
from nncli.data import cells_builder
from nncli.data.cells import Cells, CodedCells, NumberCells, has_fractions
from nncli.data.cells_builder import CellsBuilder
from nncli.data.convert import Classes, Converter, Numbers
from nncli.data.dialect import MISSING, PLAIN, Dialect
from nncli.data.values import category_of, is_mixed_boolean

SENSOR = Dialect(decimal=",", missing=(*MISSING, "-200", "-"))
# Texts that are the names of their numbers, so that a number gives its text back.
NUMBERS = [category_of(number) for number in (0.0, 1.0, 7.0, -3.0, 0.5, -200.0, 123456789.0, 1e22)]
WORDS = ["", "NA", " ? ", "-", "word", "true", "1,5", "inf", "1e999", "1e300", "-1e39", "1_0", "nan"]
TEXTS = st.lists(st.sampled_from([*NUMBERS, *WORDS]), min_size=1, max_size=20)
ANY_TEXTS = st.lists(
    st.sampled_from([*NUMBERS, *WORDS, "007", "-01", "7.0", " 7 ", "1e0", "00", "0.50", "0,5"]), min_size=1, max_size=20
)


def build(texts: list[str], max_texts: int, dialect: Dialect = PLAIN, size: int = 20) -> Cells:
    """Return cells, built in pieces, that become numbers beyond `max_texts` different texts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells_builder, "MAX_TEXTS", max_texts)
        builder = CellsBuilder("a", dialect)
        for start in range(0, len(texts), size):
            builder.add(texts[start : start + size])
        return builder.build()


def pair(texts: list[str], dialect: Dialect = PLAIN, size: int = 20) -> tuple[CodedCells, NumberCells]:
    """Return cells as codes and as numbers."""
    coded, numeric = build(texts, 1000, dialect, size), build(texts, 0, dialect, size)
    assert isinstance(coded, CodedCells)
    assert isinstance(numeric, NumberCells)
    return coded, numeric


def check_agreement(coded: Cells, numeric: Cells) -> None:
    """Check that cells have the same properties, but for those that depend on the spelling of numbers."""
    assert len(coded) == len(numeric)
    assert coded.missing.tolist() == numeric.missing.tolist()
    assert (coded.present, coded.words) == (numeric.present, numeric.words)
    assert coded.numbers().tobytes() == numeric.numbers().tobytes()
    assert coded.missing_texts() - set(NUMBERS) == numeric.missing_texts() - set(NUMBERS)
    assert coded.has_leading_zeros == numeric.has_leading_zeros
    assert coded.are_whole == numeric.are_whole
    assert coded.first(coded.dialect.is_word) == numeric.first(numeric.dialect.is_word)
    if len(coded):
        assert coded.count_rows == numeric.count_rows


@given(ANY_TEXTS, st.sampled_from([PLAIN, SENSOR]), st.integers(1, 5))
def test_coded_and_numeric_cells_agree(texts: list[str], dialect: Dialect, size: int) -> None:
    coded, numeric = pair(texts, dialect, size)
    check_agreement(coded, numeric)
    assert coded.missing.tolist() == [dialect.is_missing(text) for text in texts]
    assert coded.words == sum(map(dialect.is_word, texts))


@given(TEXTS, st.integers(1, 5), st.data())
def test_coded_and_numeric_cells_have_the_same_texts(texts: list[str], size: int, data: st.DataObject) -> None:
    coded, numeric = pair(texts, size=size)
    assert coded.different() == numeric.different() == {t.strip() for t in texts if not PLAIN.is_missing(t)}
    assert coded.different_count == numeric.different_count
    assert [coded.text(row) for row in range(len(texts))] == [text.strip() for text in texts]
    assert [numeric.text(row) for row in range(len(texts))] == [text.strip() for text in texts]
    mask = data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)))
    rows = np.flatnonzero(mask)
    few, few_numbers = coded.take(rows), numeric.take(rows)
    check_agreement(few, few_numbers)
    assert few.different() == few_numbers.different()
    kept = [text.strip() for text, is_kept in zip(texts, mask, strict=True) if is_kept]
    assert [few.text(row) for row in range(len(kept))] == kept
    assert [few_numbers.text(row) for row in range(len(kept))] == kept


def converted(cells: Cells, converter: Converter, rows: slice) -> tuple[bytes, Sequence[int]]:
    """Return the bits of some converted rows, and the rows that cannot be converted."""
    convert, wrong = cells.convert(converter)
    return convert(rows).tobytes(), wrong


@given(st.lists(st.sampled_from([*NUMBERS, "", "NA", "nan"]), min_size=1, max_size=20), st.integers(0, 3))
def test_coded_and_numeric_cells_convert_to_the_same_bits(texts: list[str], start: int) -> None:
    coded, numeric = pair(texts)
    numbers = Numbers("a", "csv", PLAIN, missing=True)
    rows = slice(start, None)
    assert converted(coded, numbers, rows) == converted(numeric, numbers, rows)
    assert converted(coded, numbers, rows)[1] == []
    classes = Classes("a", tuple(NUMBERS), "csv", PLAIN)
    assert converted(coded, classes, rows) == converted(numeric, classes, rows)


@given(st.lists(st.sampled_from(["1", "2.5", "", "NA", "x", "1e39"]), min_size=1, max_size=20), st.data())
def test_coded_and_numeric_cells_report_the_same_rows_that_cannot_be_converted(
    texts: list[str], data: st.DataObject
) -> None:
    mask = data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)))
    rows = np.flatnonzero(mask)
    coded, numeric = (cells.take(rows) for cells in pair(texts))
    classes = Classes("a", ("1", "x"), "csv", PLAIN)
    unknown = [place for place, row in enumerate(rows) if texts[row] not in ("1", "x")]
    assert coded.convert(classes)[1] == numeric.convert(classes)[1] == unknown
    words = [place for place, row in enumerate(rows) if texts[row] in ("x", "", "NA")]
    numbers = Numbers("a", "csv", PLAIN)
    assert coded.convert(numbers)[1] == words
    assert set(words) <= {*numeric.convert(numbers)[1]}


def test_texts_become_numbers_beyond_the_limit() -> None:
    texts = [str(number) for number in range(6)]
    assert isinstance(build(texts[:5], 5), CodedCells)
    assert isinstance(build(texts, 5), NumberCells)
    assert isinstance(build([*texts[:5], *texts[:5]], 5, size=2), CodedCells)
    cells = build(["0", "x", "1", "0", "2", "", "3", "x"], 3, size=2)
    assert isinstance(cells, NumberCells)
    assert [cells.text(row) for row in range(8)] == ["0", "x", "1", "0", "2", "", "3", "x"]
    assert cells.different() == {"0", "1", "2", "3", "x"}
    assert (cells.present, cells.words, cells.first(PLAIN.is_word)) == (7, 2, 1)


def test_too_many_different_texts_are_only_counted() -> None:
    cells = build([f"{number}.5" for number in range(1500)], 1001, size=400)
    assert isinstance(cells, NumberCells)
    assert (cells.different(), cells.different_count) == (1500, 1500)


def test_columns_without_rows_have_no_cells() -> None:
    cells = build([], 1001)
    assert (len(cells), cells.present, cells.words, cells.different()) == (0, 0, 0, set())


@pytest.mark.parametrize(
    ("texts", "has_zeros"),
    [
        (["7", "8"], False),
        (["0", "10"], False),
        (["007", "7"], True),
        (["-01"], True),
        ([" 07 "], True),
        (["   007"], True),
        (["00"], True),
        (["0.5", "00.5"], False),
        (["007", "0.5"], False),
        (["0x7"], False),
        (["07", "word", ""], True),
    ],
)
def test_leading_zeros_are_found_in_codes(texts: list[str], has_zeros: bool) -> None:
    """A table of numbers with fractions has numbers, in spite of leading zeros."""
    for size in (1, 2, 20):
        for cells in pair(texts, size=size):
            assert cells.has_leading_zeros == has_zeros


def test_leading_zeros_of_rows_that_are_left_out_do_not_count() -> None:
    coded = build(["007", "8"], 10).take(np.array([1]))
    assert not coded.has_leading_zeros
    assert coded.different() == {"8"}


@pytest.mark.parametrize(
    ("texts", "is_boolean"),
    [
        ({"True", "TRUE", "true", "yes", "no", "0", "1"}, True),
        ({"0", "1", "yes"}, True),
        ({"Yes", "No", "NO"}, True),
        ({"yes", "no"}, False),
        ({"0", "1"}, False),
        ({"yes", "Yes", "YES"}, False),
        ({"yes", "no", "maybe"}, False),
        ({"yEs", "no", "NO"}, False),
        ({"0", "1", "2"}, False),
        (set(), False),
    ],
)
def test_more_than_two_spellings_of_true_and_false_are_a_boolean(texts: set[str], is_boolean: bool) -> None:
    assert is_mixed_boolean(texts) == is_boolean


@pytest.mark.parametrize(
    ("texts", "count_rows"),
    [
        (["1", "2", "3"], True),
        (["0", "1", "3"], False),
        (["100000", "100007", "100019"], True),
        (["100", "107", "119"], False),
        (["100007", "100000"], False),
        (["1", "", "3"], False),
    ],
)
def test_cells_that_count_rows_are_found(texts: list[str], count_rows: bool) -> None:
    for cells in pair(texts):
        assert cells.count_rows == count_rows


@pytest.mark.parametrize(
    ("numbers", "expected"), [([1.0, math.nan], False), ([0.5], True), ([-1.5], True), ([], False)]
)
def test_fractions_are_found(numbers: list[float], expected: bool) -> None:
    array: Array = np.array(numbers)
    assert has_fractions(array) == expected
