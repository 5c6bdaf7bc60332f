"""Quasi-random draws."""

from __future__ import annotations

import math
from functools import cache, lru_cache
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
        return space.settings(lambda parameter: parameter.domain.at(_fraction(number, bases[parameter.key], self.seed)))


def _fraction(number: int, base: int, seed: int) -> float:
    """Return the scrambled radical inverse of a number, in [0, 1)."""
    fraction = 0.0
    for place, permutation in enumerate(_permutations(base, seed), start=1):
        number, digit = divmod(number, base)
        fraction += permutation[digit] * float(base) ** -place
    return min(fraction, math.nextafter(1, 0))


@lru_cache(maxsize=1000)
def _permutations(base: int, seed: int) -> list[list[float]]:
    """Return a permutation of the digits for each place, as many places as a float64 can hold."""
    random, places = np.random.default_rng([seed, base]), math.ceil(53 / math.log2(base))
    return [random.permutation(base).astype(float).tolist() for _ in range(places)]


@cache
def _primes() -> list[int]:
    """Return the first 1,000 prime numbers."""
    return list(islice((n for n in count(2) if all(n % d for d in range(2, math.isqrt(n) + 1))), 1000))
