"""Independent draws."""

from __future__ import annotations

from typing import Literal

import numpy as np

from nncli.registry import register
from nncli.search.samplers.base import Sampler, SamplerSeed
from nncli.search.space import Settings, Space


@register
class Random(Sampler):
    """Draws trials independently, with a stream of random numbers for each trial.

    Source: Bergstra and Bengio 2012, who found it better than a grid if few of the parameters matter.
    """

    type: Literal["random"] = "random"
    seed: SamplerSeed = 0

    def settings(self, space: Space, number: int) -> Settings:
        stream = np.random.default_rng([self.seed, number])
        return space.settings(lambda parameter: parameter.domain.at(stream.random()))
