"""Handwritten programs, each for a mistake that a planner could make."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nncli.nn.engine.ops import Ops
from nncli.nn.engine.record import constant, draw
from tests.nn.engine.random_programs import COLUMNS, ROWS, State


def a_result_read_late(inputs: State) -> list[Any]:
    y = np.tanh(inputs.x)
    z = y * 2
    return [z + 1, np.exp(z), y]


def a_reversed_operand(inputs: State) -> list[Any]:
    y = inputs.x * 2
    return [y + y[::-1]]


def a_broadcast_operand(inputs: State) -> list[Any]:
    row = np.tanh(inputs.x[0])
    return [inputs.x + row, row * 2]


def results_of_one_size(inputs: State) -> list[Any]:
    first = inputs.x + 1
    second = first * inputs.w
    third = np.tanh(second)
    return [np.dot(third, first.T), third]


def a_product_of_a_dead_operand(inputs: State) -> list[Any]:
    square = np.dot(inputs.x, inputs.w.T)
    product = np.matmul(square, square)
    return [product * 2]


def a_reduction_of_a_dead_operand(inputs: State) -> list[Any]:
    return [np.add.reduce(inputs.x[:, :1] * 2, axis=1, keepdims=True) + 1]


def reductions_of_a_reversed_operand(inputs: State) -> list[Any]:
    y = -inputs.x
    return [np.add.reduce(y[::-1], axis=0) * 2, np.mean(y[:, ::-1], axis=1, keepdims=True), np.max(y[::-1])]


def state_updated_from_itself(inputs: State) -> list[Any]:
    inputs.state[...] = 0.9 * inputs.state + 0.1 * inputs.x
    return [inputs.state * 2]


def state_read_after_the_new_one_is_computed(inputs: State) -> list[Any]:
    new = np.tanh(inputs.state * 2)
    difference = new - inputs.state
    inputs.state[...] = new
    return [difference]


def state_reversed(inputs: State) -> list[Any]:
    inputs.state[...] = inputs.state[::-1] * 2 - inputs.state
    return [inputs.x * 1]


def state_stored_and_changed(inputs: State) -> list[Any]:
    new = inputs.x * 2
    inputs.state[...] = new
    new += 1
    return [new * 1]


def state_stored_twice(inputs: State) -> list[Any]:
    new = np.tanh(inputs.x)
    inputs.state[...] = new
    seen = inputs.state + 1
    inputs.state[...] = inputs.w
    return [seen, new + 0]


def a_part_of_a_result_stored(inputs: State) -> list[Any]:
    """A result is larger than its stored part: the rest must not overwrite the neighbour."""
    long = np.tanh(np.concatenate([inputs.w, inputs.x]))
    inputs.state[...] = long[ROWS:]
    return [long * 2, inputs.w * 1]


def the_first_part_of_a_result_stored(inputs: State) -> list[Any]:
    long = np.tanh(np.concatenate([inputs.w, inputs.x]))
    inputs.w[...] = long[:ROWS]
    return [long * 2, inputs.state * 1]


def every_second_entry_of_a_result_stored(inputs: State) -> list[Any]:
    """The rest of the result must not overwrite the entries in between."""
    entries = np.tanh(inputs.x.reshape(-1)[:11])
    inputs.state.reshape(-1)[:11:2] = entries[::2]
    return [entries * 2]


def a_half_of_a_result_stored_twice(inputs: State) -> list[Any]:
    both = np.tanh(np.concatenate([inputs.x, inputs.x * 2]))
    inputs.w[...] = both[:ROWS]
    inputs.w[...] = both[:ROWS]
    return [both + 1, inputs.w * 1]


def two_parts_of_a_result_stored(inputs: State) -> list[Any]:
    both = np.tanh(np.concatenate([inputs.x, inputs.x * 2]))
    inputs.w[...] = both[:ROWS]
    inputs.state[...] = both[ROWS:]
    return [both + 1]


def a_chain_that_ends_in_the_state(inputs: State) -> list[Any]:
    step = np.tanh(inputs.x) * 3
    inputs.state[...] = inputs.state - step
    return [step[0] * 1]


def a_chain_beside_a_late_reader(inputs: State) -> list[Any]:
    first = inputs.x * 2
    second = np.negative(first)
    third = second + inputs.state
    inputs.state[...] = third * 2
    return [third * 1]


def a_rounded_cast(inputs: State) -> list[Any]:
    return [(inputs.x * 3).astype(np.float32).astype(np.float64)]


def a_rounded_result(inputs: State) -> list[Any]:
    single = np.multiply(inputs.x, 3, out=np.empty_like(inputs.x, np.float32))
    return [single.astype(np.float64)]


def a_cast_of_a_second_result(inputs: State) -> list[Any]:
    fraction, whole = np.modf(inputs.x * 3)
    return [whole.astype(np.float32) * 1, fraction * 1]


def a_cast_result_read_again(inputs: State) -> list[Any]:
    y = inputs.x * 3
    return [y.astype(np.float32) * 1, y + 1]


def a_cast_into_an_array_read_before(inputs: State) -> list[Any]:
    short = np.empty_like(inputs.x, np.float32)
    short[...] = inputs.w
    y = inputs.x * 3
    seen = short * 2
    np.copyto(short, y, casting="unsafe")
    return [seen, short * 1]


def a_cast_into_its_own_argument(inputs: State) -> list[Any]:
    short = inputs.w.astype(np.float32)
    short[...] = short[::-1] + inputs.x
    return [short * 1]


def casts_of_an_array_that_changes(inputs: State) -> list[Any]:
    y = inputs.x * 2
    first = y.astype(np.float32)
    y += 1
    return [first * 1, y.astype(np.float32) * 1]


def a_cast_array_that_is_changed(inputs: State) -> list[Any]:
    y = inputs.x * 2
    first = y.astype(np.float32)
    first *= 2
    return [first + 1, y.astype(np.float32) + 1]


def casts_of_two_layouts(inputs: State) -> list[Any]:
    y = np.dot(inputs.x, inputs.w.T)
    return [y.astype(np.float32) * 1, y.T.astype(np.float32) * 1, y.T.astype(np.float32, order="C") * 1]


def random_numbers(inputs: State) -> list[Any]:
    return [inputs.fixed + draw(np.empty((ROWS, COLUMNS)), inputs.draw), inputs.x * 1]


def random_numbers_never_read(inputs: State) -> list[Any]:
    draw(np.empty((ROWS, COLUMNS)), inputs.draw)
    return [inputs.x + draw(np.empty((ROWS, COLUMNS)), inputs.draw)]


def constants_stored_into_a_changing_array(inputs: State) -> list[Any]:
    y = inputs.x * 2
    y[:, 0] = 7
    y[1:] = inputs.fixed[1:]
    return [y * 1]


def constants_in_a_chain(inputs: State) -> list[Any]:
    y = np.tanh(inputs.fixed)
    z = y * 2
    return [z + inputs.x, z * 1]


def a_constant_overwritten_by_another(inputs: State) -> list[Any]:
    y = np.tanh(inputs.fixed)
    seen = y * inputs.x
    y[...] = inputs.fixed * 2
    return [seen, y * 1]


def a_constant_overwritten(inputs: State) -> list[Any]:
    y = np.tanh(inputs.fixed)
    seen = y * inputs.x
    y[...] = inputs.x
    return [seen, y * 1]


def numbers_of_two_signs(inputs: State) -> list[Any]:
    zero = inputs.x * 0
    return [np.copysign(1, zero * 0.0 + -0.0), np.maximum(zero, -0.0) + float(np.copysign(1.0, -0.0)), zero + 0.0]


def a_number_in_two_dtypes(inputs: State) -> list[Any]:
    return [inputs.x.astype(np.float32) * 0.1, inputs.x * 0.1, np.maximum(inputs.x.astype(np.float32), 0.1)]


def an_unused_result(inputs: State) -> list[Any]:
    np.exp(inputs.x)
    inputs.state[:, :1] = inputs.x[:, 1:2]
    return [inputs.x[:1] * 2]


def a_sum_of_few(inputs: State) -> list[Any]:
    ops = Ops.float64()
    return [ops.total(inputs.x * inputs.w), ops.count(inputs.x > 0), constant(np.arange(3.0)) + inputs.x]


HANDWRITTEN: dict[str, Callable[[State], list[Any]]] = {
    name: function
    for name, function in list(globals().items())
    if callable(function) and getattr(function, "__annotations__", {}).get("inputs") == "State" and name[0] != "_"
}
