"""The fully connected layer."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from annotated_types import Ge, Gt

from nncli.arrays import Array
from nncli.nn.activations.base import Activation
from nncli.nn.engine.ops import Ops
from nncli.nn.initializers.base import Initializer
from nncli.nn.layers.base import Arrays, Backward, Layer, Penalty, Shapes, sum_penalties
from nncli.registry import Help, register

Strength: TypeAlias = Annotated[float, Ge(0)]


@register
class Dense(Layer):
    """Multiplies the inputs by a weight matrix and adds biases.

        y  = x W + b      x (n, inputs)   W (inputs, units)   b (units,)   y (n, units)
        dx = dy Wᵀ        dW = xᵀ dy      db = Σₙ dy

    The penalties add l1 Σ|p| + l2 Σp² to the loss and l1 sign(p) + 2 l2 p to the gradient, with sign(0) = 1.

    Source: the book, chapters 3, 9 and 14.
    """

    type: Literal["dense"] = "dense"
    units: Annotated[int, Gt(0), Help("number of units")]
    activation: Annotated[Activation | None, Help("activation of the output; linear by default")] = None
    init: Annotated[Initializer | None, Help("initializer of the weights; by default the experiment's `init`")] = None
    weight_l1: Annotated[Strength, Help("L1 penalty on the weights")] = 0.0
    weight_l2: Annotated[Strength, Help("L2 penalty on the weights")] = 0.0
    bias_l1: Annotated[Strength, Help("L1 penalty on the biases")] = 0.0
    bias_l2: Annotated[Strength, Help("L2 penalty on the biases")] = 0.0
    example: ClassVar[dict[str, Any]] = {"units": 3, "weight_l1": 0.1, "weight_l2": 0.2, "bias_l1": 0.3, "bias_l2": 0.4}

    def parts(self) -> tuple[Layer | Activation, ...]:
        return (self,) if self.activation is None else (self, self.activation)

    def shapes(self, inputs: int) -> Shapes:
        return {"weights": (inputs, self.units), "biases": (self.units,)}

    def outputs(self, inputs: int) -> int:
        return self.units

    def initialize(self, params: Arrays, init: Initializer, random: np.random.RandomState) -> None:
        params["weights"][...] = (self.init or init).draw(params["weights"].shape, random)

    def starting_scale(self, inputs: int, init: Initializer) -> float | None:
        return (self.init or init).standard_deviation(inputs, self.units)

    def forward(self, params: Arrays, x: Array, ops: Ops) -> tuple[Array, Backward]:
        y, affine_backward = ops.affine(x, params["weights"], params["biases"])

        def backward(dy: Array) -> tuple[Array, Arrays]:
            weights, biases = affine_backward(dy)  # before dx, which may then overwrite x
            return ops.dot(dy, params["weights"].T), {"weights": weights, "biases": biases}

        return y, backward

    @property
    def penalized(self) -> bool:
        return max(self.weight_l1, self.weight_l2, self.bias_l1, self.bias_l2) > 0

    def penalty(self, params: Arrays, ops: Ops) -> Penalty:
        parts: list[Any] = []
        for (p,), l1, l2 in self._penalties(ops, params, join=not ops.book):  # a sum's bits depend on its order
            if l1 > 0:
                parts.append(l1 * ops.total(np.abs(p)))
            if l2 > 0:
                parts.append(l2 * ops.sum_of_squares(p))
        return sum_penalties(parts)

    def add_penalty_gradient(self, params: Arrays, grads: Arrays, ops: Ops) -> None:
        for (p, gradient), l1, l2 in self._penalties(ops, params, grads):
            _add_gradient(p, gradient, l1, l2)

    def _penalties(self, ops: Ops, *mappings: Arrays, join: bool = True) -> list[tuple[list[Array], float, float]]:
        """Return the penalized arrays of each mapping, with l1 and l2; joined to one matrix if the strengths agree."""
        strengths = {"weights": (self.weight_l1, self.weight_l2), "biases": (self.bias_l1, self.bias_l2)}
        if strengths["weights"] == strengths["biases"] and join:
            matrices = (ops.weights_with_biases(arrays["weights"], arrays["biases"]) for arrays in mappings)
            joined = [matrix for matrix in matrices if matrix is not None]
            if len(joined) == len(mappings):
                return [(joined, self.weight_l1, self.weight_l2)]
        return [([arrays[name] for arrays in mappings], *both) for name, both in strengths.items() if max(both) > 0]


def _add_gradient(p: Array, gradient: Array, l1: float, l2: float) -> None:
    """Add the derivative of l1 Σ|p| + l2 Σp² to the gradient, l1 first as in the book."""
    if l1 > 0:
        sign = (p >= 0).astype(p.dtype) * 2 - 1
        gradient += l1 * sign
    if l2 > 0:
        gradient += 2 * l2 * p
