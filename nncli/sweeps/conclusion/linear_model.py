"""A linear model of the ranks of trials: parameters and pairs of them that explain more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import combinations
from typing import NamedTuple, TypeAlias

import numpy as np

from nncli.arrays import Array
from nncli.sweeps.conclusion.ranks import cells, features, orthonormal
from nncli.sweeps.conclusion.selection import Selected, select
from nncli.sweeps.conclusion.table import Column

MIN_TRIALS_OF_PAIRS = 16
MAX_PAIRED = 12  # parameters whose pairs are tried
LEVEL, LEVEL_OF_PAIRS = 0.04, 0.01  # together, one sweep of pure noise in 20 has a parameter that matters

Term: TypeAlias = tuple[int, ...]  # the number of a column, or of two that act in combination


class Effect(NamedTuple):
    """The share of the variance that a term adds to those selected before it, and its standard error.

    `p` is the probability that chance explains as much, None if the term is not selected.
    """

    term: Term
    share: float
    error: float
    p: float | None


class LinearModel:
    """The model of centred ranks (n,) by the values of columns in n rows of a table."""

    def __init__(self, columns: Sequence[Column], rows: Array, ranks: Array) -> None:
        self._columns = columns
        self._rows = rows
        self._ranks = ranks
        self._constant = np.full((len(rows), 1), len(rows) ** -0.5)
        self._features = [features(column, rows) for column in columns]
        self._singles: list[Term] = [(number,) for number, columns in enumerate(self._features) if columns.shape[1]]
        self._selected = self._select()
        self._basis = np.column_stack([self._constant, *(each.basis for each in self._selected.values())])

    @cached_property
    def variance(self) -> float:
        """The variance that the model leaves."""
        rest = self._ranks - self._basis @ (self._basis.T @ self._ranks)
        return float(rest @ rest / max(len(rest) - self._basis.shape[1], 1))

    @cached_property
    def total(self) -> float:
        """The sum of squares of the ranks."""
        return float(self._ranks @ self._ranks)

    def effects(self) -> list[Effect]:
        """Return the effect of each selected term and of each single one: selected ones first, largest first.

        share = (S - d s²) / total        error = √(2 d) s² / total

        S is the sum of squares that the term adds to those selected before it, d its degrees of freedom, and s² the
        variance that the model leaves.
        """
        effects = map(self._effect, dict.fromkeys([*self._selected, *self._singles]))
        return sorted(effects, key=lambda effect: (effect.p is None, -effect.share))

    def _effect(self, term: Term) -> Effect:
        basis, p = self._selected.get(term, (None, None))
        if basis is None:
            basis = self._single(term, self._basis)
        squares, degrees = float(np.sum((basis.T @ self._ranks) ** 2)), basis.shape[1]
        share = (squares - degrees * self.variance) / self.total
        error = (2 * degrees) ** 0.5 * self.variance / self.total
        return Effect(term, min(max(share, 0.0), 1.0), error, p)

    def _select(self) -> dict[Term, Selected]:
        selected = select(self._ranks, self._constant, self._singles, self._single, LEVEL)
        if len(self._rows) >= MIN_TRIALS_OF_PAIRS:
            chosen = np.column_stack([self._constant, *(each.basis for each in selected.values())])
            pairs: Iterator[Term] = combinations([number for (number,) in self._singles[:MAX_PAIRED]], 2)
            selected |= select(self._ranks, chosen, pairs, self._pair, LEVEL_OF_PAIRS)
        return selected

    def _single(self, term: Term, chosen: Array) -> Array:
        return orthonormal(self._features[term[0]], chosen)

    def _pair(self, term: Term, chosen: Array) -> Array:
        """Return a basis of what two parameters explain together, but not each alone."""
        first, second = term
        together, alone = cells(self._columns[first], self._columns[second], self._rows)
        each = np.column_stack([self._features[first], self._features[second], alone])
        return orthonormal(together, np.column_stack([chosen, orthonormal(each, chosen)]))
