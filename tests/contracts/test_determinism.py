"""A seed settles every bit of a training, and a checkpoint holds all that it goes on from."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.events import EpochEnded
from nncli.experiment import Experiment, Train
from nncli.nn.activations.relu import Relu
from nncli.nn.layers.batch_norm import BatchNorm
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.optimizers.adam import Adam
from nncli.training import Training
from tests.contracts.parts import PRECISIONS, examples, name_of, small_experiment
from tests.trainings import resume, start

every_precision = pytest.mark.parametrize("precision", PRECISIONS)


def experiment_with(kind: str, component, **fields) -> Experiment:
    """A small training in which the component takes part."""
    if kind == "loss":
        return small_experiment(component, **fields)
    if kind in ("layer", "activation"):
        return small_experiment(hidden=(Dense(units=4), component), **fields)
    return small_experiment(**{kind: component}, **fields)


CASES = [
    pytest.param(kind, component, id=f"{kind}-{name_of(component)}")
    for kind in ("layer", "activation", "loss", "optimizer")
    for component in examples(kind)
]


def bits(training: Training, events: list) -> dict[str, bytes]:
    """Every bit that a training reports and leaves behind."""
    rows = [list(event.metrics.values()) for event in events if isinstance(event, EpochEnded)]
    arrays = training.arrays() | {"figures": np.array(rows)}
    return {name: array.tobytes() for name, array in arrays.items()}


def bits_of(experiment: Experiment) -> dict[str, bytes]:
    training = start(experiment)
    return bits(training, list(training))


@every_precision
@pytest.mark.parametrize(("kind", "component"), CASES)
def test_the_same_seed_gives_the_same_bits(kind, component, precision):
    experiment = experiment_with(kind, component, precision=precision, seed=3)
    assert bits_of(experiment) == bits_of(experiment)


@every_precision
@pytest.mark.parametrize(("kind", "component"), CASES)
def test_another_seed_gives_others(kind, component, precision):
    first, second = (bits_of(experiment_with(kind, component, precision=precision, seed=seed)) for seed in (3, 4))
    assert first["layers.0.weights"] != second["layers.0.weights"]
    assert first["figures"] != second["figures"]


@pytest.mark.parametrize("initializer", examples("initializer"), ids=name_of)
def test_an_initializer_draws_by_the_seed(initializer):
    first, again, other = (initializer.draw((3, 4), np.random.RandomState(seed)).tobytes() for seed in (3, 3, 4))
    assert first == again
    assert (first != other) == (initializer.standard_deviation(3, 4) > 0)


@every_precision
@pytest.mark.parametrize(
    "optimizer",
    [
        *(pytest.param(optimizer, id=name_of(optimizer)) for optimizer in examples("optimizer")),
        *(
            pytest.param(Adam(schedule=schedule, clip_norm=0.1), id=f"adam-{name_of(schedule)}")
            for schedule in examples("schedule")
        ),
    ],
)
def test_going_on_from_a_checkpoint_is_never_having_stopped(optimizer, precision):
    """With dropout, running means and shuffled batches, so that all of these must go on as well as the optimizer."""
    experiment = small_experiment(
        hidden=(Dense(units=6), BatchNorm(momentum=0.9), Relu(), Dropout(rate=0.25)),
        precision=precision,
        optimizer=optimizer,
        train=Train(epochs=7, batch_size=10, shuffle=True),
    )
    whole, saved, epochs = start(experiment), [], []
    for event in whole:
        if isinstance(event, EpochEnded):
            epochs.append(event)
            saved.append((arrays := whole.arrays(), {name: array.tobytes() for name, array in arrays.items()}))
    assert [event.epoch for event in epochs] == [*range(7)]
    for epoch, (arrays, as_saved) in enumerate(saved):
        assert {name: array.tobytes() for name, array in arrays.items()} == as_saved, "training went on in them"
        resumed = resume(experiment, arrays, "checkpoint")
        assert (resumed.checkpoint.epoch, resumed.checkpoint.step) == (epoch + 1, 3 * (epoch + 1))
        assert bits(resumed, list(resumed)) == bits(whole, epochs[epoch + 1 :])
