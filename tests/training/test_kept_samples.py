"""Drawn samples are kept for the next training of a process, which gives the same bits as drawing them again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pytest

from nncli import config, training
from nncli.arrays import Array
from nncli.training import Training, kept_samples

SPEC = """\
data: {type: spiral, samples: 20, classes: 2, validation: {samples: 5}}
layers: [{type: dense, units: 4, activation: relu}, {type: dropout, rate: 0.2}, {type: dense, units: 2}, softmax]
loss: categorical_crossentropy
train: {epochs: 3, batch_size: 8, shuffle: true}
"""
SPLIT = """\
data: {type: sine, samples: 40, split: {validation: 0.2, test: 0.2}}
layers: [{type: dense, units: 1}]
loss: mse
train: {epochs: 3}
"""


@pytest.fixture(autouse=True)
def none_kept() -> Iterator[None]:
    kept_samples._last = None
    yield
    kept_samples._last = None


def start(*changes: str, text: str = SPEC) -> Training:
    return training.start(config.check(config.read_saved(text, "spec.yaml", changes)).resolved)


def trained(run: Training) -> Mapping[str, Array]:
    """Train, while nothing may write to the samples; return the checkpoint."""
    for part in (run.plan.training, run.plan.validation):
        if part is not None:
            part.inputs.setflags(write=False)
            part.t.setflags(write=False)
    for _ in run:
        pass
    return run.arrays()


@pytest.mark.parametrize("text", [SPEC, SPLIT])
@pytest.mark.parametrize("precision", ["float32", "float64", "book"])
def test_kept_samples_give_the_same_bits(precision: str, text: str) -> None:
    changes = f"precision={precision}", "optimizer.learning_rate=0.1"
    alone = trained(start(*changes, text=text))
    kept_samples._last = None
    first = start(f"precision={precision}", text=text)
    trained(first)
    second = start(*changes, text=text)
    assert second.plan.samples is first.plan.samples
    after = trained(second)
    assert after.keys() == alone.keys()
    assert all(after[name].tobytes() == alone[name].tobytes() for name in alone)


@pytest.mark.parametrize(
    "change",
    ["seed=1", "precision=float64", "data.samples=21", "data.validation.samples=6", "data.split={validation: 0.0}"],
)
def test_other_samples_are_drawn(change: str) -> None:
    assert start(change).plan.samples is not start().plan.samples
    kept_samples._last = None
    expected = start(change).plan.samples.arrays()
    start()
    drawn = start(change).plan.samples.arrays()
    assert all(np.array_equal(drawn[name], expected[name]) for name in expected)


def test_large_samples_are_not_kept() -> None:
    large = "data.samples=100000"
    assert start(large).plan.samples is not start(large).plan.samples
