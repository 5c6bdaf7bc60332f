"""Select the parameters that explain more than chance, by permutations."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple, TypeVar

import numpy as np

from nncli.arrays import Array

PERMUTATIONS, PERMUTATIONS_OF_MANY, MANY = 400, 100, 500
EXPLAINED = 1e-10  # share of the variance below which nothing is left to explain
SMALLEST = 1e-300
# Degrees of freedom that must be left for the noise: more beside other terms. Within the values of a strong parameter,
# few ranks are left to permute: in a grid of 4 x 2 trials, the other one would matter in 13% of the sweeps.
MIN_DEGREES, MIN_DEGREES_BESIDE = 4, 8

T = TypeVar("T", bound=Hashable)


class Selected(NamedTuple):
    """The basis of a selected term, and the probability that chance alone explains as much."""

    basis: Array
    p: float


def select(
    ranks: Array, chosen: Array, terms: Iterable[T], basis_of: Callable[[T, Array], Array], level: float
) -> dict[T, Selected]:
    """Return the terms that explain more of the ranks (n,) than chance, in the order of their selection.

    In each step, the term with the largest standardized share of what is left is compared with the largest one of
    every permutation. So if no term has an effect, one is selected with a probability of `level`, however many there
    are. `chosen` is an orthonormal basis (n, d) that contains the constant; `basis_of` returns that of what
    a term adds to another basis.
    """
    selected, left = dict[T, Selected](), list(terms)
    random = np.random.default_rng(0)
    orders = _orders(random, len(ranks))
    while left:
        degrees = len(ranks) - chosen.shape[1]
        rest = ranks - chosen @ (chosen.T @ ranks)
        if rest @ rest <= EXPLAINED * np.sum((ranks - ranks.mean()) ** 2):
            break
        most = degrees - (MIN_DEGREES if chosen.shape[1] == 1 else MIN_DEGREES_BESIDE)
        bases = {term: basis_of(term, chosen) for term in left}
        bases = {term: basis for term, basis in bases.items() if 0 < basis.shape[1] <= most}
        if not bases:
            break
        samples = np.column_stack([rest, rest[orders].T])
        samples -= chosen @ (chosen.T @ samples)
        samples /= np.sqrt(np.maximum(np.einsum("ij,ij->j", samples, samples), SMALLEST))
        statistics = np.array([_standardized(basis, samples, degrees) for basis in bases.values()])
        best = int(np.argmax(statistics[:, 0]))
        exceeding = np.sum(statistics[:, 1:].max(axis=0) >= statistics[best, 0] - 1e-9)
        p = float((1 + exceeding) / (1 + len(orders)))
        if p > level:
            break
        term = list(bases)[best]
        selected[term] = Selected(bases[term], p)
        chosen = np.column_stack([chosen, bases[term]])
        left.remove(term)
    return selected


def _orders(random: np.random.Generator, n: int) -> Array:
    count = PERMUTATIONS if n <= MANY else PERMUTATIONS_OF_MANY
    return np.array([random.permutation(n) for _ in range(count)])


def _standardized(basis: Array, samples: Array, degrees: int) -> Array:
    """Return the share that a basis (n, d) explains of each unit vector (n, k), with mean 0 and variance 1 by chance.

    By chance the share has a Beta(d / 2, (degrees - d) / 2) distribution.
    """
    d = basis.shape[1]
    share = np.sum((basis.T @ samples) ** 2, axis=0)
    variance = 2 * d * (degrees - d) / (degrees**2 * (degrees + 2))
    return np.asarray((share - d / degrees) / math.sqrt(variance))
