"""A seed determines every bit of training, and a checkpoint contains everything needed to resume."""

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
    """Return a small training that uses the component."""
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
    """Return all bits of the metrics and the final arrays."""
    rows = [list(event.metrics.values()) for event in events if isinstance(event, EpochEnded)]
    arrays = training.arrays() | {"metrics": np.array(rows)}
    return {name: array.tobytes() for name, array in arrays.items()}


def bits_of(experiment: Experiment) -> dict[str, bytes]:
    training = start(experiment)
    return bits(training, list(training))


@every_precision
@pytest.mark.parametrize(("kind", "component"), CASES)
def test_same_seed_gives_the_same_bits(kind, component, precision):
    experiment = experiment_with(kind, component, precision=precision, seed=3)
    assert bits_of(experiment) == bits_of(experiment)


@every_precision
@pytest.mark.parametrize(("kind", "component"), CASES)
def test_another_seed_gives_other_bits(kind, component, precision):
    first, second = (bits_of(experiment_with(kind, component, precision=precision, seed=seed)) for seed in (3, 4))
    assert first["layers.0.weights"] != second["layers.0.weights"]
    assert first["metrics"] != second["metrics"]


@pytest.mark.parametrize("initializer", examples("initializer"), ids=name_of)
def test_initializer_draws_depend_on_the_seed_alone(initializer):
    first, repeated, other = (initializer.draw((3, 4), np.random.RandomState(seed)).tobytes() for seed in (3, 3, 4))
    assert first == repeated
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
def test_resumed_training_has_the_bits_of_an_uninterrupted_one(optimizer, precision):
    """With dropout, running means and shuffled batches, whose state must be restored as well as the optimizer's."""
    experiment = small_experiment(
        hidden=(Dense(units=6), BatchNorm(momentum=0.9), Relu(), Dropout(rate=0.25)),
        precision=precision,
        optimizer=optimizer,
        train=Train(epochs=7, batch_size=10, shuffle=True),
    )
    uninterrupted, checkpoints, epochs = start(experiment), [], []
    for event in uninterrupted:
        if isinstance(event, EpochEnded):
            epochs.append(event)
            arrays = uninterrupted.arrays()
            checkpoints.append((arrays, {name: array.tobytes() for name, array in arrays.items()}))
    assert [event.epoch for event in epochs] == [*range(7)]
    for epoch, (arrays, original_bits) in list(enumerate(checkpoints))[::3]:  # the first, one between and the last
        current_bits = {name: array.tobytes() for name, array in arrays.items()}
        assert current_bits == original_bits, "later training changed the checkpoint's arrays"
        resumed = resume(experiment, arrays, "checkpoint")
        assert (resumed.checkpoint.epoch, resumed.checkpoint.step) == (epoch + 1, 3 * (epoch + 1))
        assert bits(resumed, list(resumed)) == bits(uninterrupted, epochs[epoch + 1 :])
