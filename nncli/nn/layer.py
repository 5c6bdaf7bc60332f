"""What every layer has: shapes, a forward pass that returns its own backward pass, and a penalty."""

from __future__ import annotations

import functools
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from nncli.nn.activations import Activation
from nncli.nn.ops import Array, Ops
from nncli.registry import kind

if TYPE_CHECKING:
    from nncli.nn.initializers import Initializer

Arrays: TypeAlias = Mapping[str, Array]
Shapes: TypeAlias = dict[str, tuple[int, ...]]
Penalty: TypeAlias = float | Array  # 0.0 or an array ()
Backward: TypeAlias = Callable[[Array, Arrays, bool], Array | None]


@kind
class Layer(ABC):
    """A function of a batch and of parameters.

    `params` and `grads` map the names in `shapes` to arrays, views of one flat vector; `params` also has the arrays of
    `state_shapes`. The backward pass takes dy
    (n, outputs), which it may overwrite, writes each parameter's gradient into `grads` and returns dx (n, inputs),
    or None where nobody wants it.
    """

    __slots__ = ()
    example: ClassVar[dict[str, Any]]

    def parts(self) -> tuple[Layer | Activation, ...]:
        """The layer and what follows it in the chain, such as its own activation."""
        return (self,)

    def shapes(self, inputs: int) -> Shapes:
        """The shape of each parameter for inputs of (n, inputs)."""
        return {}

    def state_shapes(self, inputs: int) -> Shapes:
        """The shape of each array that training steps change otherwise than by a gradient, and that `forward` reads."""
        return {}

    def outputs(self, inputs: int) -> int:
        """How many columns the output has for inputs of (n, inputs)."""
        return inputs

    def initialize(self, params: Arrays, init: Initializer, random: np.random.RandomState) -> None:
        """Puts the first values into `params`, which are zeros; `init` holds where the layer has none of its own."""
        return

    def starting_scale(self, inputs: int, init: Initializer) -> float | None:
        """The standard deviation of the weights that `initialize` draws; None where there are none."""
        return None

    @abstractmethod
    def forward(self, params: Arrays, x: Array, ops: Ops) -> tuple[Array, Backward]:
        """The output y (n, outputs) for x (n, inputs), and the backward pass."""

    @property
    def penalized(self) -> bool:
        """Whether the layer has a penalty at all."""
        return False

    def penalty(self, params: Arrays, ops: Ops) -> Penalty:
        """What the layer's regularization adds to the loss."""
        return 0.0

    def add_penalty_slope(self, params: Arrays, grads: Arrays, ops: Ops) -> None:
        """Adds the penalty's derivative to the gradients that the backward pass wrote."""
        return


def added(penalties: Sequence[Penalty]) -> Penalty:
    """Their sum in order, 0.0 if there are none; not begun from 0, which would be one more call."""
    return functools.reduce(operator.add, penalties) if penalties else 0.0
