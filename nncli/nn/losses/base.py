"""The base class of losses, and helpers that several losses share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal, TypeAlias

import numpy as np

from nncli.arrays import Array
from nncli.nn.activations.base import Activation
from nncli.nn.engine.ops import Ops
from nncli.nn.losses.class_weights import Weights
from nncli.nn.optional_ops import accept_ops
from nncli.registry import kind

LossBackward: TypeAlias = Callable[[], Array]
LastActivation: TypeAlias = type[Activation] | None


@kind
class Loss(ABC):
    """A comparison of outputs (n, k) with targets; the loss of a batch is the mean over its n samples.

    If `activation` is set, the network must end with it. The loss then takes the logits and applies the activation
    itself, which is numerically stable and has a simple derivative.
    """

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    activation: ClassVar[LastActivation] = None
    targets: ClassVar[Literal["values", "labels"]] = "values"  # (n, k) numbers, or (n,) class numbers
    crossentropy: ClassVar[Literal["binary", "categorical"] | None] = None  # over each output, or over classes

    def __init_subclass__(cls) -> None:
        accept_ops(cls, "forward")

    @abstractmethod
    def forward(self, *args: Any) -> tuple[Array, Array, LossBackward]:
        """Return the predictions (n, k), the loss of each sample (n,), and the backward pass.

        Called as `forward(y, t)` or `forward(y, t, ops)`. The backward pass returns dy (n, k), the derivative of the
        mean over samples.
        """

    def with_class_weights(self, t: Array, classes: Mapping[str, int]) -> Loss:
        """Return the loss with a number as the weight of each class, worked out from the training targets t.

        The targets have the form that the loss takes; `classes` maps each name of a class to its number.
        """
        return self

    def current_class_weights(self) -> Weights | None:
        """Return the class weights, if any: as configured, or a number for each class after `with_class_weights`."""
        return None

    def predictions(self, y: Array, ops: Ops) -> Array:
        """Return the predictions for the network's output y, by applying the activation that belongs to the loss."""
        return y if self.activation is None else self.activation().forward(y, ops)[0]


def mean_over_outputs(losses: Array) -> Array:
    """Return the mean (n,) of losses (n, k) over the k outputs of each sample."""
    n, k = losses.shape
    return losses.reshape(n) if k == 1 else np.mean(losses, axis=-1)


def mean_gradient(gradient: Array, ops: Ops, factor: float = 1) -> Array:
    """Return the gradient (n, k) times factor / k / n; in book precision step by step, with the book's rounding."""
    n, k = gradient.shape
    if not ops.book:
        return gradient * (factor / (k * n))
    if factor != 1:
        gradient = factor * gradient
    return gradient / n if k == 1 else gradient / k / n
