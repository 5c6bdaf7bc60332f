"""The exponential linear unit and its scaled variant."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from annotated_types import Ge

from nncli.arrays import Array
from nncli.nn.activations.base import Activation, ActivationBackward
from nncli.registry import Help, register

SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # keep mean 0 and variance 1 across layers


@register
class Elu(Activation):
    """Exponential linear unit: the identity for positive inputs, falling smoothly to -alpha for negative ones.

        y = x where x > 0, else alpha (eˣ - 1)        dx = dy where x > 0, else alpha eˣ dy

    Source: Clevert, Unterthiner and Hochreiter 2016, equation 15.
    """

    type: Literal["elu"] = "elu"
    alpha: Annotated[float, Ge(0), Help("outputs approach -alpha for negative inputs")] = 1.0
    example: ClassVar[dict[str, Any]] = {"alpha": 1.5}

    def forward(self, x: Array) -> tuple[Array, ActivationBackward]:
        below = self.alpha * np.expm1(np.minimum(x, 0))
        above = np.maximum(x, 0)
        positive = (above > 0).astype(x.dtype)
        return above + below, lambda dy: dy * ((below + self.alpha) * (1 - positive) + positive)


@register
class Selu(Activation):
    """Scaled exponential linear unit: keeps the mean near 0 and the variance near 1 over many layers.

        y = 1.0507 elu(x) with alpha = 1.6733        dx = 1.0507 times that of elu

    This holds for weights drawn by lecun_normal.

    Source: Klambauer et al. 2017, equations 2 and 14.
    """

    type: Literal["selu"] = "selu"

    def forward(self, x: Array) -> tuple[Array, ActivationBackward]:
        y, backward_of_elu = Elu(alpha=SELU_ALPHA).forward(x)
        return SELU_SCALE * y, lambda dy: backward_of_elu(SELU_SCALE * dy)
