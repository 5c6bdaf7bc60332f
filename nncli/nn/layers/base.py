"""The base class of layers: shapes, a forward pass that returns its backward pass, and a penalty."""

from __future__ import annotations

import functools
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from nncli.arrays import Array, Shape
from nncli.nn.activations.base import Activation
from nncli.nn.engine.ops import Ops
from nncli.nn.optional_ops import accept_ops
from nncli.registry import kind

if TYPE_CHECKING:
    from nncli.nn.initializers.base import Initializer

Arrays: TypeAlias = Mapping[str, Array]
Shapes: TypeAlias = dict[str, Shape]
Penalty: TypeAlias = float | Array  # 0.0 or an array ()
Backward: TypeAlias = Callable[[Array], tuple[Array, Arrays]]


@kind
class Layer(ABC):
    """A function of a batch and parameters.

    `params` maps the names in `shapes` and `state_shapes` to arrays. The backward pass maps dy (n, outputs) to
    dx (n, inputs) and the gradients, by the names in `shapes`.
    """

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        accept_ops(cls, "forward")

    def parts(self) -> tuple[Layer | Activation, ...]:
        """Return the layer and what follows it in the chain, such as its activation."""
        return (self,)

    def shapes(self, inputs: int) -> Shapes:
        """Return the shape of each parameter, by name, for inputs of (n, inputs)."""
        return {}

    def state_shapes(self, inputs: int) -> Shapes:
        """Return the shape of each array that `forward` reads and training updates without a gradient, by name."""
        return {}

    def outputs(self, inputs: int) -> int:
        """Return the number of output columns for inputs of (n, inputs)."""
        return inputs

    def initialize(self, params: Arrays, init: Initializer, random: np.random.RandomState) -> None:
        """Write the first values into `params`, which hold zeros; `init` is for layers without an initializer."""
        return

    def starting_scale(self, inputs: int, init: Initializer) -> float | None:
        """Return the standard deviation of the weights that `initialize` draws; None if it draws none."""
        return None

    @abstractmethod
    def forward(self, *args: Any) -> tuple[Array, Backward]:
        """Return the output y (n, outputs) and the backward pass.

        Called as `forward(params, x)` or `forward(params, x, ops)`. A training step may write new values into the
        arrays of state: `params["running_mean"][...] = mean`.
        """

    @property
    def penalized(self) -> bool:
        """True if the layer has a penalty."""
        return False

    def penalty(self, params: Arrays, ops: Ops) -> Penalty:
        """Return the penalty that the layer's regularization adds to the loss."""
        return 0.0

    def add_penalty_gradient(self, params: Arrays, grads: Arrays, ops: Ops) -> None:
        """Add the penalty's derivative to the gradients, in place."""
        return


def sum_penalties(penalties: Sequence[Penalty]) -> Penalty:
    """Return the sum of penalties in order, 0.0 without any; starting from 0 would cost one more NumPy call."""
    return functools.reduce(operator.add, penalties) if penalties else 0.0
