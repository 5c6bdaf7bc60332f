"""Trials in a storage of Optuna: their parameters, reports and results in its terms."""

from __future__ import annotations

import math
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from nncli.search.domains import Choice, Domain, Range
from nncli.search.result import Reports, Result, worst
from nncli.search.space import Parameter, Settings, Space, labels

STATES = {
    "done": TrialState.COMPLETE,
    "diverged": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
}

optuna.logging.set_verbosity(optuna.logging.WARNING)  # otherwise it writes a line for each study


class OptunaTrials:
    """The trials of a study of Optuna, by the numbers that they have in the sweep.

    A choice is the number of its option if its options are points of a range, otherwise the label of the option.
    """

    def __init__(self, storage: BaseStorage, space: Space, *, higher_is_better: bool, name: str | None = None) -> None:
        self._higher_is_better = higher_is_better
        self._open(storage, name)
        self._space = space
        self._distributions = {each.key: _distribution(each.domain) for each in space.parameters()}
        self._worst = worst(higher_is_better=higher_is_better)
        self._running = dict[int, int]()  # ids of Optuna by number

    def _open(self, storage: BaseStorage, name: str | None = None) -> None:
        direction = StudyDirection.MAXIMIZE if self._higher_is_better else StudyDirection.MINIMIZE
        self.study = optuna.create_study(storage=storage, study_name=name, direction=direction)
        self._storage = storage
        self._study_id = storage.get_study_id_from_name(self.study.study_name)

    def ask(self, number: int) -> Settings:
        """Return the settings of a new trial, chosen by the sampler of the study."""
        trial = self.study.ask()
        self._running[number] = self._storage.get_trial_id_from_study_id_trial_number(self._study_id, trial.number)
        return self._space.settings(lambda parameter: self._suggest(trial, parameter))

    def begin(self, number: int, settings: Settings) -> None:
        """Add a running trial, unless it was asked for here."""
        if number not in self._running:
            trial = self._running_trial(number, settings)
            self._running[number] = self._storage.create_new_trial(self._study_id, trial)

    def report(self, number: int, epoch: int, value: float) -> FrozenTrial:
        """Add the objective of a running trial after a number of epochs; return the trial."""
        trial_id = self._running[number]
        self._storage.set_trial_intermediate_value(trial_id, epoch, value if math.isfinite(value) else self._worst)
        return self._storage.get_trial(trial_id)

    def reports(self, number: int) -> Reports:
        """Return the reports of a running trial."""
        return tuple(sorted(self._storage.get_trial(self._running[number]).intermediate_values.items()))

    def tell(self, number: int, result: Result) -> None:
        """Set the result of a running trial."""
        trial_id = self._running.pop(number)
        self._storage.set_trial_state_values(trial_id, STATES[result.status], self._values(result))

    def add(self, number: int, settings: Settings, result: Result, system_attrs: dict[str, Any]) -> None:
        """Add a trial that has ended."""
        trial = self._running_trial(number, settings)
        trial.state, trial.values = STATES[result.status], self._values(result)
        trial.datetime_complete = trial.datetime_start
        trial.intermediate_values = {
            epoch: value if math.isfinite(value) else self._worst for epoch, value in result.reports
        }
        trial.system_attrs = system_attrs
        self._storage.create_new_trial(self._study_id, trial)

    def forget(self, storage: BaseStorage, *, newest: int, best: int) -> None:
        """Continue in an empty storage, with the running trials, the newest of the others, and the best of all."""
        trials = self.study.get_trials(deepcopy=False)
        running = {self._storage.get_trial_number_from_id(each): number for number, each in self._running.items()}
        ended = [trial for trial in trials if trial.state.is_finished()]
        done = [trial for trial in ended if trial.state == TrialState.COMPLETE]
        done.sort(key=lambda trial: trial.values[0], reverse=self._higher_is_better)
        kept = {trial.number for trial in (*ended[-newest:], *done[:best])}
        self._open(storage)
        for trial in trials:
            number = running.get(trial.number)
            if number is not None or trial.number in kept:
                trial_id = storage.create_new_trial(self._study_id, trial)
                if number is not None:
                    self._running[number] = trial_id

    def _running_trial(self, number: int, settings: Settings) -> FrozenTrial:
        """Return a running trial, which is not in the storage."""
        values = self._space.values(settings)
        return create_trial(
            state=TrialState.RUNNING,
            params={key: self._external(key, value) for key, value in values.items()},
            distributions={key: self._distributions[key] for key in values},
            user_attrs={"trial": number, "settings": settings},
        )

    def _values(self, result: Result) -> list[float] | None:
        """Return the objective as Optuna takes it: of a pruned trial, its last report."""
        if result.status == "failed":
            return None
        value = result.reports[-1][1] if result.status == "pruned" and result.reports else result.value
        return [self._worst if value is None or not math.isfinite(value) else value]

    def _suggest(self, trial: optuna.Trial, parameter: Parameter) -> Any:
        """Return the value of a parameter; of a Choice, the number of an option."""
        key, domain = parameter.key, parameter.domain
        match self._distributions[key]:
            case CategoricalDistribution() as distribution:
                return int(distribution.to_internal_repr(trial.suggest_categorical(key, distribution.choices)))
            case IntDistribution() as distribution:
                return trial.suggest_int(key, distribution.low, distribution.high, log=distribution.log)
        assert isinstance(domain, Range)
        return trial.suggest_float(key, domain.low, domain.high, log=domain.logarithmic)

    def _external(self, key: str, value: Any) -> Any:
        distribution = self._distributions[key]
        return distribution.to_external_repr(value) if isinstance(distribution, CategoricalDistribution) else value


def _distribution(domain: Domain) -> BaseDistribution:
    match domain:
        case Choice(options, ordered=True):
            return IntDistribution(0, len(options) - 1)
        case Choice():
            return CategoricalDistribution(labels(domain))
        case Range(low, high, logarithmic, whole=True):
            return IntDistribution(int(low), int(high), log=logarithmic)
        case Range(low, high, logarithmic):
            return FloatDistribution(low, high, log=logarithmic)
