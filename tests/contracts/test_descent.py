"""Every optimizer finds the minimum of a quadratic bowl, and its rate decays by the book's formula."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.nn.engine.ops import Ops
from nncli.registry import components, type_name
from tests.contracts.parts import build, examples, name_of, ops_for, take_step

STEPS = 3000
CURVATURE = np.linspace(0.5, 1.5, 5)
BOTTOM = np.array([0.8, -0.5, 0.3, -1.0, 0.1])


def height(p) -> float:
    """Return f(p) = Σ a (p - b)² / 2, whose gradient is a (p - b)."""
    return float(np.sum(CURVATURE * (p - BOTTOM) ** 2) / 2)


def descend(optimizer, dtype, grads_dtype, ops: Ops):
    """Return the points before the first step, after a few steps and after all, and the last state."""
    p, g = np.zeros(5, dtype), np.zeros(5, grads_dtype)
    state = optimizer.init(p, g)
    points = [p.copy()]
    for step in range(STEPS):
        g[...] = CURVATURE * (p - BOTTOM)
        take_step(optimizer, p, g, state, optimizer.scalars(step, STEPS), ops)
        if step in (STEPS // 50, STEPS - 1):
            points.append(p.copy())
    return points, state


@pytest.mark.parametrize(
    ("precision", "dtype", "grads_dtype"),
    [
        ("float32", np.float32, np.float32),
        ("float64", np.float64, np.float64),
        ("book", np.float32, np.float32),
        ("book", np.float32, np.float64),
    ],
)
@pytest.mark.parametrize("optimizer", examples("optimizer"), ids=name_of)
def test_optimizer_reaches_the_minimum(optimizer, precision, dtype, grads_dtype):
    (start, early, end), state = descend(optimizer, dtype, grads_dtype, ops_for(precision))
    assert end.dtype == dtype
    assert height(early) < 0.95 * height(start)
    assert height(end) < 1e-5 * height(start)
    assert all(np.isfinite(array).all() for array in state)


@pytest.mark.parametrize("cls", components("optimizer"), ids=type_name)
def test_decay_follows_the_books_formula(cls):
    """The book multiplies the learning rate by a quotient; dividing by the sum would differ in the last bit."""
    optimizer = build(cls, learning_rate=0.005, decay=1e-3)
    rates = [optimizer.rate(step, 1000) for step in range(1000)]
    assert rates == [0.005 * (1 / (1 + 1e-3 * step)) for step in range(1000)]
    assert rates != [0.005 / (1 + 1e-3 * step) for step in range(1000)]
    assert rates[0] == 0.005
    assert build(cls, learning_rate=0.02).rate(10**6, 10**6 + 1) == 0.02
