"""A training of a sweep with its attempts on workers."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from nncli import config
from nncli.cluster.attempts import Attempt
from nncli.errors import NncliError
from nncli.store import Run
from nncli.trials import Trial

DATA = "data"
MAX_KILLS = 3  # workers that a training may take along without progress


@dataclass(slots=True)
class Task:
    """A training with its current attempt; None while it waits for a worker."""

    trial: Trial
    attempt: Attempt | None = None
    attempts: int = 0
    host: str = ""  # of the last attempt, which may have a checkpoint there
    kills: int = 0  # of its workers, without progress in between
    _epoch: int = -1  # at the last of them

    def count_kill(self) -> bool:
        """Count the loss of a worker; return whether the training is to be given up."""
        epoch = self._last_epoch()
        self.kills = 1 if epoch > self._epoch else self.kills + 1
        self._epoch = epoch
        return self.kills >= MAX_KILLS

    def _last_epoch(self) -> int:
        """Return the last epoch in its run, as far as it is in the directory of the sweep."""
        with suppress(NncliError, OSError):
            assert self.trial.path is not None
            if (row := Run(self.trial.path).last_row()) is not None:
                return int(row["epoch"])
        return -1


def with_absolute_paths(trial: Trial) -> Trial:
    """Return a trial that does not depend on the current folder, to which paths in its changes are relative, too."""
    assert trial.path is not None
    trial = trial._replace(path=trial.path.absolute(), runs_dir=trial.runs_dir.absolute())
    if not any(change.partition("=")[0].split(".")[0] == DATA for change in trial.changes):
        return trial
    tree = config.with_overrides(config.read_saved(trial.config, "config.yaml"), trial.changes)
    return trial._replace(config=config.dump_tree(tree), changes=())
