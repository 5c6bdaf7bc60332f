"""The memory of steps: the same arrays for the same requests, and a recorded step's own."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.nn.memory import Memory
from nncli.nn.recording import Recording


def test_the_same_request_of_a_step_gets_the_same_array():
    memory = Memory()
    steps = []
    for _ in range(3):
        memory.rewind(8)
        steps.append([memory.empty((8, 2), np.float64), memory.empty((8, 2), np.float64), memory.empty((8,), np.bool_)])
    first = steps[0]
    assert first[0] is not first[1]
    assert not np.shares_memory(first[0], first[1])
    for later in steps[1:]:
        assert all(a is b for a, b in zip(first, later, strict=True))
    assert [(array.shape, array.dtype) for array in first] == [((8, 2), float), ((8, 2), float), ((8,), bool)]


def test_steps_of_another_size_have_arrays_of_their_own():
    """So that a smaller last batch does not make the whole batches ask for memory again."""
    memory = Memory()
    memory.rewind(8)
    whole = memory.empty((8, 2), np.float64)
    memory.rewind(3)
    part = memory.empty((3, 2), np.float64)
    memory.rewind(8)
    assert memory.empty((8, 2), np.float64) is whole
    memory.rewind(3)
    assert memory.empty((3, 2), np.float64) is part


@pytest.mark.parametrize("request_", [((8, 3), np.float64), ((8, 2), np.float32)], ids=["shape", "dtype"])
def test_another_request_than_before_gets_what_it_asks_for(request_):
    memory = Memory()
    memory.rewind(8)
    memory.empty((8, 2), np.float64)
    after = memory.empty((4,), np.float64)
    memory.rewind(8)
    shape, dtype = request_
    array = memory.empty(shape, dtype)
    assert (array.shape, array.dtype) == (shape, dtype)
    assert memory.empty((4,), np.float64) is after


def test_zeros_are_shared_and_cannot_be_written():
    memory = Memory()
    zeros = memory.zeros((3, 2), np.dtype(np.float32))
    assert zeros is memory.zeros((3, 2), np.dtype(np.float32))
    assert zeros.dtype == np.float32
    assert not zeros.any()
    with pytest.raises(ValueError, match="read-only"):
        zeros[0] = 1


def test_a_recorded_step_shares_its_arrays_with_no_other():
    """What it left there must be there when it is played back, whatever was computed in between."""
    memory, recording = Memory(), Recording()
    memory.rewind(8)
    before = [memory.empty((8, 2), np.float64), memory.scratch("left", (8, 2))]
    with memory.recorded(recording):
        watched = [memory.empty((8, 2), np.float64), memory.scratch("left", (8, 2)), memory.scratch("left", (8, 2))]
    own = [array.view(np.ndarray) for array in watched]
    assert np.shares_memory(own[1], own[2])
    after = [memory.empty((8, 2), np.float64), memory.scratch("left", (8, 2))]
    memory.rewind(8)
    later = [memory.empty((8, 2), np.float64), memory.scratch("left", (8, 2))]
    assert all(a is b for a, b in zip(before, later, strict=True))
    assert not any(np.may_share_memory(mine, other) for mine in own for other in (*before, *after))
