"""Every combination of the choices."""

from __future__ import annotations

from typing import Literal

from nncli.registry import register
from nncli.search.samplers.base import Sampler
from nncli.search.space import Settings, Space


@register
class Grid(Sampler):
    """Takes every combination of the choices, the last one changing fastest.

    The default if every parameter is a list. Ranges need a number of points: {linspace: [0, 1, 5]}.
    """

    type: Literal["grid"] = "grid"

    def settings(self, space: Space, number: int) -> Settings:
        return space.point(number)
