"""Train variants of an experiment side by side within a budget of time, each training in its own process."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from nncli.diagnosis.goal import Goal
from nncli.errors import NncliError
from nncli.remedies.race import SEEDS, Entry, Race
from nncli.store.atomic import os_error
from nncli.trials import Outcome, Pool, ProcessLock, Trial

TRAININGS = 40  # that should fit into the budget, if each takes all its epochs
HEALTHY_TRAININGS = 10  # the same if the experiment is expected to need no mending
LATE_TRAININGS = 80  # the same if none may end before: their processes and wider variants also take time
SYNC_AFTER = 60.0  # seconds: what a power failure loses is trained again
GRACE = 0.03  # of the budget, which processes have to end after its time is over
POLL = 0.05
SEED = "-seed"  # in the name of a run, between the number of the variant and the seed


@dataclass(frozen=True)
class Base:
    """The experiment to vary, as YAML with absolute paths, and the overrides that all its trainings have."""

    config: str
    overrides: tuple[str, ...] = ()


def epoch_limit(seconds_per_epoch: float, budget: float, trainings: int) -> int:
    """Return the number of epochs of each training, so that this many fit into the budget; at least 1."""
    return max(int(budget * workers() / trainings / max(seconds_per_epoch, 1e-9)), 1)


class Tries:
    """Trains the variants of a race; iterate over `run` to do so.

    Each training is a run in `directory`, from which the runs of earlier tries are removed first. Raises NncliError if
    another process uses it, and if it is a link, which a stranger may have made.
    """

    def __init__(self, base: Base, race: Race, goal: Goal, directory: Path, environment: dict[str, Any]) -> None:
        self.race = race
        self.directory = directory
        self.workers = workers()
        self._base = base
        self._goal = goal
        self._environment = environment

    def run(self, deadline: float, grace: float, stop: Callable[[], bool]) -> Iterator[None]:
        """Train until the race or the time is over, or `stop` returns true; yield now and then.

        `deadline` is a time of `time.monotonic`, after which processes have `grace` seconds to end.
        """
        lock = self._lock()
        try:
            pool, numbers = Pool(self.workers, lock=lock), count()
            running = dict[int, tuple[Entry, int]]()
            try:
                while time.monotonic() < deadline and not stop():
                    while pool.free and (task := self.race.next()) is not None:
                        number = next(numbers)
                        running[number] = task
                        pool.start(number, self._trial(*task))
                    if not pool.running:
                        return
                    seconds = min(POLL, max(deadline - time.monotonic(), 0.0))
                    for number, message in pool.messages(seconds):
                        if isinstance(message, Outcome):
                            self._record(*running.pop(number), message)
                    yield
            finally:
                pool.close(grace)
        finally:
            lock.close()

    def _lock(self) -> ProcessLock:
        """Lock the directory, and remove the runs of earlier tries."""
        if self.directory.is_symlink():
            raise NncliError("is a link", place=str(self.directory), hint="remove it")
        try:
            self.directory.mkdir(exist_ok=True)
            lock = ProcessLock(self.directory)
            if not lock.acquire():
                lock.close()
                raise NncliError("another process tries changes of this run", place=str(self.directory.parent))
            for path in self.directory.glob(f"*{SEED}*"):
                shutil.rmtree(path)
        except OSError as error:
            raise os_error("be written", self.directory, error) from error
        return lock

    def _trial(self, entry: Entry, seed: int) -> Trial:
        number = 0 if entry is self.race.unchanged else 1 + self.race.entries.index(entry)
        changes = (*self._base.overrides, *entry.variant.overrides, f"seed={seed}")
        path = self.directory / f"{number:02d}{SEED}{seed}"
        goal = self._goal
        if entry.started > SEEDS // 2:  # in the last round, see whether a network that is good stays so
            goal = goal._replace(earliest=goal.epochs)
        arguments = (self._base.config, self.directory, sys.argv, changes, path)
        return Trial(*arguments, environment=self._environment, sync_after=SYNC_AFTER, goal=goal)

    def _record(self, entry: Entry, seed: int, outcome: Outcome) -> None:
        if outcome.disk_full:
            raise NncliError(outcome.reason, place=str(self.directory), hint="free some space, then try again")
        judgement = outcome.judgement
        if judgement is None:
            self.race.add_crash(entry, seed, outcome.reason.splitlines()[0] if outcome.reason else outcome.status)
        else:
            self.race.add(entry, seed, epochs=outcome.epochs, **judgement._asdict())


def workers() -> int:
    """Return the number of trainings at a time: one a core that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
