"""The study of a sweep: its trials as samplers and pruners see them."""

from __future__ import annotations

from nncli.search.result import Reports, Result
from nncli.search.study import Study
from nncli.sweeps.directory import STUDY, SweepDirectory
from nncli.sweeps.plan import SweepPlan
from nncli.sweeps.records import TrialRecord


def open_study(directory: SweepDirectory, plan: SweepPlan) -> Study:
    """Return the study of a sweep, without trials."""
    return Study(
        plan.space,
        plan.sampler,
        plan.sweep.pruner,
        directory.path / STUDY,
        higher_is_better=plan.objective.monitor.higher_is_better,
        epochs=plan.epochs,
    )


def add_earlier(study: Study, trial: TrialRecord, plan: SweepPlan) -> None:
    """Add a trial of the journal, which has ended or is to be completed."""
    if (result := _result(trial, plan)) is not None:
        study.restore(trial.number, trial.settings, result)
        return
    study.begin(trial.number, trial.settings)
    for epoch, value in _reports(trial, plan):
        study.report(trial.number, epoch, value)


def tell(study: Study, trial: TrialRecord, plan: SweepPlan) -> None:
    """Set the result of a trial that has ended."""
    if (result := _result(trial, plan)) is not None:
        study.tell(trial.number, result)


def _result(trial: TrialRecord, plan: SweepPlan) -> Result | None:
    """Return how a trial ended, None if it has not."""
    seeds = len(plan.seeds)
    if (status := trial.status(seeds)) == "open":
        return None
    return Result(status, trial.objective(seeds), _reports(trial, plan))


def _reports(trial: TrialRecord, plan: SweepPlan) -> Reports:
    """Return the reports of the first seed, on which the pruner decides."""
    first = trial.trainings.get(plan.first_seed)
    return first.reports if first else ()
