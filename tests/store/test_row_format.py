"""Rows of metrics are formatted as `json.dumps` would, also where pydantic has another form for a number."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from nncli.store.row_format import format_rows

N = 20_000
NUMBERS = {
    "float64": lambda random: random.random(N),
    "float32": lambda random: random.random(N).astype(np.float32),
    "all magnitudes": lambda random: 10 ** random.uniform(-320, 308, N),
    "without exponents": lambda random: 10 ** random.uniform(-4, 15.9, N),
    "halfway between two of 16 digits": lambda random: random.integers(2**14, 2**17, N) / 2**17,
    "ratios": lambda random: random.integers(0, 200, N) / 200,
    "a constant": lambda _: np.full(N, 1e-5),
    "zeros of both signs": lambda random: random.choice([0.0, -0.0], N),
    "both signs": lambda random: random.normal(size=N),
    "borders": lambda _: np.array([0.0, -0.0, 1e-4, np.nextafter(1e-4, 0), 1e16, np.nextafter(1e16, 0), 5e-324]),
}


@pytest.mark.parametrize("kind", NUMBERS)
def test_numbers_have_the_form_of_json_dumps(kind):
    values = NUMBERS[kind](np.random.default_rng(0)).tolist()
    lines = format_rows((epoch, {"loss": value}, 0.0) for epoch, value in enumerate(values)).splitlines()
    expected = [json.dumps({"epoch": epoch, "loss": value}) for epoch, value in enumerate(values)]
    assert lines == [f'{line[:-1]}, "seconds": 0.000000}}' for line in expected]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("others", [[], [0.5, 0.25], [1e-5, 0.25], [0.5, 0.5], [0.0]])
def test_numbers_that_are_not_finite_are_null(value, others):
    lines = format_rows((epoch, {"loss": loss}, 0.0) for epoch, loss in enumerate([*others, value, *others]))
    rows = [json.loads(line, parse_constant=pytest.fail) for line in lines.splitlines()]
    assert [row["loss"] for row in rows] == [*others, None, *others]


def test_seconds_have_six_decimals_and_precede_the_validation_metrics():
    metrics = {"loss": 0.5, "100%": 1.0, "val_loss": 0.25, "val_100%": 0.75}
    expected = '{"epoch": 7, "loss": 0.5, "100%": 1.0, "seconds": 0.123457, "val_loss": 0.25, "val_100%": 0.75}\n'
    assert format_rows([(7, metrics, 0.1234567)]) == expected


def test_rows_with_other_metrics_or_none_keep_their_order():
    rows = [(0, {"a": 1.0}, 0.0), (1, {"a": 2.0}, 0.0), (2, {"b": 3.0}, 0.0), (3, {}, 0.0), (4, {"a": 4.0}, 0.0)]
    lines = [json.loads(line) for line in format_rows(rows).splitlines()]
    assert lines == [{"epoch": epoch, **metrics, "seconds": 0.0} for epoch, metrics, _ in rows]


def test_no_rows_have_no_lines():
    assert format_rows([]) == ""
