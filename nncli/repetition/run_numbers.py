"""All numbers of a run: rows, summary, evaluation and weights."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from nncli.arrays import Array
from nncli.errors import NncliError
from nncli.nn.network import Parameters
from nncli.settings import flatten
from nncli.store import Run
from nncli.store.run import CHECKPOINTS, EVALUATION, SUMMARY, CheckpointChoice
from nncli.store.settings import is_within_limits

Key: TypeAlias = tuple[str, str]  # a file of a run, and a dotted path or an array name in it
Nudge: TypeAlias = Callable[[Parameters], None]
# Evaluates a run on the part and checkpoint named in an eval.json, after nudging its weights if a nudge is given.
Evaluate: TypeAlias = Callable[[Run, Mapping[str, Any], Nudge | None], dict[str, Any]]

OF_SUMMARY = ("status", "epochs", "final", "best")
OF_EVALUATION = ("samples", "metrics", "baseline", "classes", "macro", "confusion")
NOT_REPEATED = ("seconds",)  # differs each time
CHECKPOINT_NAMES: tuple[CheckpointChoice, ...] = ("last", "best")
UNFINISHED = ("running", "lost", "failed")  # a summary would be from before the run was resumed


class RunNumbers(NamedTuple):
    """The numbers in the files of a run."""

    columns: dict[str, Array]  # of metrics.jsonl, by name, one number per epoch
    numbers: dict[Key, Any]  # of summary.json and eval.json
    weights: dict[Key, Array]  # of the checkpoints

    @property
    def epochs(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values()), ()))

    @property
    def last_epoch(self) -> int:
        """The epoch of the last row, -1 if there is none."""
        return int(self.columns["epoch"][-1]) if self.epochs else -1

    def checkpoint_epoch(self, file: str) -> int | None:
        """Return the number of epochs after which the weights in a file were saved, None if unknown or missing."""
        epoch = self.weights.get((file, "epoch"))
        return None if epoch is None or epoch.shape != () else int(epoch)


def read_run_numbers(run: Run, evaluation: Mapping[str, Any] | None) -> RunNumbers:
    """Read the numbers of a run; `evaluation` has the form of eval.json. Raises NncliError if a file cannot be read."""
    columns = {name: column for name, column in run.metrics().items() if name not in NOT_REPEATED}
    summary = {} if run.status in UNFINISHED else run.summary() or {}
    numbers = _numbers(SUMMARY, summary, OF_SUMMARY) | evaluation_numbers(evaluation or {})
    weights: dict[Key, Array] = {}
    for which in CHECKPOINT_NAMES:
        if run.has_checkpoint(which):
            file = f"{CHECKPOINTS}/{which}.npz"
            weights |= {(file, name): array for name, array in run.checkpoint(which).items()}
    return RunNumbers(columns, numbers, weights)


def evaluation_on_part(run: Run) -> dict[str, Any] | None:
    """Return the content of eval.json, None unless it is for a part of the experiment's data.

    Raises NncliError if the file is damaged.
    """
    evaluation = run.evaluation()
    if evaluation is None and (path := run.path / EVALUATION).is_file():
        raise NncliError("is damaged", place=str(path), hint=f"write it again: nncli eval {shlex.quote(str(run.path))}")
    if evaluation is None or evaluation.get("data") is not None or run.status in UNFINISHED:
        return None
    return evaluation


def evaluation_numbers(evaluation: Mapping[str, Any]) -> dict[Key, Any]:
    """Return the numbers of an evaluation in the form of eval.json."""
    return _numbers(EVALUATION, evaluation, OF_EVALUATION)


def _numbers(file: str, mapping: Mapping[str, Any], keys: tuple[str, ...]) -> dict[Key, Any]:
    """Return the numbers under these keys by file and dotted path, ignoring values that are too deep or too large."""
    selected = ({key: mapping[key]} for key in keys if key in mapping)
    return {(file, path): value for each in selected if is_within_limits(each) for path, value in flatten(each).items()}
