"""Logistic regression in closed-form steps: the simplest classifier, against which a network must hold its own."""

from __future__ import annotations

import numpy as np

from nncli.arrays import Array
from nncli.diagnosis.attainable import standardize

FOLDS = 5
RIDGES = (0.01, 1.0)  # penalties
MAX_STEPS, MIN_STEP = 100, 0.01  # iterations, and the change of a score below which they end


def logistic_error(x: Array, t: Array, *, exclusive: bool) -> float:
    """Return the fraction of the variance of targets t (n, k), 0 or 1, that logistic regression on x (n, m) leaves.

    `exclusive` targets are one-hot classes and have a softmax, others a sigmoid each. Each fifth of the samples is
    predicted from the others. The better of two penalties counts, and never more than 1.
    """
    total = float(np.sum((t - t.mean(axis=0)) ** 2))
    rows = _design(x)
    parts = np.array_split(np.random.default_rng(0).permutation(len(t)), min(FOLDS, len(t)))
    errors = [sum(_left_out(rows, t, part, ridge, exclusive=exclusive) for part in parts) for ridge in RIDGES]
    return min(1.0, min(errors) / total) if total else 1.0


def _design(x: Array) -> Array:
    """Return standardized inputs with a column of ones, rotated into at most n columns, which changes no fit."""
    z = standardize(x)
    z = np.column_stack([z / np.sqrt(max(z.shape[1], 1)), np.ones(len(z))])
    if z.shape[1] <= len(z):
        return z
    u, s, _ = np.linalg.svd(z, full_matrices=False)
    return np.asarray(u * s)


def _left_out(rows: Array, t: Array, part: Array, ridge: float, *, exclusive: bool) -> float:
    """Return the squared error on some rows of a fit to the others."""
    rest = np.ones(len(t), dtype=bool)
    rest[part] = False
    weights = _fit(rows[rest], t[rest], ridge, exclusive=exclusive)
    return float(np.sum((_probabilities(rows[part] @ weights, exclusive=exclusive) - t[part]) ** 2))


def _fit(rows: Array, t: Array, ridge: float, *, exclusive: bool) -> Array:
    """Return the weights (m, k) that minimize the cross-entropy plus ridge / 2 Σ w².

    Each step is w += (XᵀX / 2 + ridge)⁻¹ (Xᵀ(t - p) - ridge w), where XᵀX / 2 bounds the second derivative, so that
    no step overshoots.

    Source: Böhning 1992, "Multinomial logistic regression algorithm".
    """
    inverse = np.linalg.inv(rows.T @ rows / 2 + ridge * np.eye(rows.shape[1]))
    weights = np.zeros((rows.shape[1], t.shape[1]))
    for _ in range(MAX_STEPS):
        p = _probabilities(rows @ weights, exclusive=exclusive)
        step = inverse @ (rows.T @ (t - p) - ridge * weights)
        weights += step
        if np.abs(rows @ step).max() < MIN_STEP:
            break
    return weights


def _probabilities(z: Array, *, exclusive: bool) -> Array:
    """Return the softmax of rows z (n, k) if classes are exclusive, else the sigmoid of each entry."""
    if not exclusive:
        return np.asarray((1 + np.tanh(z / 2)) / 2)
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))
