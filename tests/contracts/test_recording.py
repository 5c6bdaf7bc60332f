"""Replaying a recorded component with other numbers gives the bits of computing it in Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from nncli.nn.engine.ops import Ops
from nncli.nn.engine.plan import plan
from nncli.nn.engine.record import Recording
from nncli.nn.engine.replay import Replay
from nncli.nn.metrics.base import TargetStatistics
from tests.contracts.parts import (
    PRECISIONS,
    arrays_of,
    away_from_zero,
    grads_of,
    name_of,
    ops_for,
    parts_of,
    take_backward,
    take_step,
    targets_for,
)

ROWS, COLUMNS = 12, 4
SAMPLES = ("x", "t")
KINDS = ("layer", "activation", "loss", "optimizer", "metric")
CASES = [pytest.param(kind, part, id=f"{kind}-{name_of(part)}") for kind in KINDS for part in parts_of(kind, COLUMNS)]


def arrays_for(kind: str, part: Any, ops: Ops, seed: int, rows: int = ROWS) -> dict[str, Any]:
    """Return all arrays that a component reads or writes in a step."""
    random = np.random.default_rng(seed)
    x, y = (away_from_zero(random, (rows, COLUMNS)).astype(ops.dtype) for _ in range(2))
    if kind == "loss":
        return {"x": x, "t": targets_for(part, x, random)}
    if kind == "metric":
        return {"x": x, "t": random.integers(0, COLUMNS, rows) if "classes" in part.tasks else y}
    if kind == "optimizer":
        numbers = part.scalars(seed, 10)
        scalars = type(numbers)(*(np.array(value, ops.dtype) for value in numbers))
        return {"x": x, "grads": y, "state": part.init(x, y), "scalars": scalars}
    if kind == "activation":
        return {"x": x, "dy": y}
    params, grads = arrays_of(part, COLUMNS, random, ops.dtype), grads_of(part, COLUMNS, ops.dtype)
    slope = away_from_zero(random, (rows, part.outputs(COLUMNS))).astype(ops.dtype)
    return {"x": x, "dy": slope, "params": params, "grads": grads}


def compute(kind: str, part: Any, arrays: dict[str, Any], ops: Ops) -> list[Any]:
    """Compute a component's part of a step and return its results."""
    if kind == "loss":
        predictions, losses, backward = part.forward(arrays["x"], arrays["t"], ops)
        return [predictions, losses, backward()]
    if kind == "metric":
        return [part.sums(arrays["x"], arrays["t"], TargetStatistics(np.zeros(COLUMNS), 1.5), ops)]
    if kind == "optimizer":
        take_step(part, arrays["x"], arrays["grads"], arrays["state"], arrays["scalars"], ops)
        return [arrays["x"]]
    if kind == "activation":
        y, backward = part.forward(arrays["x"], ops)
        return [y, backward(arrays["dy"])]
    y, backward = part.forward(arrays["params"], arrays["x"], ops)
    penalty = part.penalty(arrays["params"], ops)
    dx = take_backward(backward, arrays["dy"], arrays["grads"])
    part.add_penalty_gradient(arrays["params"], arrays["grads"], ops)
    return [y, penalty, dx]


def iterate_arrays(value: Any) -> Iterator[Any]:
    """Yield every array in a structure, in order."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict | tuple | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from iterate_arrays(item)


def later_arrays_for(kind: str, part: Any, ops: Ops, seed: int, *, fixed: bool) -> dict[str, Any]:
    """Return the arrays of a later step; fixed samples are those of the first step."""
    first = arrays_for(kind, part, ops, 0) if fixed else {}
    return arrays_for(kind, part, ops, seed) | {name: first[name] for name in SAMPLES if name in first}


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(("kind", "part"), CASES)
@pytest.mark.parametrize("fixed", [False, True], ids=["other samples", "the same samples"])
def test_replay_has_the_bits_of_computing_in_python(kind, part, precision, fixed):
    fixed = fixed and kind != "optimizer"
    ops, recording = ops_for(precision), Recording()
    arrays = arrays_for(kind, part, ops, 0)
    with recording:
        watched = {name: recording.watch(each, fixed=fixed and name in SAMPLES) for name, each in arrays.items()}
        computed = compute(kind, part, watched, ops)
    planned, python_ops = plan(recording.program(computed)), ops_for(precision)
    replay = Replay(planned.calls)
    compute(kind, part, arrays_for(kind, part, python_ops, 0), python_ops)  # both draw the same masks from here on
    for seed in (1, 2):
        later = later_arrays_for(kind, part, python_ops, seed, fixed=fixed)
        for array, value in zip(iterate_arrays(arrays), iterate_arrays(later), strict=True):
            array[...] = value
        replay()
        expected = compute(kind, part, later, python_ops)
        assert [array.tobytes() for array in planned.results] == [np.asarray(array).tobytes() for array in expected]
        pairs = zip(iterate_arrays(arrays), iterate_arrays(later), strict=True)
        assert all(ours.tobytes() == theirs.tobytes() for ours, theirs in pairs)


@pytest.mark.parametrize("optimizer", parts_of("optimizer", COLUMNS), ids=name_of)
def test_float64_gradients_of_float32_parameters_replay_exactly(optimizer):
    """Book precision has such gradients, because of float64 targets and dropout masks."""
    ops = ops_for("book")

    def arrays(seed: int) -> tuple[Any, ...]:
        random = np.random.default_rng(seed)
        p, g = random.normal(size=50).astype(np.float32), random.normal(size=50)
        numbers = optimizer.scalars(seed, 10)
        return p, g, optimizer.init(p, g), type(numbers)(*(np.array(number, np.float64) for number in numbers))

    ours, theirs = arrays(0), arrays(0)
    with Recording() as recording:
        take_step(optimizer, *recording.watch(ours), ops)
    replay = Replay(plan(recording.program([])).calls)
    take_step(optimizer, *theirs, ops)
    for seed in (1, 2, 3):
        for case in (ours, theirs):
            for array, value in zip(iterate_arrays(case[1::2]), iterate_arrays(arrays(seed)[1::2]), strict=True):
                array[...] = value
        replay()
        take_step(optimizer, *theirs, ops)
        pairs = zip(iterate_arrays(ours[::2]), iterate_arrays(theirs[::2]), strict=True)
        assert all(array.tobytes() == value.tobytes() for array, value in pairs)


def outputs_and_targets(form: str, seed: int, ops: Ops) -> tuple[Any, Any]:
    """Return predictions and targets in one of the forms that metrics take."""
    random = np.random.default_rng(seed)
    if form == "a single output":
        return random.random((40, 1)).astype(ops.dtype), random.integers(0, 2, (40, 1))
    if form == "one-hot rows":
        return random.random((40, 3)).astype(ops.dtype), np.eye(3)[random.integers(0, 3, 40)]
    if form == "labels":
        return random.random((40, 3)).astype(ops.dtype), random.integers(0, 2, (40, 3)).astype(ops.dtype)
    return random.random((40, 2)).astype(ops.dtype), random.normal(size=(40, 2))


FORMS = {"a single output": "classes", "one-hot rows": "classes", "labels": "multilabel", "values": "regression"}
METRICS = [
    pytest.param(metric, form, id=f"{name_of(metric)}-{form}")
    for metric in parts_of("metric", COLUMNS)
    for form, task in FORMS.items()
    if task in metric.tasks
]


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize(("metric", "form"), METRICS)
def test_metric_replays_exactly_for_every_form_of_targets(metric, form, precision):
    ops, statistics = ops_for(precision), TargetStatistics(np.zeros(2), 1.5, form == "labels")
    y, t = outputs_and_targets(form, 0, ops)
    with Recording() as recording:
        recorded = metric.sums(*recording.watch((y, t)), statistics, ops)
    planned = plan(recording.program([recorded]))
    replay = Replay(planned.calls)
    for seed in (1, 2):
        y[...], t[...] = outputs_and_targets(form, seed, ops)
        replay()
        expected = metric.sums(y, t, statistics, ops)
        assert planned.results[0].tobytes() == np.asarray(expected).tobytes()
        assert metric.value(planned.results[0], 40) == metric.value(expected, 40)
