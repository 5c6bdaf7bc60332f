"""The base class of losses, and what several of them share."""

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
    """Compares outputs (n, k) with targets, sample by sample; the loss of a batch is the mean over its n samples.

    If `activation` is set, the network must end with it. The loss then takes the logits and applies the activation
    itself, which is numerically stable and has a simple derivative.
    """

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    activation: ClassVar[LastActivation] = None
    targets: ClassVar[Literal["values", "labels"]] = "values"  # (n, k) numbers, or (n,) class numbers
    crossentropy: ClassVar[Literal["binary", "categorical"] | None] = None  # of each output, or of a sample's class

    def __init_subclass__(cls) -> None:
        accept_ops(cls, "forward")

    @abstractmethod
    def forward(self, *args: Any) -> tuple[Array, Array, LossBackward]:
        """`forward(y, t)` or `forward(y, t, ops)`: predictions (n, k), losses (n,) of samples, and the backward pass.

        The backward pass gives dy (n, k), the derivative of the mean over samples.
        """

    def with_class_weights(self, t: Array, classes: Mapping[str, int]) -> Loss:
        """Work out what the loss takes from the training targets t, in the form that it compares with.

        `classes` has the number of each class by its names.
        """
        return self

    def given_class_weights(self) -> Weights | None:
        """Return the class weights that it was given, if any; once it is fitted, a number for each class."""
        return None

    def predictions(self, y: Array, ops: Ops) -> Array:
        """The predictions for the network's output y: the activation that belongs to the loss, applied."""
        return y if self.activation is None else self.activation().forward(y, ops)[0]


def mean_over_outputs(losses: Array) -> Array:
    """The mean of losses (n, k) over the k outputs of each sample: (n,)."""
    n, k = losses.shape
    return losses.reshape(n) if k == 1 else np.mean(losses, axis=-1)


def mean_gradient(gradient: Array, ops: Ops, factor: float = 1) -> Array:
    """The gradient (n, k) times factor / k / n; book precision does one after the other, as the book rounds between."""
    n, k = gradient.shape
    if not ops.book:
        return gradient * (factor / (k * n))
    if factor != 1:
        gradient = factor * gradient
    return gradient / n if k == 1 else gradient / k / n
