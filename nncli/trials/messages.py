"""The messages between a process that trains trials and its parent process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nncli.trials.objective import Objective

if TYPE_CHECKING:
    from nncli.diagnosis.goal import Goal

END = "end"  # the message that asks a process to save its training and end


class Trial(NamedTuple):
    """An experiment to train: its YAML with all paths absolute, overrides, and the folder for its run.

    With `path`, the run is this directory, and is resumed if it exists.
    """

    config: str
    runs_dir: Path
    command: list[str]
    changes: tuple[str, ...] = ()
    path: Path | None = None
    objective: Objective | None = None
    environment: Mapping[str, Any] | None = None  # provenance for run.json, collected once for all trials
    sync_after: float = 0.0  # seconds of training before its files are synced to disk
    probes: bool = False
    waits: bool = True  # for a Verdict after each Progress; otherwise one may come at any time
    warn: bool = False  # about what the experiment and its data show
    diagnose: bool = False  # the run, and write diagnosis.json
    goal: Goal | None = None  # at which training ends early


class TrialStarted(NamedTuple):
    """The message that a trial has created its run."""

    path: Path


class Progress(NamedTuple):
    """The objective after a number of epochs; if the trial waits, the answer is a Verdict."""

    epoch: int
    value: float


class Finishing(NamedTuple):
    """The message that the last epoch of a trial is over and its files are being written."""


class Verdict(NamedTuple):
    """The answer to a Progress: the reason to end the training now, empty to continue."""

    prune: str = ""


class Judgement(NamedTuple):
    """The judgement on a network: if it has reached its goal, and the fraction of the variance left unexplained.

    The fraction is that of validation samples if there are any.
    """

    learned: bool
    unexplained: float


class Outcome(NamedTuple):
    """The outcome of a trial; the path is None if it ended before its run was created."""

    path: Path | None
    exit_code: int
    status: str
    reason: str
    metrics: dict[str, float]  # at the end, as in summary.json
    warnings: tuple[str, ...] = ()  # about the training samples
    objective: float | None = None
    epochs: int = 0
    seconds: float = 0.0
    disk_full: bool = False  # that is why it failed
    diagnosis: str = ""  # a line about a run that has not learned well
    judgement: Judgement | None = None  # of a trial with a goal
