"""The events of a sweep."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, TypeAlias

from nncli.sweeps.records import TrainingRecord, TrialRecord


class TrainingStarted(NamedTuple):
    """A training of a trial has created its run."""

    trial: TrialRecord
    seed: int
    run: Path


class TrainingEnded(NamedTuple):
    """A training has ended and is in the journal."""

    trial: TrialRecord
    training: TrainingRecord


class TrialEnded(NamedTuple):
    """All trainings of a trial have ended."""

    trial: TrialRecord


SweepEvent: TypeAlias = TrainingStarted | TrainingEnded | TrialEnded
