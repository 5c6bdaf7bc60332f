"""Run quick tests, one after the other, within a time limit."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator

import numpy as np

from nncli.remedies.quick_tests.baseline import Baseline
from nncli.remedies.quick_tests.overfit_16 import Overfit16
from nncli.remedies.quick_tests.quick_test import QuickResult, QuickTest
from nncli.remedies.quick_tests.short_training import Budget, ShortTrainings
from nncli.remedies.quick_tests.shuffled_targets import ShuffledTargets
from nncli.remedies.quick_tests.zeroed_inputs import ZeroedInputs
from nncli.resolved import ResolvedExperiment

TESTS: tuple[QuickTest, ...] = (Overfit16(), Baseline(), ZeroedInputs(), ShuffledTargets())
CONSTANT = "the targets are all equal, so no network can explain how they vary"


def quick_tests(
    resolved: ResolvedExperiment, seconds: float, findings: Collection[str] = (), unexplained: float | None = None
) -> Iterator[QuickResult]:
    """Yield the result of each test as soon as it is known; all together take about `seconds`.

    Only tests that decide between `findings`, names of rules, are run; without findings all. They train in memory and
    write nothing. Each training has an equal share of the time that is left. Two trainings that are compared have
    equal steps, fewer than the experiment if time is short. If it is not, a result does not depend on the other tests.
    `unexplained` is the fraction that a run of the experiment leaves at its end; the baseline takes it if given.

    Raises NncliError if the data cannot be read.
    """
    tests = [test for test in TESTS if not findings or not set(findings).isdisjoint(test.decides)]
    if not tests:
        return
    started = time.monotonic()
    trainings = ShortTrainings(resolved, unexplained)
    trainings.budget = Budget(seconds - (time.monotonic() - started), 1 + sum(test.trainings for test in tests))
    constant = not np.ptp(trainings.setup.targets, axis=0).any()
    for test in tests:
        result = test.result(None, CONSTANT) if constant else _silent(test, trainings)
        yielded = time.monotonic()
        yield result
        trainings.budget.deadline += time.monotonic() - yielded  # time of the caller does not count


@np.errstate(all="ignore")  # numbers may overflow; a training that does is reported as diverged
def _silent(test: QuickTest, trainings: ShortTrainings) -> QuickResult:
    return test.run(trainings)
