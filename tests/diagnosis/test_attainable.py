"""The fractions of variance that simple methods leave, against other computations."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.diagnosis.attainable import FEW_SAMPLES, MAX_ADDITIVE, MAX_SAMPLES, Attainable, one_hot

RANDOM = np.random.default_rng(0)


def column(values):
    return np.asarray(values, float)[:, None]


@pytest.mark.parametrize("weighted", [False, True])
def test_linear_fraction_is_that_of_ridge_regression_on_samples_left_out(weighted):
    random = np.random.default_rng(0)
    x = random.normal(size=(40, 3))
    t = x @ np.array([[1.0], [-2.0], [0.5]]) + random.normal(size=(40, 1))
    weights = random.uniform(0.1, 5, 40) if weighted else np.ones(40)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    centred = t - np.average(t, axis=0, weights=weights)
    errors = []
    for ridge in (1e-3, 1e-1):
        rows = np.column_stack([z / np.sqrt(3), np.ones(40)])
        penalty = ridge * np.mean(np.sum(rows**2, axis=1))
        left_out = []
        for i in range(40):
            keep = np.arange(40) != i
            a, b = (np.sqrt(weights[keep])[:, None] * array[keep] for array in (rows, centred))
            w = np.linalg.solve(a.T @ a + penalty * np.eye(4), a.T @ b)
            left_out.append(weights[i] * float(((centred[i] - rows[i] @ w) ** 2).sum()))
        errors.append(sum(left_out) / float((weights[:, None] * centred**2).sum()))
    assert Attainable(x, t, weights if weighted else None).linear == pytest.approx(min(errors), rel=1e-9)


def test_smooth_curve_is_explained_although_it_is_not_linear():
    x = column(np.linspace(-1, 1, 200))
    found = Attainable(x, x**2)
    assert found.linear > 0.9
    assert found.best < 1e-3


def test_products_of_inputs_are_explained():
    x = RANDOM.normal(size=(300, 6))
    found = Attainable(x, x[:, :1] * x[:, 1:2])
    assert found.linear > 0.9
    assert found.best < 0.05


def test_a_sum_of_functions_of_many_inputs_is_explained():
    random = np.random.default_rng(1)
    x = random.normal(size=(300, 12))
    t = column(np.hypot(x[:, 0], x[:, 1]) > 1.2)
    assert Attainable(x, t).best < 0.5
    assert Attainable(np.column_stack([x, random.normal(size=(300, MAX_ADDITIVE))]), t).best > 0.9


def test_noise_is_not_explained():
    found = Attainable(RANDOM.normal(size=(MAX_SAMPLES, 4)), RANDOM.normal(size=(MAX_SAMPLES, 1)))
    assert found.best > 0.97
    assert not found.leaves_at_most(0.97)


def test_fast_oscillation_of_one_input_is_explained_by_neighbours():
    x = column(np.arange(400))
    assert Attainable(x, np.sin(x / 3)).best < 0.05


def test_few_samples_are_explained_unless_they_contradict_each_other():
    x = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
    t = column([0, 1, 1, 0])
    assert len(x) <= FEW_SAMPLES
    assert Attainable(x, t).best == 0
    twice = Attainable(np.vstack([x, x]), np.vstack([t, 1 - t]))
    assert twice.best == pytest.approx(1)


@pytest.mark.parametrize(("x", "t"), [(np.ones((30, 2)), RANDOM.normal(size=(30, 1))), (np.eye(30), np.ones((30, 1)))])
def test_constant_inputs_or_targets_leave_everything(x, t):
    found = Attainable(x, t)
    assert (found.linear, found.best) == (1, 1)


def test_scale_of_the_inputs_does_not_matter():
    x = np.random.default_rng(0).normal(size=(60, 2))
    t = np.sin(x[:, :1])
    assert Attainable(x * [1e6, 1e-6] + [5e6, 3], t).best == pytest.approx(Attainable(x, t).best, rel=1e-4)


def test_leaves_at_most_agrees_with_the_best():
    x = RANDOM.normal(size=(80, 2))
    t = np.tanh(x[:, :1]) + 0.3 * RANDOM.normal(size=(80, 1))
    found = Attainable(x, t)
    assert found.leaves_at_most(found.best)
    assert not found.leaves_at_most(found.best * 0.999)


def test_one_hot_rows():
    assert one_hot(np.array([2, 0]), 3).tolist() == [[0, 0, 1], [1, 0, 0]]
