"""How far a sweep has come, and its best trial so far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nncli.sweeps.plan import SweepPlan
from nncli.sweeps.records import TrialRecord


class Summary:
    """Counts of the trials that have ended, and the best one."""

    def __init__(self, plan: SweepPlan, trials: Iterable[TrialRecord] = ()) -> None:
        self.plan = plan
        self.counts = dict.fromkeys(("done", "diverged", "pruned", "failed"), 0)
        self.best: TrialRecord | None = None
        self._ended = dict[int, str]()
        for trial in trials:
            self.add(trial)

    def add(self, trial: TrialRecord) -> None:
        """Count a trial that has ended; one that has failed before and has ended again counts once."""
        seeds = len(self.plan.seeds)
        status = trial.status(seeds)
        if status == "open" or not self.plan.space.contains(trial.settings):
            return
        if before := self._ended.get(trial.number):
            self.counts[before] -= 1
        self._ended[trial.number] = status
        self.counts[status] += 1
        value, best = self.plan.objective_of(trial), self.plan.objective_of(self.best) if self.best else None
        if value is not None and self.plan.objective.monitor.better(value, best):
            self.best = trial

    @property
    def ended(self) -> int:
        """The number of trials that have ended."""
        return sum(self.counts.values())

    @property
    def complete(self) -> bool:
        """True once all trials have ended."""
        return self.ended >= self.plan.trials

    def as_dict(self) -> dict[str, Any]:
        """Return the summary for sweep.json."""
        best = self.best
        return {
            "trials": self.plan.trials,
            "seeds": len(self.plan.seeds),
            "sampler": self.plan.sampler.type,
            "objective": self.plan.objective.monitor.name,
            "counts": dict(self.counts),
            "best": best
            and {
                "trial": best.number,
                "objective": self.plan.objective_of(best),
                "settings": best.settings,
            },
        }
