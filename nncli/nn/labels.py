"""Class numbers and labels of outputs, and of targets in each form that a loss takes."""

from __future__ import annotations

import numpy as np

from nncli.arrays import Array


def predicted_classes(y: Array, threshold: float) -> Array:
    """Return the predicted class number (n,) of outputs (n, k); for a single output 1 above the threshold, else 0."""
    return np.argmax(y, axis=1) if y.shape[1] > 1 else y.reshape(-1) > threshold


def true_classes(t: Array) -> Array:
    """Return the class number (n,) of targets: class numbers (n,), a column of 0 and 1, or one-hot rows."""
    return np.argmax(t, axis=1) if t.ndim == 2 and t.shape[1] > 1 else t.reshape(-1).astype(np.intp, copy=False)


def predicted_and_true(y: Array, t: Array, threshold: float, *, multilabel: bool) -> tuple[Array, Array]:
    """Return the class numbers (n,) of outputs y and targets t; with several labels, (n, k) of bool for those set."""
    if multilabel:
        return y > threshold, t.astype(bool)
    return predicted_classes(y, threshold), true_classes(t)
