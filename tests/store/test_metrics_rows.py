"""Rows of metrics as lines of JSON: every number reads back as the same number."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from nncli.store.metrics_rows import format_rows

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
def test_numbers_keep_all_digits(kind):
    values = NUMBERS[kind](np.random.default_rng(0)).tolist()
    texts = format_rows([{"epoch": epoch, "loss": value} for epoch, value in enumerate(values)]).splitlines()
    assert [json.loads(text)["loss"].hex() for text in texts] == [value.hex() for value in values]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("others", [[], [0.5, 0.25], [1e-5, 0.25], [0.0]])
def test_numbers_that_are_not_finite_are_null(value, others):
    text = format_rows([{"epoch": epoch, "loss": loss} for epoch, loss in enumerate([*others, value, *others])])
    rows = [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]
    assert [row["loss"] for row in rows] == [*others, None, *others]


def test_rows_with_other_names_keep_their_order_whatever_the_names():
    hostile = ['},{"epoch":', '},{\\"epoch\\":', "\n", "100%", "é", '"']
    rows = [{"epoch": 0, "a": 1.0}, {"epoch": 1, **dict.fromkeys(hostile, 2.0)}, {"epoch": 2}, {"epoch": 3, "a": 4.0}]
    texts = format_rows(rows).splitlines()
    assert [json.loads(text) for text in texts] == rows
    assert [list(json.loads(text)) for text in texts] == [list(row) for row in rows]


def test_scalars_of_numpy_are_numbers():
    assert format_rows([{"epoch": 0, "a": np.float32(0.5), "b": np.float64(0.1)}]) == b'{"epoch":0,"a":0.5,"b":0.1}\n'


def test_no_rows_have_no_format_rows():
    assert format_rows([]) == b""
