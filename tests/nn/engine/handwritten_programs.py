"""Programs written by hand, each for a mistake that a planner could make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nncli.nn.engine.ops import Ops
from nncli.nn.engine.record import constant, draw
from tests.nn.engine.random_programs import COLUMNS, ROWS, State


def a_result_read_late(given: State) -> list[Any]:
    y = np.tanh(given.x)
    z = y * 2
    return [z + 1, np.exp(z), y]


def a_reversed_operand(given: State) -> list[Any]:
    y = given.x * 2
    return [y + y[::-1]]


def a_broadcast_operand(given: State) -> list[Any]:
    row = np.tanh(given.x[0])
    return [given.x + row, row * 2]


def results_of_one_size(given: State) -> list[Any]:
    first = given.x + 1
    second = first * given.w
    third = np.tanh(second)
    return [np.dot(third, first.T), third]


def a_product_of_a_dead_operand(given: State) -> list[Any]:
    square = np.dot(given.x, given.w.T)
    product = np.matmul(square, square)
    return [product * 2]


def a_reduction_of_a_dead_operand(given: State) -> list[Any]:
    return [np.add.reduce(given.x[:, :1] * 2, axis=1, keepdims=True) + 1]


def reductions_of_a_reversed_operand(given: State) -> list[Any]:
    y = -given.x
    return [np.add.reduce(y[::-1], axis=0) * 2, np.mean(y[:, ::-1], axis=1, keepdims=True), np.max(y[::-1])]


def state_by_itself(given: State) -> list[Any]:
    given.state[...] = 0.9 * given.state + 0.1 * given.x
    return [given.state * 2]


def state_read_after_its_successor_is_known(given: State) -> list[Any]:
    new = np.tanh(given.state * 2)
    difference = new - given.state
    given.state[...] = new
    return [difference]


def state_reversed(given: State) -> list[Any]:
    given.state[...] = given.state[::-1] * 2 - given.state
    return [given.x * 1]


def state_stored_and_changed(given: State) -> list[Any]:
    new = given.x * 2
    given.state[...] = new
    new += 1
    return [new * 1]


def state_stored_twice(given: State) -> list[Any]:
    new = np.tanh(given.x)
    given.state[...] = new
    seen = given.state + 1
    given.state[...] = given.w
    return [seen, new + 0]


def a_part_of_a_result_stored(given: State) -> list[Any]:
    """A result that is larger than what is stored of it: the rest must not lie over the neighbour."""
    long = np.tanh(np.concatenate([given.w, given.x]))
    given.state[...] = long[ROWS:]
    return [long * 2, given.w * 1]


def the_first_part_of_a_result_stored(given: State) -> list[Any]:
    long = np.tanh(np.concatenate([given.w, given.x]))
    given.w[...] = long[:ROWS]
    return [long * 2, given.state * 1]


def every_second_entry_of_a_result_stored(given: State) -> list[Any]:
    """What lies between must not be written over by the rest of the result."""
    entries = np.tanh(given.x.reshape(-1)[:11])
    given.state.reshape(-1)[:11:2] = entries[::2]
    return [entries * 2]


def a_half_of_a_result_stored_twice(given: State) -> list[Any]:
    both = np.tanh(np.concatenate([given.x, given.x * 2]))
    given.w[...] = both[:ROWS]
    given.w[...] = both[:ROWS]
    return [both + 1, given.w * 1]


def two_parts_of_a_result_stored(given: State) -> list[Any]:
    both = np.tanh(np.concatenate([given.x, given.x * 2]))
    given.w[...] = both[:ROWS]
    given.state[...] = both[ROWS:]
    return [both + 1]


def a_chain_that_ends_in_the_state(given: State) -> list[Any]:
    step = np.tanh(given.x) * 3
    given.state[...] = given.state - step
    return [step[0] * 1]


def a_chain_beside_a_late_reader(given: State) -> list[Any]:
    first = given.x * 2
    second = np.negative(first)
    third = second + given.state
    given.state[...] = third * 2
    return [third * 1]


def a_rounded_cast(given: State) -> list[Any]:
    return [(given.x * 3).astype(np.float32).astype(np.float64)]


def a_rounded_result(given: State) -> list[Any]:
    single = np.multiply(given.x, 3, out=np.empty_like(given.x, np.float32))
    return [single.astype(np.float64)]


def a_cast_of_a_second_result(given: State) -> list[Any]:
    fraction, whole = np.modf(given.x * 3)
    return [whole.astype(np.float32) * 1, fraction * 1]


def a_cast_result_read_again(given: State) -> list[Any]:
    y = given.x * 3
    return [y.astype(np.float32) * 1, y + 1]


def a_cast_into_what_is_read_between(given: State) -> list[Any]:
    short = np.empty_like(given.x, np.float32)
    short[...] = given.w
    y = given.x * 3
    seen = short * 2
    np.copyto(short, y, casting="unsafe")
    return [seen, short * 1]


def a_cast_into_its_own_argument(given: State) -> list[Any]:
    short = given.w.astype(np.float32)
    short[...] = short[::-1] + given.x
    return [short * 1]


def a_cast_of_what_changes_between(given: State) -> list[Any]:
    y = given.x * 2
    first = y.astype(np.float32)
    y += 1
    return [first * 1, y.astype(np.float32) * 1]


def a_cast_array_that_is_changed(given: State) -> list[Any]:
    y = given.x * 2
    first = y.astype(np.float32)
    first *= 2
    return [first + 1, y.astype(np.float32) + 1]


def casts_of_two_layouts(given: State) -> list[Any]:
    y = np.dot(given.x, given.w.T)
    return [y.astype(np.float32) * 1, y.T.astype(np.float32) * 1, y.T.astype(np.float32, order="C") * 1]


def random_numbers(given: State) -> list[Any]:
    return [given.fixed + draw(np.empty((ROWS, COLUMNS)), given.draw), given.x * 1]


def random_numbers_that_nobody_reads(given: State) -> list[Any]:
    draw(np.empty((ROWS, COLUMNS)), given.draw)
    return [given.x + draw(np.empty((ROWS, COLUMNS)), given.draw)]


def constants_into_what_changes(given: State) -> list[Any]:
    y = given.x * 2
    y[:, 0] = 7
    y[1:] = given.fixed[1:]
    return [y * 1]


def constants_in_a_chain(given: State) -> list[Any]:
    y = np.tanh(given.fixed)
    z = y * 2
    return [z + given.x, z * 1]


def a_constant_written_over_by_another(given: State) -> list[Any]:
    y = np.tanh(given.fixed)
    seen = y * given.x
    y[...] = given.fixed * 2
    return [seen, y * 1]


def a_constant_written_over(given: State) -> list[Any]:
    y = np.tanh(given.fixed)
    seen = y * given.x
    y[...] = given.x
    return [seen, y * 1]


def numbers_of_two_signs(given: State) -> list[Any]:
    zero = given.x * 0
    return [np.copysign(1, zero * 0.0 + -0.0), np.maximum(zero, -0.0) + float(np.copysign(1.0, -0.0)), zero + 0.0]


def a_number_in_two_dtypes(given: State) -> list[Any]:
    return [given.x.astype(np.float32) * 0.1, given.x * 0.1, np.maximum(given.x.astype(np.float32), 0.1)]


def unused(given: State) -> list[Any]:
    np.exp(given.x)
    given.state[:, :1] = given.x[:, 1:2]
    return [given.x[:1] * 2]


def a_sum_of_few(given: State) -> list[Any]:
    ops = Ops.float64()
    return [ops.total(given.x * given.w), ops.count(given.x > 0), constant(np.arange(3.0)) + given.x]


WRITTEN: dict[str, Callable[[State], list[Any]]] = {
    name: function
    for name, function in list(globals().items())
    if callable(function) and getattr(function, "__annotations__", {}).get("given") == "State" and name[0] != "_"
}
