"""Recording a step: NumPy calls are replayed with new numbers, and calls that cannot be replayed are refused."""

from __future__ import annotations

import copy
import operator

import numpy as np
import pytest

from nncli.nn.engine.plan import PASSES, plan
from nncli.nn.engine.record import Recording, constant
from nncli.nn.engine.replay import Replay

ROWS, COLUMNS = 6, 4
DIGITS = np.arange(10)


def numbers(seed: int) -> np.ndarray:
    """Return numbers of both signs, away from 0."""
    random = np.random.default_rng(seed)
    return random.choice([-1.0, 1.0], (ROWS, COLUMNS)) * random.uniform(0.5, 2, (ROWS, COLUMNS))


def in_place(x, out):
    x = x * 1.0
    x -= 1
    x[:, 0] = 3
    return x


def into_rows(x, out):
    x = x * 1.0
    x[[0, 2]] = 7
    x[[1, 1]] += x[3:5]
    x[x < 0] = 0
    x[constant(np.arange(ROWS)), np.argmax(x, axis=1)] -= 1
    return x


def into_view_of_keyword(x, out):
    y = x * 1
    np.ravel(a=y)[::2] = 5
    return y * 2


def number_in_place(x, out):
    before = number = x.sum()
    number += 1
    return x * before * number


def into_views(x, out):
    np.add(x[:2], 1, out=out[:2])
    np.add.reduce(x, axis=0, out=out[2])
    np.copyto(out[3:], x.T[:3, :4] if x.T.shape[1] == COLUMNS else x[3:])
    return out


STEPS = {
    "a ufunc into an array": lambda x, out: np.multiply(x, x, out=out),
    "a ufunc of Python numbers": lambda x, out: np.add(np.multiply(3, x, out=out), 0.1, out=out),
    "a ufunc that returns a new array": lambda x, out: np.exp(x),
    "a ufunc with two results": lambda x, out: np.modf(x)[1],
    "operators": lambda x, out: (2 * x + 1) / (x - 7) ** 2,
    "a comparison": lambda x, out: x > 0.2,
    "maximum into an array": lambda x, out: np.maximum(x, 0, out=out),
    "options of a ufunc": lambda x, out: np.greater(x, 0, out=out, casting="unsafe"),
    "a requested dtype": lambda x, out: np.multiply(x.astype(np.float32), 0.1, dtype=np.float64),
    "where": lambda x, out: np.add(x, 1, out=out, where=x > 0) * (x > 0),
    "a reduction": lambda x, out: np.add.reduce(x, axis=1),
    "a reduction to a number": lambda x, out: np.add.reduce(x, axis=None) * x,
    "outer": lambda x, out: np.multiply.outer(x[0], x[1]),
    "at": lambda x, out: (out.fill(0), np.add.at(out, [0, 0, 1], x[:3]), out)[-1],
    "dot": lambda x, out: np.dot(x, x.T),
    "dot into an array": lambda x, out: np.dot(x, x[:COLUMNS], out=out),
    "dot into an array, positional": lambda x, out: np.dot(x, x[:COLUMNS], out),
    "dot into an array ()": lambda x, out: np.dot(x[0], x[1], out=out[0, :1].reshape(())) * x,
    "the method dot": lambda x, out: x.dot(x[:COLUMNS], out),
    "take": lambda x, out: np.take(x, [3, 1, 1, 0, 2, 5], axis=0, out=out, mode="clip"),
    "a function that returns a new array": lambda x, out: np.where(x > 0, x, -2.0),
    "a function of a list": lambda x, out: np.concatenate([x, x[:1]]),
    "a function of another module": lambda x, out: np.linalg.norm(x, axis=0),
    "a count": lambda x, out: np.count_nonzero(x > 0) * x,
    "copyto": lambda x, out: (np.copyto(out, x), out + 1)[-1],
    "put": lambda x, out: (np.copyto(out, x), np.put(out, [0, 5], 9), out)[-1],
    "argmax": lambda x, out: np.argmax(x, axis=1),
    "methods that return new arrays": lambda x, out: x.sum(axis=0) + x.copy().max() + x.astype(np.float32).mean(),
    "methods that change their array": lambda x, out: (np.copyto(out, x), out.sort(axis=0), out)[-1],
    "an item": lambda x, out: x * x.item(0),
    "a view of a view": lambda x, out: x.T.reshape(-1)[::2][1:] * 2,
    "reshaping that copies": lambda x, out: x.T.reshape(-1) + 0,
    "an index by a list": lambda x, out: x[[2, 0], 1:],
    "an index by a constant array": lambda x, out: x[constant(np.array([2, 0])), 1:],
    "an index by a recorded array": lambda x, out: x[np.argmax(x, axis=0), 0],
    "rows one by one": lambda x, out: sum(row * i for i, row in enumerate(x)),
    "writing in place": in_place,
    "numbers of another dtype": lambda x, out: x.astype(np.float32) * 3 - constant(np.array(0.1)),
    "a complex number": lambda x, out: x.astype(np.float32) * 0.1j,
    "dtypes by a signature": lambda x, out: np.add(x, 0.1, signature="ff->f", casting="unsafe"),
    "writing by a list or a mask": into_rows,
    "writing into a view of a keyword argument": into_view_of_keyword,
    "adding to a number in place": number_in_place,
    "the real part": lambda x, out: x.real * 2,
    "axes that already exist": lambda x, out: np.atleast_2d(x) * 2 + np.atleast_2d(x[0]),
    "stacking arrays": lambda x, out: np.vstack([x, x[0]])[1:] + np.hstack([x[:, :2], x[:, 1:3]]),
    "no columns": lambda x, out: x[:, :0] @ x[:, :0].T,
    "printing": lambda x, out: x * len([f"{x}", str(x), repr(x[0]), f"{x[0, 0]:.2f}"]),
    "means": lambda x, out: (x - x.mean(axis=0)) / np.std(x, axis=0) + np.mean(x, axis=-1, keepdims=True) + np.mean(x),
    "a mean of integers": lambda x, out: np.mean(np.argmax(x, axis=1)) + np.mean(x > 0),
    "zeros and ones": lambda x, out: np.zeros_like(x) + np.ones_like(x, shape=COLUMNS) * x,
    "an empty array, then written": lambda x, out: (y := np.empty_like(x), np.copyto(y, x), y * 2)[-1],
    "stacking rows": lambda x, out: np.stack([x[0], x[1] * 2, np.max(x, axis=0)]),
    "a number into a column": lambda x, out: (
        y := x * 1,
        y.__setitem__((slice(None), 1), 7),
        y[0, 0:2] * y[:, :2],
    )[-1],
    "a constant": lambda x, out: (
        x * constant(np.arange(COLUMNS)) + np.take(constant(np.arange(9)), np.argmax(x, axis=0))
    ),
    "writing into views": into_views,
    "shapes and dtypes": lambda x, out: x * np.size(x) + np.ndim(x) + len(x) + np.result_type(x, np.float32).itemsize,
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("passes", [PASSES, ()], ids=["planned", "as recorded"])
def test_replay_has_the_bits_of_computing_in_python(step, passes):
    x, out = numbers(0), np.zeros((ROWS, COLUMNS))
    with Recording() as recording:
        first = step(*recording.watch((x, out)))
    assert np.asarray(first).tobytes() == np.asarray(step(numbers(0), np.zeros((ROWS, COLUMNS)))).tobytes()
    planned = plan(recording.program([first]), passes)
    replay = Replay(planned.calls)
    (result,) = planned.results
    for seed in (1, 2):
        x[...] = numbers(seed)
        replay()
        expected = np.asarray(step(numbers(seed), np.zeros((ROWS, COLUMNS))))
        assert (result.shape, result.dtype) == (expected.shape, expected.dtype)
        assert result.tobytes() == expected.tobytes()


def put_into(assign):
    """Return a step that changes a result in a way that cannot be recorded."""

    def step(x, out):
        y = x * 1
        assign(y)
        return y * 2

    return step


def iterate(x, out):
    return x * sum(value[()] for value in np.nditer(x))


def count_on(x, out):
    total = constant(np.zeros(COLUMNS))
    total += x[0]
    return total


def choose_from_a_constant(x, out):
    return np.arange(9.0)[np.argmax(x, axis=0)] * x  # NumPy does not report the index


REFUSED = {
    "an index into an unrecorded array": choose_from_a_constant,
    "an array unwrapped by asarray": lambda x, out: np.add(np.asarray(x * 2), x),
    "a result unwrapped by asarray": lambda x, out: np.asarray(x * 2),
    "an unrecorded operand": lambda x, out: x * np.arange(COLUMNS),
    "an unrecorded number": lambda x, out: x * np.asarray(x).max(),
    "an unrecorded number as the result": lambda x, out: np.asarray(x).max(),
    "iterating over numbers": iterate,
    "iterating over numbers and indices": lambda x, out: x * sum(value for _, value in np.ndenumerate(x)),
    "a flat index": lambda x, out: x * x.flat[3],
    "writing by a flat index": put_into(lambda y: y.flat.__setitem__(0, 5)),
    "writing into flat": put_into(lambda y: setattr(y, "flat", 5)),
    "writing into the real part": put_into(lambda y: setattr(y, "real", 5)),
    "swapping bytes in place": put_into(lambda y: y.byteswap(inplace=True)),
    "a function that changes its argument": put_into(lambda y: np.nan_to_num(y, copy=False)),
    "a target as a keyword": put_into(lambda y: np.copyto(dst=y, src=1)),
    "a copy by the module copy": lambda x, out: copy.copy(x * 1) * 2,
    "a constant that the step computes": lambda x, out: constant(np.sign(x)) * x,
    "writing into a constant": count_on,
    "objects": lambda x, out: np.frompyfunc(lambda value: 2 * value, 1, 1)(x),
    "a condition": lambda x, out: x if x[0, 0] > 0 else -x,
    "float": lambda x, out: float(x[0, 0]),
    "int": lambda x, out: int(x[0, 0]),
    "an index into a Python list": lambda x, out: [1, 2, 3][np.argmax(x[0])],
    "converting to a list": lambda x, out: x.tolist(),
    "a boolean index": lambda x, out: x[x > 0],
    "indices of nonzero entries": lambda x, out: np.nonzero(x),
    "out is an unrecorded array": lambda x, out: np.multiply(x, 2, out=np.empty(x.shape)),
    "out of dot is an unrecorded array": lambda x, out: np.dot(x, x.T, out=np.empty((ROWS, ROWS))),
    "out of dot is an unrecorded array, positional": lambda x, out: np.dot(x, x.T, np.empty((ROWS, ROWS))),
    "copying into an unrecorded array": lambda x, out: np.copyto(np.empty(x.shape), x),
    "adding to an unrecorded array": lambda x, out: np.add.at(np.zeros(x.shape), [0], x[:1]),
}


@pytest.mark.parametrize("step", REFUSED.values(), ids=REFUSED)
def test_recording_refuses_what_it_cannot_replay(step):
    """The refusal comes in the recorded step, before a replay could reuse its numbers."""
    x, out = (recording := Recording()).watch((numbers(0), np.zeros((ROWS, COLUMNS))))
    with (
        recording,
        pytest.raises(TypeError, match=r"\(.*test_record.py:\d+\): .*(step is recorded once|not computed by the step)"),
    ):
        recording.program([step(x, out)])


UNRECORDED_WRITES = {
    "a plain view": lambda x, out: np.asarray(x).__setitem__(0, 1),
    "a plain view in place": lambda x, out: operator.iadd(np.asarray(x), 1),
    "random numbers": lambda x, out: np.random.default_rng(0).random(out=x),
    "a shuffle": lambda x, out: np.random.default_rng(0).shuffle(x),
    "an iterator": lambda x, out: np.nditer(x, op_flags=["readwrite"]),
    "a memoryview": lambda x, out: memoryview(x).__setitem__((0, 0), 1.0),
}


@pytest.mark.parametrize("step", UNRECORDED_WRITES.values(), ids=UNRECORDED_WRITES)
def test_recording_arrays_are_read_only_for_unrecorded_writes(step):
    x, out = Recording().watch((numbers(0), np.zeros((ROWS, COLUMNS))))
    for array in (x, x * 1, x[1:] * 1, (x * 1)[1:]):
        with pytest.raises((ValueError, TypeError), match=r"read-only|must be contiguous, writable"):
            step(array, out)


def test_fixed_array_cannot_be_written():
    """It may be the data set."""
    x = Recording().watch(numbers(0), fixed=True)
    with pytest.raises(TypeError, match="writes into an array that was not computed by the step"):
        x *= 2


@pytest.mark.parametrize("choose", [np.unique, np.argwhere, lambda x: np.compress(x[0] > 0, x, axis=1)])
def test_replay_refuses_a_result_whose_shape_changes(choose):
    x = np.full((ROWS, COLUMNS), 1.5)
    x[0, :2] = -1, 0
    with Recording() as recording:
        result = choose(recording.watch(x))
    replay = Replay(plan(recording.program([result])).calls)
    x[...] = 1
    message = r"^a step is recorded once, but a result of shape \(.*\) now has shape \(.*\); its shape must not depend"
    with pytest.raises(TypeError, match=message):
        replay()
