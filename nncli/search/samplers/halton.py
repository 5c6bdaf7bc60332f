"""Quasi-random draws."""

from __future__ import annotations

import math
from itertools import count, islice
from typing import Literal

import numpy as np

from nncli.registry import register
from nncli.search.samplers.base import Sampler, SamplerSeed
from nncli.search.space import Settings, Space


@register
class Halton(Sampler):
    """Draws trials that cover the space more evenly than random ones: the scrambled Halton sequence.

        u = Σ π_k(d_k) b^(-k-1)        d_k digits of the trial's number in base b, the parameter's prime number
                                       π_k a random permutation of 0 ... b - 1, fixed by the seed

    Source: Halton 1960; Owen 2017 for the permutations. Google's Deep Learning Tuning Playbook recommends it first.
    """

    type: Literal["halton"] = "halton"
    seed: SamplerSeed = 0

    def settings(self, space: Space, number: int) -> Settings:
        bases = dict(zip((parameter.key for parameter in space.parameters()), _primes(), strict=False))
        return space.settings(lambda parameter: parameter.domain.at(self._fraction(number, bases[parameter.key])))

    def _fraction(self, number: int, base: int) -> float:
        """Return the scrambled radical inverse of a number, in [0, 1)."""
        permutations, fraction = np.random.default_rng([self.seed, base]), 0.0
        for place in range(1, math.ceil(53 / math.log2(base)) + 1):  # as many digits as a float64 can hold
            number, digit = divmod(number, base)
            fraction += float(permutations.permutation(base)[digit]) * float(base) ** -place
        return min(fraction, math.nextafter(1, 0))


def _primes() -> list[int]:
    """Return the first 1,000 prime numbers."""
    return list(islice((n for n in count(2) if all(n % d for d in range(2, math.isqrt(n) + 1))), 1000))
