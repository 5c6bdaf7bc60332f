"""Classes and labels: of targets in each form that a loss takes, and of outputs."""

from __future__ import annotations

import numpy as np

from nncli.arrays import Array


def predicted_classes(y: Array, threshold: float) -> Array:
    """The class number (n,) that outputs (n, k) stand for; of a single output, 1 above the threshold, else 0."""
    return np.argmax(y, axis=1) if y.shape[1] > 1 else y.reshape(-1) > threshold


def true_classes(t: Array) -> Array:
    """The class number (n,) of targets: class numbers (n,), a column of 0 and 1, or rows with a 1 at the class."""
    return np.argmax(t, axis=1) if t.ndim == 2 and t.shape[1] > 1 else t.reshape(-1).astype(np.intp, copy=False)


def predicted_and_true(y: Array, t: Array, threshold: float, *, multilabel: bool) -> tuple[Array, Array]:
    """Return the class numbers (n,) of outputs y and targets t; of several labels which are set, (n, k) of bool."""
    if multilabel:
        return y > threshold, t.astype(bool)
    return predicted_classes(y, threshold), true_classes(t)
