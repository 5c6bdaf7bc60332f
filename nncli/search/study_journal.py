"""The trials of a sweep in a journal of Optuna, and its pruner."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from optuna.pruners import BasePruner
from optuna.storages import InMemoryStorage, JournalStorage
from optuna.storages.journal import BaseJournalBackend

from nncli.search.optuna_trials import OptunaTrials
from nncli.search.result import Reports, Result
from nncli.search.space import Settings, Space


class StudyJournal:
    """A study of Optuna, written to a new journal for programs such as optuna-dashboard."""

    def __init__(self, path: Path, space: Space, pruner: BasePruner | None, *, higher_is_better: bool) -> None:
        self._space = space
        self._pruner = pruner
        self._higher_is_better = higher_is_better
        storage = JournalStorage(_NewFile(path))
        self._trials = OptunaTrials(storage, space, higher_is_better=higher_is_better, name=path.parent.name)

    def begin(self, number: int, settings: Settings) -> None:
        """Add a running trial."""
        self._trials.begin(number, settings)

    def report(self, number: int, epoch: int, value: float) -> bool:
        """Add the objective of a running trial after a number of epochs; return whether to prune the trial."""
        return _decide(self._trials, self._pruner, number, epoch, value)

    def reports(self, number: int) -> Reports:
        """Return what a running trial has reported."""
        return self._trials.reports(number)

    def tell(self, number: int, result: Result) -> None:
        """Set the result of a running trial."""
        self._trials.tell(number, result)

    def restore(self, number: int, settings: Settings, result: Result) -> None:
        """Add an earlier trial, with what the pruner noted about it."""
        self._trials.add(number, settings, result, self._notes(settings, result))

    def _notes(self, settings: Settings, result: Result) -> dict[str, Any]:
        """Return what a pruner notes about a trial: it sees the reports again, without other trials."""
        if self._pruner is None or not result.reports:
            return {}
        alone = OptunaTrials(InMemoryStorage(), self._space, higher_is_better=self._higher_is_better)
        alone.begin(0, settings)
        for epoch, value in result.reports:
            _decide(alone, self._pruner, 0, epoch, value)
        return alone.study.get_trials(deepcopy=False)[0].system_attrs


def _decide(trials: OptunaTrials, pruner: BasePruner | None, number: int, epoch: int, value: float) -> bool:
    trial = trials.report(number, epoch, value)
    with np.errstate(invalid="ignore"):  # the median of infinite values is NaN, and prunes nothing
        return pruner is not None and pruner.prune(trials.study, trial)


class _NewFile(BaseJournalBackend):
    """A new file for the journal, without locks and syncs: only this process writes it, and a crash may damage it.

    Optuna's own backend takes 10 times as long. After an error the rest is not written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unread = list[dict[str, Any]]()
        self._complete = True
        with suppress(OSError):
            path.write_bytes(b"")

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        self._unread += logs
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs)
        try:
            if self._complete:
                with self._path.open("ab", buffering=0) as file:
                    self._complete = file.write(lines.encode()) == len(lines.encode())
        except OSError:
            self._complete = False

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        logs, self._unread = self._unread, []
        return iter(logs)
