"""A step after the first asks for no new memory: what it needs is there from the step before."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nncli.nn.ops import Ops
from tests.contracts.parts import PRECISIONS, arrays_of, grads_of, name_of, ops_for, parts_of, targets_for

ROWS, COLUMNS = 1000, 16
KINDS = ("layer", "activation", "loss", "optimizer")
CASES = [pytest.param(kind, part, id=f"{kind}-{name_of(part)}") for kind in KINDS for part in parts_of(kind, COLUMNS)]


class Remembering(Ops):
    """Arithmetic that remembers which arrays a step was given."""

    given: list[Any]

    def rewind(self, rows: int) -> None:
        super().rewind(rows)
        self.given = []

    def empty(self, shape, dtype):
        self.given.append(super().empty(shape, dtype))
        return self.given[-1]


def a_step(kind: str, part: Any, ops: Ops, rows: int = ROWS) -> Callable[[], object]:
    """A function that takes the component's part in a step, forward and backward."""
    random = np.random.default_rng(0)
    x, dy = (random.normal(size=(rows, COLUMNS)).astype(ops.dtype) for _ in range(2))
    if kind == "activation":
        return lambda: part.forward(x, ops)[1](dy)
    if kind == "loss":
        t = targets_for(part, x, random)
        return lambda: part.forward(x, t, ops)[2]()
    if kind == "optimizer":
        p, g = x.reshape(-1), dy.reshape(-1)
        state = part.init(p, g)
        return lambda: part.update(p, g, state, part.scalars(0, 1), ops)
    params, grads = arrays_of(part, COLUMNS, random, ops.dtype), grads_of(part, COLUMNS, ops.dtype)
    slope = np.ones((rows, part.outputs(COLUMNS)), ops.dtype)

    def layer() -> None:
        part.penalty(params, ops)
        part.forward(params, x, ops)[1](slope, grads, True)

    return layer


def after(step: Callable[[], object], ops: Remembering) -> list[Any]:
    """The arrays that a step was given."""
    ops.rewind(ROWS)
    step()
    return ops.given


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(("kind", "part"), CASES)
def test_a_second_step_gets_the_arrays_of_the_first(kind, part, precision):
    random = np.random.RandomState(1) if precision == "book" else np.random.default_rng(1)
    ops = Remembering(precision, random)
    step = a_step(kind, part, ops)
    first, second = after(step, ops), after(step, ops)
    assert len(first) == len(second)
    assert all(a is b for a, b in zip(first, second, strict=True))
    assert len({id(array) for array in first}) == len(first), "one array was given twice in a step"


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize(("kind", "part"), CASES)
def test_twice_the_rows_ask_for_no_more_memory(kind, part, precision):
    """Whether from Ops or behind its back; NumPy's own buffers, where dtypes mix, do not grow."""
    small, large = (peak(kind, part, ops_for(precision), rows) for rows in (10_000, 20_000))
    assert large - small < 8000


def peak(kind: str, part: Any, ops: Ops, rows: int) -> int:
    """The bytes that a step has asked for at most, once two steps have been taken."""
    step = a_step(kind, part, ops, rows)
    tracemalloc.start()
    try:
        for _ in range(3):
            ops.rewind(rows)
            before, _ = tracemalloc.get_traced_memory()
            tracemalloc.reset_peak()
            step()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
