"""Predictions are written as the csv module and Python would write them."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.evaluation.predictions import as_python, csv_lines

FIELD = st.text('a1,;" \n\r\t\u2028', max_size=3)


@given(
    rows=st.lists(st.tuples(FIELD, FIELD, FIELD), min_size=1, max_size=5), separator=st.sampled_from([",", ";", "\t"])
)
def test_rows_are_quoted_as_by_the_csv_module(rows: list[tuple[str, ...]], separator: str) -> None:
    expected = io.StringIO()
    csv.writer(expected, delimiter=separator, lineterminator="\n").writerows(rows)
    assert csv_lines(rows, separator) == expected.getvalue()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_are_written_as_python_writes_them(dtype: type) -> None:
    random = np.random.default_rng(0)
    bits = random.integers(0, 256, 8 * 10_000, dtype=np.uint8).view(dtype)
    usual = [0, -0.0, 1, 1e-4, 1e-5, 1e15, 1e16, 123456790, np.inf, -np.inf, np.nan]
    numbers = np.concatenate([bits, np.array(usual, dtype), random.random(10_000).astype(dtype)])
    texts = numbers.astype(str).tolist()
    assert [as_python(text) for text in texts] == [repr(float(text)) for text in texts]
