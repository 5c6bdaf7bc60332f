"""Run the trials of a sweep: ask for settings, train, record, until none is left."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple

from nncli.errors import NncliError
from nncli.search.space import Settings
from nncli.sweeps.directory import SweepDirectory
from nncli.sweeps.events import SweepEvent, TrainingEnded, TrainingStarted, TrialEnded
from nncli.sweeps.journal import Journal
from nncli.sweeps.outcomes import one_line, run_name, training_record
from nncli.sweeps.plan import SweepPlan
from nncli.sweeps.records import TrialRecord, asked, ended
from nncli.sweeps.study import add_earlier, open_study, tell
from nncli.trials import (
    Executor,
    ExecutorOptions,
    Message,
    OpenExecutor,
    Outcome,
    ProcessLock,
    Progress,
    Trial,
    TrialStarted,
    Verdict,
    open_pool,
)

SYNC_AFTER = 2.0  # seconds: repeating a shorter training after a power failure costs less than syncing its files
ORPHAN_SECONDS = 30.0  # to wait for the trainings of a process that was killed
POLL = 0.05


class Task(NamedTuple):
    """A training to start: a trial and a seed."""

    trial: TrialRecord
    seed: int


class Coordinator:
    """Runs a sweep; iterate over `events` to run it.

    Trials whose results do not depend on others are not kept once they have ended, so that memory does not grow.
    """

    def __init__(
        self,
        directory: SweepDirectory,
        plan: SweepPlan,
        journal: Journal,
        environment: Mapping[str, Any],
        *,
        warm: bool = False,
        open_executor: OpenExecutor | None = None,
    ) -> None:
        self.directory = directory
        self.plan = plan
        self.workers = plan.workers  # the number of trainings at a time, which changes on a cluster
        self._journal = journal
        self._environment = environment
        self._warm = warm
        self._open_executor = open_executor or open_pool(plan.workers)
        self._tasks = deque[Task]()
        self._running = dict[int, Task]()
        self._numbers = count()  # of trainings in the pool
        self._stopping = False
        self._open = dict[int, TrialRecord]()
        self._asked = 0  # trials of the space so far
        self._next_number = 0
        self._candidates = count()
        self._known = set[str]()
        self._study = open_study(directory, plan)

    def restore(self, trials: dict[int, TrialRecord], *, retry_failed: bool) -> None:
        """Continue after earlier trials: finished ones in the space count, others are completed."""
        for trial in trials.values():
            self._next_number = max(self._next_number, trial.number + 1)
            self._known.add(_key(trial.settings))
            if not self.plan.space.contains(trial.settings):
                continue
            self._asked += 1
            if retry_failed:
                trial.trainings = {seed: each for seed, each in trial.trainings.items() if each.status != "failed"}
            add_earlier(self._study, trial, self.plan)
            if trial.status(len(self.plan.seeds)) == "open":
                self._open[trial.number] = trial
                self._tasks.extend(self._missing(trial))

    def events(self, stop: Callable[[], bool]) -> Iterator[SweepEvent]:
        """Run trials and yield what happens; once `stop` returns true, save the running trainings and end.

        Raises NncliError if the disk is full, if no process can be started, or if trainings of a killed process do not
        end.
        """
        lock = ProcessLock(self.directory.path)
        try:
            if self._wait_for(lock, stop):
                yield from self._run(stop, lock)
        finally:
            lock.close()

    def _wait_for(self, lock: ProcessLock, stop: Callable[[], bool]) -> bool:
        """Wait until the trainings of an earlier process, which was killed, have ended; return false after a stop."""
        give_up = time.monotonic() + ORPHAN_SECONDS
        while not lock.acquire():
            if stop():
                return False
            if time.monotonic() > give_up:
                hint = "wait until they end, or end them"
                raise NncliError("has trainings that still run", place=str(self.directory.path), hint=hint)
            time.sleep(POLL)
        return True

    def _run(self, stop: Callable[[], bool], lock: ProcessLock) -> Iterator[SweepEvent]:
        logs = self.directory.make_logs()
        options = ExecutorOptions(self.directory.path, logs, lock, self._warm, self.plan.sweep.timeout)
        pool = self._open_executor(options)
        received = list[tuple[int, Message]]()
        try:
            while True:
                if self._is_predetermined:  # the processes need not wait until the outcomes are recorded
                    self._start_tasks(pool, stop, ahead=True)
                for number, message in received:
                    yield from self._handle(number, message, pool)
                self._start_tasks(pool, stop)
                if not pool.running:
                    return
                self.workers = pool.free + pool.running
                received = pool.messages()
        finally:
            pool.close()
            with suppress(OSError):
                logs.rmdir()  # if it is empty

    @property
    def _is_predetermined(self) -> bool:
        """True if the next training does not depend on the outcomes of earlier ones."""
        return not self.plan.sampler.learns and self.plan.sweep.pruner is None and self.plan.sweep.seeds == 1

    def _start_tasks(self, pool: Executor, stop: Callable[[], bool], *, ahead: bool = False) -> None:
        """Start trainings in the free processes, or `ahead`; once `stop` returns true, end the running ones instead."""
        if stop() and not self._stopping:
            self._stopping = True
            pool.request_end()
        while not self._stopping and (pool.free or (ahead and pool.ahead)) and (task := self._next_task()) is not None:
            number = next(self._numbers)
            self._running[number] = task
            pool.start(number, self._trial(task))

    def _next_task(self) -> Task | None:
        """Return the next training: of a trial that has begun, or the first of a new trial."""
        if not self._tasks and self._asked < self.plan.trials and (settings := self._new_settings()) is not None:
            trial = TrialRecord(self._next_number, settings)
            self._next_number += 1
            self._asked += 1
            self._open[trial.number] = trial
            self._journal.append(asked(trial))
            self._study.begin(trial.number, trial.settings)
            self._tasks.extend(self._missing(trial))
        return self._tasks.popleft() if self._tasks else None

    def _missing(self, trial: TrialRecord) -> list[Task]:
        """Return the trainings that a trial still needs; with a pruner, first the one that it decides on."""
        tasks = [Task(trial, seed) for seed in self.plan.seeds if seed not in trial.trainings]
        decides = self.plan.sweep.pruner is not None and self.plan.first_seed not in trial.trainings
        return tasks[:1] if decides else tasks

    def _new_settings(self) -> Settings | None:
        """Return the settings of a new trial; None if a grid has no further point."""
        if self.plan.sampler.type != "grid":
            return self._study.ask(self._next_number)
        for candidate in self._candidates:
            if candidate >= (self.plan.space.size or 0):
                return None
            settings = self.plan.space.point(candidate)
            if not self._known or _key(settings) not in self._known:
                return settings
        return None

    def _trial(self, task: Task) -> Trial:
        """Return the training to run in a process."""
        run = self.directory.path / run_name(task.trial.number, task.seed)
        changes = self.plan.changes(task.trial.settings, task.seed)
        objective = self.plan.objective
        if task.seed != self.plan.first_seed:
            objective = objective._replace(reports=())
        arguments = (self.plan.base, self.directory.path, sys.argv, changes, run, objective)
        return Trial(*arguments, environment=self._environment, sync_after=SYNC_AFTER)

    def _handle(self, number: int, message: Message, pool: Executor) -> Iterator[SweepEvent]:
        task = self._running[number]
        if isinstance(message, TrialStarted):
            yield TrainingStarted(task.trial, task.seed, message.path)
        elif isinstance(message, Progress):
            pool.reply(number, Verdict(self._study.report(task.trial.number, message.epoch, message.value)))
        else:
            del self._running[number]
            if message.disk_full:  # so would be the next trainings; this one is completed when the sweep continues
                hint = "free some space, then continue the sweep"
                raise NncliError(one_line(message.reason), place=run_name(task.trial.number, task.seed), hint=hint)
            if message.status != "stopped":  # a stopped one is completed when the sweep continues
                yield from self._training_ended(task, message)

    def _training_ended(self, task: Task, outcome: Outcome) -> Iterator[SweepEvent]:
        trial = task.trial
        first = task.seed == self.plan.first_seed
        training = training_record(
            task.trial.number, task.seed, outcome, self._study.reports(trial.number) if first else ()
        )
        trial.trainings[task.seed] = training
        self._journal.append(ended(trial.number, training))
        yield TrainingEnded(trial, training)
        if trial.status(len(self.plan.seeds)) != "open" and not any(
            other.trial is trial for other in self._running.values()
        ):
            if len(trial.trainings) < len(self.plan.seeds):  # pruned or failed before its last seed
                self._tasks = deque(other for other in self._tasks if other.trial is not trial)
            self._open.pop(trial.number, None)
            tell(self._study, trial, self.plan)
            yield TrialEnded(trial)
        elif first and self.plan.sweep.pruner is not None:
            self._tasks.extendleft(reversed(self._missing(trial)))


def _key(settings: Settings) -> str:
    return json.dumps(settings, sort_keys=True)
