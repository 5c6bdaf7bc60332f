"""The records of a sweep: its trials, their trainings and how these ended."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from nncli.search.result import Reports

TrainingStatus: TypeAlias = Literal["done", "diverged", "pruned", "failed"]
TrialStatus: TypeAlias = Literal["done", "diverged", "pruned", "failed", "open"]

WORST = math.inf  # the score of a training that diverged


class TrainingRecord(NamedTuple):
    """How the training of a trial with one seed ended; `objective` is None if it has no finite value."""

    seed: int
    run: str  # name of its folder
    status: TrainingStatus
    objective: float | None = None
    epochs: int = 0
    seconds: float = 0.0
    reason: str = ""
    reports: Reports = ()  # of the first seed, if there is a pruner

    @property
    def score(self) -> float | None:
        """The objective, infinity if the training diverged, None if it failed or was pruned."""
        return WORST if self.status == "diverged" else self.objective if self.status == "done" else None


@dataclass(slots=True)
class TrialRecord:
    """The settings of a trial, and its trainings by seed."""

    number: int
    settings: dict[str, Any]
    trainings: dict[int, TrainingRecord] = field(default_factory=dict)

    def status(self, seeds: int) -> TrialStatus:
        """Return how the trial ended: failed if any training did, diverged if its median did; open if it has not."""
        statuses = [training.status for training in self.trainings.values()]
        for ends in ("pruned", "failed"):
            if ends in statuses:
                return "pruned" if ends == "pruned" else "failed"
        if len(statuses) < seeds:
            return "open"
        return "done" if self.objective(seeds) is not None else "diverged"

    def objective(self, seeds: int, *, higher_is_better: bool = False) -> float | None:
        """Return the median over the seeds, None if it has none; a training that diverged is the worst."""
        scores = [-score if higher_is_better and math.isinf(score) else score for score in self.scores()]
        if len(scores) < seeds or len(scores) < len(self.trainings):
            return None
        value = median(scores)
        return value if math.isfinite(value) else None

    @property
    def reason(self) -> str:
        """Why it failed or diverged: the reason of the first training with one."""
        return next((each.reason for each in self.trainings.values() if each.reason and each.status != "done"), "")

    def scores(self) -> list[float]:
        """Return the objective of each training that ended, infinity if it diverged."""
        return [score for training in self.trainings.values() if (score := training.score) is not None]


def read_records(lines: Iterable[Mapping[str, Any]]) -> dict[int, TrialRecord]:
    """Return the trials of a journal by number; a later training with the same seed replaces an earlier one."""
    trials = dict[int, TrialRecord]()
    for line in lines:
        number = line["trial"]
        if "settings" in line:
            trials[number] = TrialRecord(number, line["settings"])
        elif number in trials:
            training = TrainingRecord(**{key: value for key, value in line.items() if key != "trial"})
            reports = tuple((epoch, math.nan if value is None else value) for epoch, value in training.reports)
            training = training._replace(reports=reports)
            trials[number].trainings[training.seed] = training
    return trials


def asked(trial: TrialRecord) -> dict[str, Any]:
    """Return the line of the journal for a new trial."""
    return {"trial": trial.number, "settings": trial.settings}


def ended(number: int, training: TrainingRecord) -> dict[str, Any]:
    """Return the line of the journal for a training that ended."""
    fields = training._asdict()
    if not training.reports:
        del fields["reports"]
    return {"trial": number, **fields}
