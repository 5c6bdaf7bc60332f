"""Comparing metrics by columns gives what comparing them row by row gives."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.store.metrics_difference import compare_metrics

NUMBERS = st.sampled_from([0.0, -0.0, 1.0, 2.0, math.nan])
ROWS = st.dictionaries(st.integers(0, 6), st.tuples(NUMBERS, NUMBERS), max_size=6)


def columns(rows: dict[int, tuple[float, float]], names: list[str]) -> dict[str, np.ndarray]:
    """Return rows by epoch as columns."""
    if not rows:
        return {}
    values = zip(*rows.values(), strict=True)
    return {"epoch": np.array([*rows], float)} | {
        name: np.array(column) for name, column in zip(names, values, strict=True)
    }


def same(x: float, y: float) -> bool:
    return x == y or (math.isnan(x) and math.isnan(y))


@settings(derandomize=True, max_examples=300)
@given(ROWS, ROWS)
def test_the_first_differing_epoch_is_that_of_the_rows(a: dict, b: dict) -> None:
    a, b = ({epoch: rows[epoch] for epoch in sorted(rows)} for rows in (a, b))
    difference = compare_metrics(columns(a, ["loss", "r2"]), columns(b, ["loss", "r2"]), ())
    shared = sorted(a.keys() & b.keys())
    assert (difference.shared, difference.unshared) == (len(shared), len(a.keys() ^ b.keys()))
    expected = next((epoch for epoch in shared if not all(map(same, a[epoch], b[epoch]))), None)
    assert difference.epoch == expected
    if expected is not None:
        pairs = {
            name: (x, y) for name, x, y in zip(["loss", "r2"], a[expected], b[expected], strict=True) if not same(x, y)
        }
        null = {name: tuple(None if math.isnan(value) else value for value in pair) for name, pair in pairs.items()}
        assert difference.metrics == null


def test_ignored_and_unshared_columns_are_not_compared() -> None:
    a = {"epoch": np.arange(2.0), "seconds": np.array([1.0, 2.0]), "r2": np.zeros(2)}
    b = {"epoch": np.arange(2.0), "seconds": np.array([3.0, 4.0]), "mae": np.zeros(2)}
    assert compare_metrics(a, b, ("seconds",)) == (2, 0, None, {})
