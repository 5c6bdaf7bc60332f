"""How far a sweep has come, in words: counts, the best trial, the running ones and the time left."""

from __future__ import annotations

import time
from collections import deque
from statistics import median
from typing import NamedTuple

from nncli.escaping import printable
from nncli.number_format import format_number
from nncli.render.sweep_plan import duration
from nncli.sweeps.events import SweepEvent, TrainingEnded, TrainingStarted
from nncli.sweeps.plan import SweepPlan
from nncli.sweeps.summary import Summary

RECENT = 100  # trainings that predict the duration of the next ones


class Running(NamedTuple):
    """A training that is running."""

    trial: int
    seed: int


class SweepState:
    """The summary of a sweep and its running trainings."""

    def __init__(self, plan: SweepPlan) -> None:
        self.plan = plan
        self.summary = Summary(plan)
        self.workers = plan.workers
        self.running = dict[Running, float]()  # the start of each
        self._durations = deque[float](maxlen=RECENT)

    def update(self, summary: Summary, workers: int) -> None:
        """Take the current summary, and the number of trainings at a time."""
        self.summary, self.workers = summary, workers

    def add(self, event: SweepEvent) -> None:
        """Follow a training from its start to its end."""
        if isinstance(event, TrainingStarted):
            self.running[Running(event.trial.number, event.seed)] = time.monotonic()
        elif isinstance(event, TrainingEnded):
            start = self.running.pop(Running(event.trial.number, event.training.seed), None)
            if start is not None:
                self._durations.append(time.monotonic() - start)

    def seconds_left(self) -> float | None:
        """Return the time left, from the median duration of trainings, None before the first has ended."""
        missing = (self.plan.trials - self.summary.ended) * len(self.plan.seeds)
        if not self._durations or missing <= 0:
            return None
        typical, now = median(self._durations), time.monotonic()
        begun = sum(min(now - start, typical) for start in self.running.values())
        return max(typical * missing - begun, 0.0) / min(self.workers, missing)

    def remaining_text(self) -> str:
        """Return the time left as text, empty if it is unknown."""
        seconds = self.seconds_left()
        return "" if seconds is None else f"{duration(max(seconds, 1))} left"


def counts_text(state: SweepState) -> str:
    """Return how many trials have ended, and how: `12 of 27 trials: 11 done, 1 failed`."""
    summary = state.summary
    counts = ", ".join(f"{number} {status}" for status, number in summary.counts.items() if number)
    return f"{summary.ended} of {state.plan.trials} trials" + (f": {counts}" if counts else "")


def best_text(state: SweepState) -> str:
    """Return the best value so far and its trial, empty before the first."""
    best, plan = state.summary.best, state.plan
    value = plan.objective_of(best) if best else None
    if best is None or value is None:
        return ""
    return f"best {plan.objective.monitor.name} {format_number(value)} in trial {best.number}"


def best_setting(state: SweepState) -> str:
    """Return the setting of the best trial."""
    best = state.summary.best
    return printable(state.plan.text(best.settings)) if best else ""


def running_text(state: SweepState) -> str:
    """Return the trials that are running, each with its seed if it has several."""
    several = len(state.plan.seeds) > 1
    names = [f"{each.trial} (seed {each.seed})" if several else str(each.trial) for each in state.running]
    return f"running {', '.join(names)}" if names else ""
