"""The interface to train trials, by which a sweep does not know whether they run on this machine or on others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

from nncli.trials.messages import Outcome, Progress, Trial, TrialStarted, Verdict
from nncli.trials.process_lock import ProcessLock

Message: TypeAlias = TrialStarted | Progress | Outcome


class Executor(Protocol):
    """Trains trials, several at a time. `Pool` does so on this machine."""

    @property
    def free(self) -> int:
        """The number of trials that can start now."""
        ...

    @property
    def running(self) -> int:
        """The number of trials that have started and not ended."""
        ...

    @property
    def ahead(self) -> int:
        """The number of trials that can be passed to `start` before they can start, because others are about to end."""
        ...

    def start(self, number: int, trial: Trial) -> None:
        """Start a trial."""
        ...

    def messages(self) -> list[tuple[int, Message]]:
        """Wait a moment for messages; return them with the numbers of their trials. An Outcome is the last one."""
        ...

    def reply(self, number: int, verdict: Verdict) -> None:
        """Answer a Progress."""
        ...

    def request_end(self) -> None:
        """Ask trials to save and end."""
        ...

    def close(self) -> None:
        """Ask trials to save and end, and wait for their end."""
        ...


class ExecutorOptions(NamedTuple):
    """The needs of a sweep: its directory, which holds the runs, and the options of `Pool`."""

    directory: Path
    logs: Path
    lock: ProcessLock
    warm: bool = False
    timeout: float | None = None


OpenExecutor: TypeAlias = Callable[[ExecutorOptions], Executor]
