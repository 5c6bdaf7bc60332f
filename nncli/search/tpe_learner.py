"""Optuna's TPE sampler, by ask and tell."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from optuna import Study
from optuna.distributions import BaseDistribution, FloatDistribution
from optuna.samplers import TPESampler
from optuna.storages import InMemoryStorage
from optuna.trial import FrozenTrial

from nncli.search.domains import Range
from nncli.search.optuna_trials import OptunaTrials
from nncli.search.result import Result
from nncli.search.samplers.base import Learner
from nncli.search.samplers.random import Random
from nncli.search.space import Settings, Space

NEWEST = 500  # trials that are kept, so that choosing takes at most 100 ms; it takes 500 ms with 10,000 trials
BEST = 25  # trials that are kept although they are older; TPE calls no more than 25 the best


class TpeLearner(Learner):
    """The trials that TPE learns from: the best, and the newest of the others.

    Each choice has its own seed, so that a sweep that continues chooses as if it had never stopped.
    """

    def __init__(self, space: Space, random: Random, startup_trials: int, *, higher_is_better: bool) -> None:
        self._space = space
        self._random = random
        self._startup_trials = startup_trials
        self._trials = OptunaTrials(InMemoryStorage(), space, higher_is_better=higher_is_better)
        self._ended = 0

    def ask(self, number: int) -> Settings:
        if number < self._startup_trials:
            return self._random.settings(self._space, number)
        self._trials.study.sampler = _sampler(self._random.seed, number)
        return self._trials.ask(number)

    def begin(self, number: int, settings: Settings) -> None:
        self._trials.begin(number, settings)

    def tell(self, number: int, result: Result) -> None:
        for epoch, value in result.reports[-1:] if result.status == "pruned" else ():
            self._trials.report(number, epoch, value)
        self._trials.tell(number, result)
        self._ended += 1
        if self._ended == 2 * NEWEST:
            self._trials.forget(InMemoryStorage(), newest=NEWEST, best=BEST)
            self._ended = NEWEST


class _RoundedTpe(TPESampler):
    """TPE whose numbers are rounded before Optuna stores them, as a continued sweep reads them."""

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        values = super().sample_relative(study, trial, search_space)
        return {name: _rounded(search_space[name], value) for name, value in values.items()}

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        value = super().sample_independent(study, trial, param_name, param_distribution)
        return _rounded(param_distribution, value)


def _sampler(seed: int, number: int) -> TPESampler:
    (state,) = np.random.SeedSequence([seed, number]).generate_state(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `group` is experimental
        return _RoundedTpe(seed=int(state), n_startup_trials=1, multivariate=True, group=True, constant_liar=True)


def _rounded(distribution: BaseDistribution, value: Any) -> Any:
    if isinstance(distribution, FloatDistribution):
        return Range(distribution.low, distribution.high).rounded(value)
    return value
