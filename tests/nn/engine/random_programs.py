"""Random programs of NumPy calls: results, views, in-place writes and state, drawn by hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

ROWS, COLUMNS = 4, 3
SIZE = ROWS * COLUMNS
UNARY = (np.negative, np.square, np.tanh, np.abs, np.sign)
BINARY = (np.add, np.subtract, np.multiply, np.maximum, np.minimum)
Instruction = tuple[Any, ...]


class State(NamedTuple):
    """The inputs of a program: two arrays that change between steps, a fixed one, and one that the program updates.

    `draw` fills an array with random numbers.
    """

    x: Any
    w: Any
    fixed: Any
    state: Any
    draw: Callable[[Any], object]


def new_state(seed: int) -> State:
    """Return the arrays of a seed; the fixed one is always the same. `w` and `state` are adjacent in one vector."""
    random = np.random.default_rng(seed)
    vector = random.normal(size=2 * SIZE)
    matrices = [part.reshape(ROWS, COLUMNS) for part in np.split(vector, 2)]
    fixed = np.linspace(-1, 1, SIZE).reshape(ROWS, COLUMNS)
    draws = np.random.default_rng(seed)
    return State(
        random.normal(size=(ROWS, COLUMNS)), matrices[0], fixed, matrices[1], lambda out: draws.random(out=out)
    )


VIEWS: tuple[Callable[[Any], Any], ...] = (
    lambda a: a,
    lambda a: a[::-1],
    lambda a: a.T.reshape(ROWS, COLUMNS),
    lambda a: a.reshape(-1).reshape(ROWS, COLUMNS),
    lambda a: a[:1],
    lambda a: a[:, :1],
    lambda a: a.T.copy().T,
)
TARGETS: tuple[Callable[[Any], Any], ...] = (lambda a: a, lambda a: a[1:], lambda a: a[:, 1:2], lambda a: a[::-1])
STORES: tuple[tuple[Callable[[State], Any], Callable[[Any], Any]], ...] = (
    (lambda inputs: inputs.state, lambda a: a[:ROWS]),
    (lambda inputs: inputs.w, lambda a: a[ROWS:]),
    (lambda inputs: inputs.w, lambda a: a[:ROWS]),
    (lambda inputs: inputs.state[::2], lambda a: a[::4]),
    (lambda inputs: inputs.state[1:], lambda a: a[-3:]),
    (lambda inputs: inputs.w[:, ::2], lambda a: a[:ROWS, ::2]),
)


def run(instructions: list[Instruction], inputs: State) -> list[Any]:
    """Run a program and return its last three results. Each result can be an operand of later instructions."""
    pool = [inputs.x, inputs.w, inputs.fixed, inputs.state]

    def pick(place: tuple[int, int]) -> Any:
        number, view = place
        return VIEWS[view](pool[-1 - number % len(pool)])

    def full(a: Any) -> Any:
        return a if a.shape == (ROWS, COLUMNS) else a + np.zeros_like(a, shape=(ROWS, COLUMNS))

    for kind, *details in instructions:
        if kind == "unary":
            pool.append(full(UNARY[details[0]](pick(details[1]))))
        elif kind == "binary":
            pool.append(full(BINARY[details[0]](pick(details[1]), pick(details[2]))))
        elif kind == "number":
            pool.append(full(BINARY[details[0]](pick(details[1]), details[2])))
        elif kind == "mask":
            pool.append(full(pick(details[0]) * (pick(details[1]) > 0)))
        elif kind == "cast":
            pool.append(full(pick(details[0])).astype(np.float32).astype(np.float64))
        elif kind == "mean":
            pool.append(full(np.mean(full(pick(details[0])), axis=0, keepdims=True)))
        elif kind == "dot":
            pool.append(np.dot(full(pick(details[0])), full(pick(details[1])).T.copy()[:, :COLUMNS]))
        elif kind == "single":
            pool.append(full(pick(details[0])).astype(np.float32))
        elif kind == "modf":
            pool.extend(np.modf(full(pick(details[0]))))
        elif kind == "store":  # part of a larger result, into an outside array
            target, part = STORES[details[0]]
            long = np.tanh(np.concatenate([full(pick(details[1])), full(pick(details[2]))]))
            target(inputs)[...] = part(long)
            pool.append(long[1 : ROWS + 1])
        elif kind == "write":  # into a result, a part of it, or the state
            targets = [*pool[4:], inputs.state]
            target = TARGETS[details[0]](targets[details[1] % len(targets)])
            target[...] = full(pick(details[2]))[: target.shape[0], : target.shape[1]]
        elif kind == "in place":
            targets = [*pool[4:], inputs.state]
            target = TARGETS[details[0]](targets[details[1] % len(targets)])
            target *= full(pick(details[2]))[: target.shape[0], : target.shape[1]]
    inputs.state[...] = np.tanh(full(pool[-1]))
    return pool[-3:]


PLACES = st.tuples(st.integers(0, 9), st.integers(0, len(VIEWS) - 1))
NUMBERS = st.sampled_from([0, 1, 2, -0.5, 0.0, 3.0])
INSTRUCTIONS = st.one_of(
    st.tuples(st.just("unary"), st.integers(0, 4), PLACES),
    st.tuples(st.just("binary"), st.integers(0, 4), PLACES, PLACES),
    st.tuples(st.just("number"), st.integers(0, 4), PLACES, NUMBERS),
    st.tuples(st.just("mask"), PLACES, PLACES),
    st.tuples(st.just("cast"), PLACES),
    st.tuples(st.just("mean"), PLACES),
    st.tuples(st.just("dot"), PLACES, PLACES),
    st.tuples(st.just("single"), PLACES),
    st.tuples(st.just("modf"), PLACES),
    st.tuples(st.just("store"), st.integers(0, len(STORES) - 1), PLACES, PLACES),
    st.tuples(st.just("write"), st.integers(0, 3), st.integers(0, 9), PLACES),
    st.tuples(st.just("in place"), st.integers(0, 3), st.integers(0, 9), PLACES),
)
PROGRAMS = st.lists(INSTRUCTIONS, min_size=1, max_size=14)
