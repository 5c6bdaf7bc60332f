"""Classes and labels: of targets in each form that a loss takes, and of outputs."""

from __future__ import annotations

import numpy as np

from nncli.nn.ops import Array, Ops


def predicted_classes(y: Array, threshold: float, ops: Ops) -> Array:
    """The class number (n,) that outputs (n, k) stand for; of a single output, 1 above the threshold, else 0."""
    if y.shape[1] > 1:
        return np.argmax(y, axis=1, out=ops.empty((len(y),), np.intp))
    return np.greater(y.reshape(-1), threshold, out=ops.empty((len(y),), bool))


def true_classes(t: Array, ops: Ops) -> Array:
    """The class number (n,) of targets: class numbers (n,), a column of 0 and 1, or rows with a 1 at the class."""
    if t.ndim == 2 and t.shape[1] > 1:
        return np.argmax(t, axis=1, out=ops.empty((len(t),), np.intp))
    if t.dtype == np.intp:
        return t.reshape(-1)
    numbers = ops.empty((len(t),), np.intp)
    np.copyto(numbers, t.reshape(-1), casting="unsafe")
    return numbers


def predicted_and_true(y: Array, t: Array, threshold: float, ops: Ops, *, multilabel: bool) -> tuple[Array, Array]:
    """Return the class numbers (n,) of outputs y and targets t; of several labels which are set, (n, k) of bool."""
    if not multilabel:
        return predicted_classes(y, threshold, ops), true_classes(t, ops)
    true = ops.empty(t.shape, bool)
    np.copyto(true, t, casting="unsafe")
    return np.greater(y, threshold, out=ops.empty(y.shape, bool)), true
