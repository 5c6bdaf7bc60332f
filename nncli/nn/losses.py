"""Losses: how far the network's output is from the targets, and the derivative of that."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from annotated_types import Gt

from nncli.nn.activations import Activation
from nncli.nn.class_weights import Weights
from nncli.nn.ops import Array, Ops
from nncli.registry import Help, kind, register

LossBackward: TypeAlias = Callable[[], Array]
LastActivation: TypeAlias = type[Activation] | None


@kind
class Loss(ABC):
    """Compares outputs (n, k) with targets, sample by sample; the loss of a batch is the mean over its n samples.

    `activation` is the one that must stand last in the network for this loss. The loss then takes the logits, what
    goes into that activation, and applies it itself: taken together, the two have a stable value and a simple slope.
    """

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    activation: ClassVar[LastActivation] = None
    targets: ClassVar[Literal["values", "labels"]] = "values"  # (n, k) numbers, or (n,) class numbers
    crossentropy: ClassVar[Literal["binary", "categorical"] | None] = None  # of each output, or of a sample's class

    @abstractmethod
    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        """Predictions (n, k), the loss of each sample (n,), and the backward pass, which gives the mean's slope dy."""

    def fitted(self, t: Array, classes: Mapping[str, int]) -> Loss:
        """Work out what the loss takes from the training targets t, in the form that it compares with.

        `classes` has the number of each class by its names.
        """
        return self

    def weights_of_classes(self) -> Weights | None:
        """Return the class weights that it was given, if any; once it is fitted, a number for each class."""
        return None

    def predictions(self, y: Array, ops: Ops) -> Array:
        """What the network says for its output y: the activation that belongs to the loss, applied."""
        return y if self.activation is None else self.activation().forward(y, ops)[0]


@register
class MeanSquaredError(Loss):
    """Averages the squared error over the k outputs, then over the n samples.

        L = Σ (t - y)² / k / n        dy = -2 (t - y) / k / n        t, y (n, k)

    Source: the book, chapter 17.
    """

    type: Literal["mse"] = "mse"

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        error = np.subtract(t, y, out=ops.empty(y.shape, np.result_type(t, y)))
        square = np.square(error, out=ops.empty(error.shape, error.dtype))

        return y, mean_over_outputs(square, ops), lambda: mean_slope(error, ops, factor=-2)


@register
class MeanAbsoluteError(Loss):
    """Averages the absolute error over the k outputs, then over the n samples.

        L = Σ |t - y| / k / n        dy = sign(y - t) / k / n        t, y (n, k)

    Source: the book, chapter 17, where the slope has the wrong sign: it climbs.
    """

    type: Literal["mae"] = "mae"

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        error = np.subtract(y, t, out=ops.empty(y.shape, np.result_type(t, y)))
        size = np.abs(error, out=ops.empty(error.shape, error.dtype))

        return y, mean_over_outputs(size, ops), lambda: mean_slope(np.sign(error, out=error), ops)


@register
class Huber(Loss):
    """Squares small errors and takes the size of large ones: like mse near the targets, like mae for outliers.

        L = Σ h / k / n        h = e² / 2 where |e| <= delta, else delta (|e| - delta / 2)        e = y - t
        dy = clip(e, -delta, delta) / k / n                                                    t, y (n, k)

    Source: Huber 1964; default of delta as in Keras.
    """

    type: Literal["huber"] = "huber"
    delta: Annotated[float, Gt(0), Help("the error from which on it grows in proportion")] = 1.0
    example: ClassVar[dict[str, Any]] = {"delta": 0.7}

    def forward(self, y: Array, t: Array, ops: Ops) -> tuple[Array, Array, LossBackward]:
        error = np.subtract(y, t, out=ops.empty(y.shape, np.result_type(t, y)))
        clipped = np.maximum(error, -self.delta, out=ops.empty(error.shape, error.dtype))
        np.minimum(clipped, self.delta, out=clipped)
        half = np.multiply(clipped, 0.5, out=ops.empty(error.shape, error.dtype))
        losses = np.multiply(clipped, np.subtract(error, half, out=half), out=half)  # c (e - c / 2) is h in both cases

        return y, mean_over_outputs(losses, ops), lambda: mean_slope(clipped, ops)


def mean_over_outputs(losses: Array, ops: Ops) -> Array:
    """(n, k) to (n,), with the bits of `np.mean(losses, axis=-1)`."""
    n, k = losses.shape
    if k == 1:
        return losses.reshape(n)
    mean = np.add.reduce(losses, axis=-1, out=ops.empty((n,), losses.dtype))
    return np.divide(mean, k, out=mean)


def mean_slope(slope: Array, ops: Ops, factor: float = 1) -> Array:
    """The slope (n, k) times factor / k / n, in place; in the book's arithmetic one after the other, for its bits."""
    n, k = slope.shape
    if ops.book:
        if factor != 1:
            np.multiply(slope, factor, out=slope)
        if k > 1:
            np.divide(slope, k, out=slope)
        np.divide(slope, n, out=slope)
    else:
        np.multiply(slope, factor / (k * n), out=slope)
    return slope
