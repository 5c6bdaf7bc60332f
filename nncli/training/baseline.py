"""The baseline: the best constant output, which ignores the inputs."""

from __future__ import annotations

import numpy as np

from nncli.arrays import Array
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.softmax import Softmax
from nncli.nn.losses.base import Loss
from nncli.nn.losses.probabilities import SMALLEST


def baseline_output(t: Array, loss: Loss, outputs: int) -> Array:
    """Return the constant output (1, k) that fits the training targets t best.

        softmax    log pₖ               p the share of each class       t (n,) class numbers
        sigmoid    log(p / (1 - p))     p the mean of each column       t (n, k) 0 and 1
        else       the mean of each column                              t (n, k)

    with p clipped to [1e-7, 1 - 1e-7]. The loss applies its activation to it, as to a network's output.
    """
    if loss.activation is Softmax:
        counts = np.bincount(t, minlength=outputs)
        return np.log(np.maximum(counts / len(t), SMALLEST)).reshape(1, -1)
    mean = np.mean(t, axis=0, dtype=np.float64).reshape(1, -1)
    if loss.activation is Sigmoid:
        p = np.clip(mean, SMALLEST, 1 - SMALLEST)
        return np.asarray(np.log(p / (1 - p)))
    return np.asarray(mean)
