"""Train variants of a run to find out what helps."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nncli import config, store
from nncli.diagnosis.goal import Goal
from nncli.diagnosis.verdict import uninformative, verdict_of
from nncli.remedies.quick_tests.quick_test import QuickResult
from nncli.remedies.quick_tests.run import quick_tests
from nncli.remedies.race import SEEDS, Race
from nncli.remedies.result import IMPROVED, Remedies
from nncli.remedies.tries import HEALTHY_TRAININGS, LATE_TRAININGS, TRAININGS, Base, Tries, epoch_limit
from nncli.remedies.variants import Variant, combinations, trainable, variants
from nncli.render.remedies import TryProgress
from nncli.resolved import ResolvedExperiment
from nncli.system import Interrupts
from nncli.threads import limit_threads

if TYPE_CHECKING:
    from nncli.diagnosis.case import Case
    from nncli.diagnosis.diagnose import Diagnosis

TRIES = "tries"  # the folder in that of the run
QUICK, MAX_QUICK = 0.1, 6.0  # of the budget, for quick tests, and at most these seconds
GRACE = 0.03  # of the budget, which trainings have to end after its time is over
IMPROVABLE = 0.01  # unexplained fraction, above which smaller errors are looked for though the network is healthy
LATE = ("class_collapse", "dark_inputs", "labels_shuffled", "overfitting")  # found where networks were healthy before


@dataclass(frozen=True)
class Budget:
    """The seconds that trying may take, and when they began, as a time of `time.monotonic`."""

    seconds: float
    begin: float

    @property
    def deadline(self) -> float:
        """When trainings must end."""
        return self.begin + self.seconds

    @property
    def used(self) -> float:
        """The seconds since the beginning."""
        return time.monotonic() - self.begin


def try_remedies(
    case: Case,
    diagnosis: Diagnosis,
    overrides: Sequence[str],
    budget: Budget,
    interrupts: Interrupts,
    show: Callable[[QuickResult], None],
) -> Remedies:
    """Run quick tests and train variants of a run, until the budget is used up or a signal has come.

    `overrides` apply to all trainings. `show` is called with the result of each quick test.
    """
    model, tests = case.model, list[QuickResult]()
    run, experiment = model.run, model.experiment
    for test in _quick_tests(case, diagnosis, budget):
        if interrupts.requested():
            break
        tests.append(test)
        show(test)
    base = Base(run.config_text(), tuple(overrides))
    tree = config.read_saved(base.config, str(run.path), base.overrides)
    tried = trainable(variants(case.setup, diagnosis.findings), tree, model.data)
    seeds = [(experiment.seed + number) % 2**32 for number in range(1, SEEDS + 1)]
    goal = goal_of(case, diagnosis, budget)
    healthy, improvable = diagnosis.verdict == "healthy", _is_improvable(case, diagnosis, goal.epochs)

    def combine(variant: Variant) -> list[Variant]:
        return [] if uninformative(case) else trainable(combinations(variant, tried), tree, model.data)

    race = Race(tried, seeds, expected_healthy=healthy, improvable=improvable, combine=combine)
    tries = Tries(base, race, goal, run.path / TRIES, store.provenance(sys.argv, experiment.seed))
    progress = TryProgress(race, budget.deadline)
    try:
        for _ in tries.run(budget.deadline, GRACE * budget.seconds, interrupts.requested):
            progress.update()
    finally:
        progress.end()
    return Remedies(race, tests, goal.epochs, experiment.train.epochs, budget.used)


def _quick_tests(case: Case, diagnosis: Diagnosis, budget: Budget) -> Iterator[QuickResult]:
    """Yield the results of the quick tests that decide between the findings."""
    if diagnosis.verdict == "healthy":
        return
    model, names = case.model, [finding.name for finding in diagnosis.findings]
    resolved = ResolvedExperiment(model.experiment, model.data, model.network)
    with limit_threads(model.threads):
        yield from quick_tests(resolved, min(QUICK * budget.seconds, MAX_QUICK), names, case.unexplained)


def _is_improvable(case: Case, diagnosis: Diagnosis, epochs: int) -> bool:
    """Return whether smaller errors are worth looking for in trainings of at most so many epochs.

    Not for a network that needs more epochs, as a change may only make it faster; nor if half its errors were fewer
    than those of simple methods, as a change may only let it learn noise by heart.
    """
    if diagnosis.verdict != "healthy" or epochs < case.setup.experiment.train.epochs or case.remaining <= IMPROVABLE:
        return False
    return case.setup.attainable.best <= IMPROVED * case.remaining


def goal_of(case: Case, diagnosis: Diagnosis, budget: Budget) -> Goal:
    """Return the epochs that the budget allows; networks that fail late must train on though they are healthy."""
    summary = case.model.run.summary() or {}
    epochs, seconds = int(summary.get("epochs") or 1), float(summary.get("seconds") or 0.0)
    healthy = diagnosis.verdict == "healthy"
    late = any(finding.name in LATE for finding in diagnosis.findings) or (not healthy and case.was_healthy)
    trainings = HEALTHY_TRAININGS if healthy else LATE_TRAININGS if late else TRAININGS
    limit = epoch_limit(seconds / epochs, budget.seconds, trainings)
    # Simple methods may do no better than a run that is certain to have a problem: a remedy does better than both.
    error = IMPROVED * case.unexplained if not healthy and verdict_of(case) == "healthy" else math.inf
    compares_ends = late or _is_improvable(case, diagnosis, limit)
    earliest = limit if compares_ends else epochs if diagnosis.verdict == "diverged" else 0
    return Goal(limit, earliest, not healthy, error)
