"""The layer `batch_norm` against the algorithms of its paper, and in training."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.data.nnfs_sets import Sine
from nncli.events import EpochEnded
from nncli.experiment import Train
from nncli.nn.activations.relu import Relu
from nncli.nn.initializers.normal import Normal
from nncli.nn.layers.batch_norm import BatchNorm
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.network import Network
from nncli.nn.optimizers.adam import Adam
from tests.contracts.parts import PRECISIONS, arrays_of, grads_of, ops_for, small_experiment, take_backward
from tests.trainings import start

every_precision = pytest.mark.parametrize("precision", PRECISIONS)
LAYER = BatchNorm(momentum=0.75, epsilon=0.01)
N, K = 7, 3


def batch(n: int = N, seed: int = 0, dtype=np.float64):
    """Return inputs with different means and scales."""
    return np.random.default_rng(seed).normal([1, -2, 5], [1, 3, 0.1], (n, K)).astype(dtype)


def params_of(layer: BatchNorm = LAYER, dtype=np.float64):
    return arrays_of(layer, K, np.random.default_rng(1), dtype)


def paper_forward(x, gamma, beta, epsilon):
    """Return the output, means and variances by algorithm 1 of Ioffe and Szegedy 2015."""
    y, means, variances = np.empty_like(x), [], []
    for k in range(x.shape[1]):
        mean = sum(x[:, k]) / len(x)
        variance = sum((value - mean) ** 2 for value in x[:, k]) / len(x)
        for i in range(len(x)):
            y[i, k] = gamma[k] * (x[i, k] - mean) / np.sqrt(variance + epsilon) + beta[k]
        means.append(mean)
        variances.append(variance)
    return y, np.array(means), np.array(variances)


def paper_gradients(x, dy, gamma, epsilon):
    """Return gradients by section 3 of the paper: the chain rule through x̂, the variance and the mean in turn."""
    n, mean, variance = len(x), x.mean(axis=0), x.var(axis=0)
    d_normal = dy * gamma
    d_variance = np.sum(d_normal * (x - mean) * -0.5 * (variance + epsilon) ** -1.5, axis=0)
    d_mean = np.sum(-d_normal / np.sqrt(variance + epsilon), axis=0) + d_variance * np.sum(-2 * (x - mean), axis=0) / n
    dx = d_normal / np.sqrt(variance + epsilon) + d_variance * 2 * (x - mean) / n + d_mean / n
    return dx, np.sum(dy * (x - mean) / np.sqrt(variance + epsilon), axis=0), np.sum(dy, axis=0)


@every_precision
def test_training_output_matches_the_paper(precision):
    ops = ops_for(precision)
    x, params = batch(dtype=ops.dtype), params_of(dtype=ops.dtype)
    y, _ = LAYER.forward(params, x, ops)
    expected, _, _ = paper_forward(x.astype(np.float64), params["gamma"], params["beta"], 0.01)
    assert y.dtype == ops.dtype
    np.testing.assert_allclose(y, expected, rtol=1e-10 if precision == "float64" else 1e-4)


def test_training_gradients_match_the_paper():
    x, dy, params, grads = batch(), batch(seed=5), params_of(), grads_of(LAYER, K)
    _, backward = LAYER.forward(params, x, ops_for("float64"))
    expected = paper_gradients(x, dy, params["gamma"], 0.01)
    dx = take_backward(backward, dy.copy(), grads)
    for gradient, expected_gradient in zip((dx, grads["gamma"], grads["beta"]), expected, strict=True):
        np.testing.assert_allclose(gradient, expected_gradient, rtol=1e-9, atol=1e-12)


@every_precision
def test_running_means_follow_the_batches(precision):
    """They start from 0 and 1 and move once per batch of any size, but not outside training."""
    ops, evaluating = ops_for(precision), ops_for(precision, training=False)
    params = params_of(dtype=ops.dtype)
    params["running_mean"][...], params["running_variance"][...] = 0, 1
    mean, variance = np.zeros(K), np.ones(K)
    for seed, n in enumerate((7, 4, 7, 1)):
        x = batch(n, seed, ops.dtype)
        LAYER.forward(params, x, ops)
        LAYER.forward(params, batch(3, 99, ops.dtype), evaluating)
        _, means, variances = paper_forward(x.astype(np.float64), np.ones(K), np.zeros(K), 0.01)
        mean, variance = 0.75 * mean + 0.25 * means, 0.75 * variance + 0.25 * variances
        np.testing.assert_allclose(params["running_mean"], mean, rtol=1e-5)
        np.testing.assert_allclose(params["running_variance"], variance, rtol=1e-5)
    assert {array.dtype for array in params.values()} == {ops.dtype}


@every_precision
def test_outside_training_samples_do_not_affect_each_other(precision):
    ops = ops_for(precision, training=False)
    x, params = batch(dtype=ops.dtype), params_of(dtype=ops.dtype)
    y = LAYER.forward(params, x, ops)[0].copy()
    normal = (x - params["running_mean"]) / np.sqrt(params["running_variance"] + 0.01)
    np.testing.assert_allclose(y, params["gamma"] * normal + params["beta"], rtol=1e-4)
    for i in range(N):
        assert LAYER.forward(params, x[i : i + 1], ops)[0].tobytes() == y[i].tobytes()


@every_precision
def test_batch_of_one_sample_outputs_beta_without_gradient(precision):
    """Its variance is 0, so the output is the shift for any input."""
    ops = ops_for(precision)
    params, grads = params_of(dtype=ops.dtype), grads_of(LAYER, K, ops.dtype)
    y, backward = LAYER.forward(params, batch(1, dtype=ops.dtype), ops)
    assert y[0].tolist() == params["beta"].tolist()
    dy = batch(1, 8, ops.dtype)
    assert take_backward(backward, dy.copy(), grads).tolist() == [[0, 0, 0]]
    assert grads["gamma"].tolist() == [0, 0, 0]
    assert grads["beta"].tolist() == dy[0].tolist()


def test_initialize_draws_no_random_numbers():
    params = {name: np.zeros(shape) for name, shape in (LAYER.shapes(2) | LAYER.state_shapes(2)).items()}
    random = np.random.RandomState(3)
    LAYER.initialize(params, Normal(), random)
    assert {name: array.tolist() for name, array in params.items()} == {
        "gamma": [1, 1],
        "beta": [0, 0],
        "running_mean": [0, 0],
        "running_variance": [1, 1],
    }
    assert random.rand() == np.random.RandomState(3).rand()
    assert LAYER.starting_scale(2, Normal()) is None


def test_defaults_are_those_of_keras():
    assert BatchNorm() == BatchNorm(momentum=0.99, epsilon=1e-3)


def test_running_means_are_not_parameters():
    """They are in none of the flat vectors and have no gradient."""
    network = Network([Dense(units=3), LAYER, Dense(units=1)], 2, MeanSquaredError())
    assert network.parameter_count == (2 * 3 + 3) + (3 + 3) + (3 * 1 + 1)
    groups = [dict.fromkeys(link.shapes, 0) for link in network.links]
    dtype = np.dtype(np.float32)
    params, grads = network.allocate(dtype, groups), network.allocate_gradients([dtype], groups)
    assert [vector.size for vector in (*params.vectors, *grads.vectors)] == [19, 19]
    assert sorted(params.links[1]) == ["beta", "gamma", "running_mean", "running_variance"]
    assert sorted(grads.links[1]) == ["beta", "gamma"]
    for name in ("running_mean", "running_variance"):
        assert params.links[1][name].dtype == dtype
        assert not np.shares_memory(params.links[1][name], params.vectors[0])


HIDDEN = (Dense(units=5), BatchNorm(momentum=0.5), Relu())
SETTINGS = {
    "data": Sine(samples=24, validation={"samples": 9}),
    "optimizer": Adam(learning_rate=0.05),
    "train": Train(epochs=40, batch_size=10, shuffle=True),
}


def loss_of(arrays, samples) -> float:
    """Return the mean squared error of dense, batch_norm with its running means, ReLU and dense."""
    z = samples.x @ arrays["layers.0.weights"] + arrays["layers.0.biases"]
    normal = (z - arrays["layers.1.running_mean"]) / np.sqrt(arrays["layers.1.running_variance"] + 1e-3)
    h = np.maximum(arrays["layers.1.gamma"] * normal + arrays["layers.1.beta"], 0)
    return float(np.mean((h @ arrays["layers.3.weights"] + arrays["layers.3.biases"] - samples.t) ** 2))


@every_precision
def test_evaluation_uses_the_running_means(precision):
    training = start(small_experiment(MeanSquaredError(), HIDDEN, precision=precision, **SETTINGS))
    rows = []
    for event in training:
        if isinstance(event, EpochEnded):
            arrays = training.arrays()
            assert event.metrics["val_loss"] == pytest.approx(loss_of(arrays, training.plan.validation), rel=1e-4)
            rows.append(event.metrics)
    metrics = training.evaluate()
    assert metrics["data_loss"] == pytest.approx(loss_of(training.arrays(), training.plan.training), rel=1e-4)
    assert metrics["val_loss"] == rows[-1]["val_loss"]
    assert rows[-1]["data_loss"] < 0.2 * rows[0]["data_loss"]


@every_precision
def test_evaluation_does_not_affect_training(precision):
    bits = []
    for evaluations in (0, 3):
        training = start(small_experiment(MeanSquaredError(), HIDDEN, precision=precision, **SETTINGS))
        for event in training:
            if isinstance(event, EpochEnded):
                for _ in range(evaluations):
                    training.evaluate()
        bits.append({name: array.tobytes() for name, array in training.arrays().items()})
    assert bits[0] == bits[1]


@every_precision
@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param((BatchNorm(), Dense(units=5), Relu()), id="first"),
        pytest.param((Dense(units=5), Relu(), Dropout(rate=0.2), BatchNorm()), id="after dropout"),
        pytest.param((Dense(units=5), BatchNorm(), Dropout(rate=0.2), BatchNorm(), Relu()), id="around dropout"),
    ],
)
def test_batch_norm_trains_at_any_position(hidden, precision):
    """After dropout in book precision, its inputs are float64 while its parameters are float32."""
    experiment = small_experiment(MeanSquaredError(), hidden, precision=precision, **SETTINGS)
    losses = [event.metrics["loss"] for event in start(experiment) if isinstance(event, EpochEnded)]
    assert losses[-1] < 0.9 * losses[0]
