"""The layer that normalizes each of its inputs over the batch."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge, Gt, Lt

from nncli.nn.initializers import Initializer
from nncli.nn.layer import Arrays, Backward, Layer, Shapes
from nncli.nn.ops import Array, Ops
from nncli.registry import Help, register


@register
class BatchNorm(Layer):
    """Gives each input the mean 0 and the variance 1 over the batch, then a scale and a shift that are learned.

        x̂ = (x - mean) s      s = 1 / √(variance + ε)      y = gamma x̂ + beta      x, y (n, k)   gamma, beta (k,)
        dgamma = Σₙ dy x̂      dbeta = Σₙ dy                dx = gamma s (dy - (dbeta + x̂ dgamma) / n)

    The variance is the biased one, Σₙ (x - mean)² / n. Each training step moves running means of both towards those
    of its batch, running ← momentum running + (1 - momentum) batch; outside training they take the place of the
    batch's own, and dx = gamma s dy.

    Source: Ioffe and Szegedy 2015, algorithms 1 and 2; the defaults are those of Keras.
    """

    type: Literal["batch_norm"] = "batch_norm"
    momentum: Annotated[float, Ge(0), Lt(1), Help("how much of a running mean a step keeps")] = 0.99
    epsilon: Annotated[float, Gt(0), Help("keeps the quotient finite")] = 1e-3
    example: ClassVar[dict[str, Any]] = {"momentum": 0.9}

    def shapes(self, inputs: int) -> Shapes:
        return {"gamma": (inputs,), "beta": (inputs,)}

    def state_shapes(self, inputs: int) -> Shapes:
        return {"running_mean": (inputs,), "running_variance": (inputs,)}

    def initialize(self, params: Arrays, init: Initializer, random: np.random.RandomState) -> None:
        params["gamma"][...] = 1
        params["running_variance"][...] = 1

    def forward(self, params: Arrays, x: Array, ops: Ops) -> tuple[Array, Backward]:
        normal, scale = self._normalized(params, x, ops)
        y = np.multiply(normal, params["gamma"], out=ops.empty(x.shape, normal.dtype))
        np.add(y, params["beta"], out=y)
        training, n = ops.training, len(x)

        def backward(dy: Array, grads: Arrays, wants_dx: bool) -> Array | None:
            dx = np.multiply(dy, normal, out=ops.empty(dy.shape, np.result_type(dy, normal)))
            ops.column_sums(dx, out=grads["gamma"])
            ops.column_sums(dy, out=grads["beta"])
            if not wants_dx:
                return None
            slope = np.multiply(scale, params["gamma"], out=ops.empty(scale.shape, scale.dtype))
            if not training:
                return np.multiply(dy, slope, out=dx)
            np.add(np.multiply(normal, grads["gamma"], out=dx), grads["beta"], out=dx)
            return np.multiply(np.subtract(dy, np.divide(dx, n, out=dx), out=dx), slope, out=dx)

        return ops.spare(y), backward

    def _normalized(self, params: Arrays, x: Array, ops: Ops) -> tuple[Array, Array]:
        """x̂ (n, k) and s (k,), by the batch's mean and variance while training, which the running ones follow."""
        dtype, row = np.result_type(x, params["gamma"]), x.shape[1:]
        scale = ops.empty(row, dtype)
        if ops.training:
            mean = ops.column_sums(x, out=ops.empty(row, x.dtype))
            np.divide(mean, len(x), out=mean)
            normal = np.subtract(x, mean, out=ops.reuse(x, dtype))
            square = np.square(normal, out=ops.empty(x.shape, dtype))
            variance = ops.column_sums(square, out=ops.empty(row, dtype))
            np.divide(variance, len(x), out=variance)
            self._follow(params["running_mean"], mean, ops)
            self._follow(params["running_variance"], variance, ops)
            np.add(variance, self.epsilon, out=scale)
        else:
            normal = np.subtract(x, params["running_mean"], out=ops.reuse(x, dtype))
            np.add(params["running_variance"], self.epsilon, out=scale)
        np.divide(1, np.sqrt(scale, out=scale), out=scale)
        return np.multiply(normal, scale, out=normal), scale

    def _follow(self, running: Array, batch: Array, ops: Ops) -> None:
        """running ← momentum running + (1 - momentum) batch"""
        part = np.multiply(batch, 1 - self.momentum, out=ops.empty(batch.shape, batch.dtype))
        np.add(np.multiply(running, self.momentum, out=running), part, out=running)
