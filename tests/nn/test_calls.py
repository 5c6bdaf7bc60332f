"""Which calls of a step every step must make: all but those whose outcome is there already."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.nn.calls import Call, needed

X, W, A, B, C = ARRAYS = [np.arange(4.0) + i for i in range(5)]


def copy(target: np.ndarray, source: np.ndarray) -> Call:
    """Target = source, which is the same however often it is done."""
    return Call(partial(np.copyto, target, source), [source], [target])


def add(target: np.ndarray, source: np.ndarray) -> Call:
    """Target = target + source, which is not."""
    return Call(partial(np.add, target, source, target), [target, source], [target])


STEPS = {
    "of what changes": ([copy(A, X)], [X], [0]),
    "of what stays": ([copy(A, X)], [], []),
    "of what stays, by way of another": ([copy(A, X), copy(B, A)], [], []),
    "of what stays and what changes": ([copy(A, X), copy(B, A), copy(C, W)], [W], [2]),
    "into what others change": ([copy(A, X)], [A], [0]),
    "in place": ([add(A, X)], [], [0]),
    "into an array that is written over": ([copy(A, X), copy(B, A), copy(A, W)], [], [0, 1, 2]),
    "into an array whose view is written over": ([copy(A, X), copy(A[1:2], W[:1])], [], [0, 1]),
    "into another part of an array": ([copy(A[:2], X[:2]), copy(A[2:], W[2:])], [W], [1]),
    "twice": ([copy(A, W), copy(B, W), copy(A, W)], [W], [0, 1]),
    "twice of what stays": ([copy(A, X), copy(B, W), copy(A, X)], [W], [1]),
    "twice, its source written in between": ([copy(A, W), add(W, X), copy(A, W)], [W], [0, 1, 2]),
    "twice, its target written in between": ([copy(A, W), copy(A, X), copy(A, W)], [W], [0, 1, 2]),
    "from another view of the same": ([copy(A, W), copy(A, W[::-1])], [W], [0, 1]),
    "of what only the first step finds": ([copy(A, W), copy(W, X)], [], [0]),
    "twice in place": ([add(A, W), add(A, W)], [W], [0, 1]),
}


@pytest.mark.parametrize(("calls", "changing", "expected"), STEPS.values(), ids=STEPS)
def test_what_is_there_already_is_left_out(calls, changing, expected):
    kept = needed(calls, changing)
    assert [i for i, call in enumerate(calls) if any(call is one for one in kept)] == expected
    assert len(kept) == len(expected)


PLACES = st.sampled_from([*ARRAYS, *(array[:2] for array in ARRAYS), *(array[2:] for array in ARRAYS)])
PAIRS = st.tuples(PLACES, PLACES).filter(lambda pair: len(pair[0]) == len(pair[1]))
CALLS = st.builds(lambda pair, make: make(*pair), PAIRS, st.sampled_from([copy, copy, add]))


@settings(max_examples=1000)
@given(st.lists(CALLS, max_size=8), st.sets(st.integers(0, 4)))
def test_steps_without_what_is_there_give_the_same_numbers(calls, changing):
    def steps(later: list[Call]) -> list[bytes]:
        for i, array in enumerate(ARRAYS):
            array[...] = np.arange(4.0) * 7 + i
        for step in range(4):
            for i in changing:
                ARRAYS[i][...] = np.arange(4.0) + 10 * i + step
            for call in later if step else calls:
                call.make()
        return [array.tobytes() for array in ARRAYS]

    assert steps(needed(calls, [ARRAYS[i] for i in changing])) == steps(calls)
