"""Recording a step: what NumPy is asked to do is done again with new numbers; what cannot be followed is refused."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.nn.engine.plan import PASSES, plan
from nncli.nn.engine.record import Recording, constant
from nncli.nn.engine.replay import Replay

ROWS, COLUMNS = 6, 4
DIGITS = np.arange(10)


def numbers(seed: int) -> np.ndarray:
    """Numbers of both signs, not near 0."""
    random = np.random.default_rng(seed)
    return random.choice([-1.0, 1.0], (ROWS, COLUMNS)) * random.uniform(0.5, 2, (ROWS, COLUMNS))


def in_place(x, out):
    x = x * 1.0
    x -= 1
    x[:, 0] = 3
    return x


def into_views(x, out):
    np.add(x[:2], 1, out=out[:2])
    np.add.reduce(x, axis=0, out=out[2])
    np.copyto(out[3:], x.T[:3, :4] if x.T.shape[1] == COLUMNS else x[3:])
    return out


STEPS = {
    "a ufunc into an array": lambda x, out: np.multiply(x, x, out=out),
    "a ufunc of Python numbers": lambda x, out: np.add(np.multiply(3, x, out=out), 0.1, out=out),
    "a ufunc that makes its array": lambda x, out: np.exp(x),
    "a ufunc of two results": lambda x, out: np.modf(x)[1],
    "operators": lambda x, out: (2 * x + 1) / (x - 7) ** 2,
    "a comparison": lambda x, out: x > 0.2,
    "maximum, whose third argument has no place": lambda x, out: np.maximum(x, 0, out=out),
    "options of a ufunc": lambda x, out: np.greater(x, 0, out=out, casting="unsafe"),
    "a dtype that is asked for": lambda x, out: np.multiply(x.astype(np.float32), 0.1, dtype=np.float64),
    "where": lambda x, out: np.add(x, 1, out=out, where=x > 0) * (x > 0),
    "a reduction": lambda x, out: np.add.reduce(x, axis=1),
    "a reduction to a number": lambda x, out: np.add.reduce(x, axis=None) * x,
    "outer": lambda x, out: np.multiply.outer(x[0], x[1]),
    "at": lambda x, out: (out.fill(0), np.add.at(out, [0, 0, 1], x[:3]), out)[-1],
    "dot": lambda x, out: np.dot(x, x.T),
    "dot into an array": lambda x, out: np.dot(x, x[:COLUMNS], out=out),
    "dot into an array by its place": lambda x, out: np.dot(x, x[:COLUMNS], out),
    "dot into an array without axes": lambda x, out: np.dot(x[0], x[1], out=out[0, :1].reshape(())) * x,
    "the method dot": lambda x, out: x.dot(x[:COLUMNS], out),
    "take": lambda x, out: np.take(x, [3, 1, 1, 0, 2, 5], axis=0, out=out, mode="clip"),
    "a function that makes its array": lambda x, out: np.where(x > 0, x, -2.0),
    "a function of a list": lambda x, out: np.concatenate([x, x[:1]]),
    "a function of another module": lambda x, out: np.linalg.norm(x, axis=0),
    "a count": lambda x, out: np.count_nonzero(x > 0) * x,
    "copyto": lambda x, out: (np.copyto(out, x), out + 1)[-1],
    "put": lambda x, out: (np.copyto(out, x), np.put(out, [0, 5], 9), out)[-1],
    "argmax": lambda x, out: np.argmax(x, axis=1),
    "methods that make arrays": lambda x, out: x.sum(axis=0) + x.copy().max() + x.astype(np.float32).mean(),
    "methods that change the array": lambda x, out: (np.copyto(out, x), out.sort(axis=0), out)[-1],
    "an item": lambda x, out: x * x.item(0),
    "views": lambda x, out: x.T.reshape(-1)[::2][1:] * 2,
    "reshaping that copies": lambda x, out: x.T.reshape(-1) + 0,
    "an index of numbers": lambda x, out: x[[2, 0], 1:],
    "an index of constant numbers": lambda x, out: x[constant(np.array([2, 0])), 1:],
    "an index of watched numbers": lambda x, out: x[np.argmax(x, axis=0), 0],
    "rows one by one": lambda x, out: sum(row * i for i, row in enumerate(x)),
    "writing in place": in_place,
    "numbers of a dtype": lambda x, out: x.astype(np.float32) * 3 - np.float64(0.1),
    "means": lambda x, out: (x - x.mean(axis=0)) / np.std(x, axis=0) + np.mean(x, axis=-1, keepdims=True) + np.mean(x),
    "a mean of whole numbers": lambda x, out: np.mean(np.argmax(x, axis=1)) + np.mean(x > 0),
    "zeros and ones": lambda x, out: np.zeros_like(x) + np.ones_like(x, shape=COLUMNS) * x,
    "an undefined array that is written": lambda x, out: (y := np.empty_like(x), np.copyto(y, x), y * 2)[-1],
    "an array stacked of parts": lambda x, out: np.stack([x[0], x[1] * 2, np.max(x, axis=0)]),
    "a number into a column": lambda x, out: (y := x * 1, y.__setitem__((slice(None), 1), 7), y[0, 0:2] * y[:, :2])[-1],
    "a constant": lambda x, out: (
        x * constant(np.arange(COLUMNS)) + np.take(constant(np.arange(9)), np.argmax(x, axis=0))
    ),
    "writing into views": into_views,
    "shapes and dtypes": lambda x, out: x * np.size(x) + np.ndim(x) + len(x) + np.result_type(x, np.float32).itemsize,
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize("passes", [PASSES, ()], ids=["planned", "as recorded"])
def test_a_replay_gives_what_python_would_compute(step, passes):
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


def choose_from_a_constant(x, out):
    return np.arange(9.0)[np.argmax(x, axis=0)] * x  # NumPy takes the index without a word


REFUSED = {
    "an index into an array that nobody watches": choose_from_a_constant,
    "an array that is watched no more": lambda x, out: np.add(np.asarray(x * 2), x),
    "a result that is watched no more": lambda x, out: np.asarray(x * 2),
    "an operand that nobody watches": lambda x, out: x * np.arange(COLUMNS),
    "a condition": lambda x, out: x if x[0, 0] > 0 else -x,
    "float": lambda x, out: float(x[0, 0]),
    "int": lambda x, out: int(x[0, 0]),
    "an index that Python takes": lambda x, out: [1, 2, 3][np.argmax(x[0])],
    "a list": lambda x, out: x.tolist(),
    "a choice by true and false": lambda x, out: x[x > 0],
    "places that are found": lambda x, out: np.nonzero(x),
    "an array of its own": lambda x, out: np.multiply(x, 2, out=np.empty(x.shape)),
    "an array of its own, by name": lambda x, out: np.dot(x, x.T, out=np.empty((ROWS, ROWS))),
    "an array of its own, by place": lambda x, out: np.dot(x, x.T, np.empty((ROWS, ROWS))),
    "an array of its own, copied into": lambda x, out: np.copyto(np.empty(x.shape), x),
    "an array of its own, added to": lambda x, out: np.add.at(np.zeros(x.shape), [0], x[:1]),
}


@pytest.mark.parametrize("step", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_followed_is_refused(step):
    """At the first step, so that no training goes on with numbers of the step before."""
    recording = Recording()
    x, out = recording.watch((numbers(0), np.zeros((ROWS, COLUMNS))))
    with pytest.raises(TypeError, match=r"\(.*test_record.py:\d+\): (a step is recorded once|.* the step did not)"):
        recording.program([step(x, out)])
