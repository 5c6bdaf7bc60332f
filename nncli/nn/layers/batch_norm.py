"""Batch normalization."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Lt

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.initializers.base import Initializer
from nncli.nn.layers.base import Arrays, Backward, Layer, Shapes
from nncli.registry import Help, register


@register
class BatchNorm(Layer):
    """Normalizes each input to mean 0 and variance 1 over the batch, then applies a learned scale and shift.

        x̂ = (x - mean) s      s = 1 / √(variance + ε)      y = gamma x̂ + beta      x, y (n, k)   gamma, beta (k,)
        dgamma = Σₙ dy x̂      dbeta = Σₙ dy                dx = gamma s (dy - (dbeta + x̂ dgamma) / n)

    The variance is the biased one, Σₙ (x - mean)² / n. Each training step moves the running mean and the running
    variance towards those of its batch, running ← momentum running + (1 - momentum) batch. Outside training they
    replace the mean and variance of the batch, and dx = gamma s dy.

    Source: Ioffe and Szegedy 2015, algorithms 1 and 2; the defaults are those of Keras.
    """

    type: Literal["batch_norm"] = "batch_norm"
    momentum: Annotated[float, Ge(0), Lt(1), Help("decay factor of the running mean and variance")] = 0.99
    epsilon: Annotated[float, Gt(0), Help("small number that prevents division by zero")] = 1e-3
    example: ClassVar[dict[str, Any]] = {"momentum": 0.9}

    def shapes(self, inputs: int) -> Shapes:
        return {"gamma": (inputs,), "beta": (inputs,)}

    def state_shapes(self, inputs: int) -> Shapes:
        return {"running_mean": (inputs,), "running_variance": (inputs,)}

    def initialize(self, params: Arrays, init: Initializer, random: np.random.RandomState) -> None:
        params["gamma"][...] = 1
        params["running_variance"][...] = 1

    def forward(self, params: Arrays, x: Array, ops: Ops) -> tuple[Array, Backward]:
        n, gamma, training = len(x), params["gamma"], ops.training
        mean, variance = params["running_mean"], params["running_variance"]
        if training:
            mean = ops.sum_over_samples(x) / n
            centred = x - mean
            variance = ops.sum_over_samples(centred**2) / n
            self._update_running(params["running_mean"], mean)
            self._update_running(params["running_variance"], variance)
        else:
            centred = x - mean
        scale = 1 / np.sqrt(variance + self.epsilon)
        normal = centred * scale

        def backward(dy: Array) -> tuple[Array, Arrays]:
            grads = {"gamma": ops.sum_over_samples(dy * normal), "beta": ops.sum_over_samples(dy)}
            if training:
                dy = dy - (normal * grads["gamma"] + grads["beta"]) / n
            return dy * (gamma * scale), grads

        return normal * gamma + params["beta"], backward

    def _update_running(self, running: Array, batch: Array) -> None:
        """running ← momentum running + (1 - momentum) batch"""
        running[...] = self.momentum * running + (1 - self.momentum) * batch
