"""The memory of steps: the same arrays for the same requests."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.nn.memory import LINE, StepArrays, aligned


def test_the_same_request_of_a_step_gets_the_same_array():
    arrays = StepArrays()
    steps = []
    for _ in range(3):
        arrays.begin()
        steps.append([arrays.next((8, 2), np.float64), arrays.next((8, 2), np.float64), arrays.next((8,), np.bool_)])
    first = steps[0]
    assert first[0] is not first[1]
    assert not np.shares_memory(first[0], first[1])
    for later in steps[1:]:
        assert all(a is b for a, b in zip(first, later, strict=True))
    assert [(array.shape, array.dtype) for array in first] == [((8, 2), float), ((8, 2), float), ((8,), bool)]


@pytest.mark.parametrize("request_", [((8, 3), np.float64), ((8, 2), np.float32)], ids=["shape", "dtype"])
def test_another_request_than_before_gets_what_it_asks_for(request_):
    arrays = StepArrays()
    arrays.next((8, 2), np.float64)
    after = arrays.next((4,), np.float64)
    arrays.begin()
    shape, dtype = request_
    array = arrays.next(shape, dtype)
    assert (array.shape, array.dtype) == (shape, dtype)
    assert arrays.next((4,), np.float64) is after


def test_scratch_is_one_array_for_a_role_and_a_shape():
    arrays = StepArrays()
    left = arrays.scratch("left", (8, 2))
    assert (left.shape, left.dtype) == ((8, 2), np.float64)
    assert arrays.scratch("left", (8, 2)) is left
    others = [arrays.scratch("right", (8, 2)), arrays.scratch("left", (2, 8)), arrays.next((8, 2), np.float64)]
    assert not any(np.shares_memory(left, other) for other in others)


@given(
    st.lists(st.integers(0, 50), max_size=3).map(tuple),
    st.sampled_from([np.float32, np.float64, np.bool_, np.intp]),
)
def test_an_array_begins_with_a_line_of_the_cache(shape, dtype):
    array = aligned(shape, dtype)
    assert (array.shape, array.dtype, array.flags.c_contiguous) == (shape, dtype, True)
    assert not array.size or array.ctypes.data % LINE == 0
    array[...] = 1
    assert array.sum() == array.size
