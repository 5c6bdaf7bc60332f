"""The format of numbers in tables and lines."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.number_format import format_number, format_percent
from nncli.render.progress import metrics_line
from nncli.render.table import print_table


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.693147, "0.6931"),
        (0.95, "0.95"),
        (1.0, "1"),
        (0.99996, "0.99996"),
        (-0.99996, "-0.99996"),
        (1234.56, "1234.6"),
        (9999.7, "9999.7"),
        (99.996, "99.996"),
        (23456.7, "2.346e+04"),
        (1.5e-7, "1.5e-07"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (1 - 1e-12, "1"),
    ],
)
def test_four_digits_or_more_to_avoid_a_whole_number(value, text):
    assert format_number(value) == text


@given(st.integers(1, 100_000), st.integers(0, 5))
def test_accuracy_is_shown_as_1_only_if_all_are_correct(samples, wrong):
    wrong = min(wrong, samples)
    accuracy = (samples - wrong) / samples
    assert (float(format_number(accuracy)) == 1) == (wrong == 0)
    assert (format_percent(accuracy, 1) == "100.0%") == (wrong == 0)
    assert (format_percent(1 - accuracy) == "0%") == (wrong == 0)


def test_percentages_have_the_requested_places_if_enough():
    assert [format_percent(share, places) for share, places in ((0.5, 0), (0.123, 1), (1, 0), (0, 1))] == [
        "50%",
        "12.3%",
        "100%",
        "0.0%",
    ]
    assert format_percent(299 / 300) == "99.7%"
    assert format_percent(1 / 3000, 1) == "0.03%"


def test_tables_and_progress_lines_use_the_format():
    out = io.StringIO()
    print_table(("name", "value"), [("accuracy", 0.99996)], out)
    assert out.getvalue().split()[-1] == "0.99996"
    assert metrics_line({"accuracy": 0.99996}, ["accuracy"]) == "accuracy 0.99996"
