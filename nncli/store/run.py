"""A run directory as it is read: by whom it was made, how it went and what it left."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from nncli import run_names
from nncli.errors import NncliError
from nncli.file_limits import TOO_LARGE, read_file
from nncli.store.arrays import load_arrays
from nncli.store.atomic import os_error
from nncli.store.data_files import nearby_paths
from nncli.store.format import KEY, check_format
from nncli.store.metrics_columns import read_columns
from nncli.store.metrics_rows import last_row, read_rows
from nncli.system import NotAFile, is_locked

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    from nncli.arrays import Array

CheckpointChoice: TypeAlias = Literal["last", "best"]
ENDED = ("done", "stopped", "diverged", "failed")

CONFIG = "config.yaml"
RUN_INFO = "run.json"
METRICS = "metrics.jsonl"
SUMMARY = "summary.json"
EVALUATION = "eval.json"
CHECKPOINTS = "checkpoints"
SNAPSHOTS = "checkpoints/snapshots.npz"


def checkpoint_path(run: Path, which: CheckpointChoice) -> Path:
    """Where a run keeps its last or its best weights."""
    return run / CHECKPOINTS / f"{which}.npz"


@dataclass(frozen=True, slots=True)
class Run:
    """One run, read anew at every call, since it may still be going on."""

    path: Path

    @property
    def name(self) -> str:
        """Its name among the runs: `sine/20250131-142501-9f3c`."""
        path = self.path.resolve()
        return run_names.normalized(f"{path.parent.name}/{path.name}")

    def info(self) -> dict[str, Any]:
        """Return the content of run.json; empty if it is missing or damaged. Raises NncliError for another format."""
        return _json(self.path / RUN_INFO) or {}

    @property
    def status(self) -> str:
        """Whether it is running, done, stopped, diverged or failed; lost where it ended without a word."""
        status = self.info().get("status")
        if status == "running":
            if self._held():
                return "running"
            status = self.info().get("status")  # it may have ended between the two looks
        return status if status in ENDED else "lost"

    def _held(self) -> bool:
        try:
            return is_locked(self.path / METRICS)
        except (FileNotFoundError, NotAFile):
            return False
        except OSError:
            return True  # nobody can tell here, so the word of run.json stands

    def config_text(self) -> str:
        """The resolved experiment file. Raises NncliError where it cannot be read."""
        path = self.path / CONFIG
        try:
            text = read_file(path)
            if text is None:
                raise NncliError(f"{TOO_LARGE}, and none that nncli wrote", place=str(path))
            return text.decode()
        except OSError as error:
            raise os_error("be read", path, error) from error
        except UnicodeDecodeError as error:
            raise NncliError("is not UTF-8 text", place=str(path)) from error

    def nearby_files(self) -> dict[str, str]:
        """Return each file of its data as config.yaml names it, with the path at which it lies from the run now."""
        return nearby_paths(self.path, self.info())

    def rows(self) -> list[dict[str, Any]]:
        """The rows written so far. Raises NncliError where one is damaged or they cannot be read."""
        return list(read_rows(self.path / METRICS))

    def metrics(self) -> dict[str, NDArray[float64]]:
        """The metrics as one array of float64 a name, with NaN for null. Raises as `rows`."""
        return read_columns(self.path / METRICS)

    def last_row(self) -> dict[str, Any] | None:
        """The newest row, at the same small cost however long the run is; None where there is none."""
        return last_row(self.path / METRICS)

    def summary(self) -> dict[str, Any] | None:
        """Return the content of summary.json; None if the run has none yet. Raises NncliError for another format."""
        return _json(self.path / SUMMARY)

    def evaluation(self) -> dict[str, Any] | None:
        """Return the content of eval.json; None if the run has none. Raises NncliError for another format."""
        return _json(self.path / EVALUATION)

    def has_checkpoint(self, which: CheckpointChoice) -> bool:
        """Whether the last or the best weights were saved."""
        return checkpoint_path(self.path, which).is_file()

    def checkpoint(self, which: CheckpointChoice) -> dict[str, Array]:
        """The last or the best weights and all that belongs to them. Raises NncliError where there are none."""
        if self.has_checkpoint(which):
            return load_arrays(checkpoint_path(self.path, which))
        if self.has_checkpoint("last"):
            hint = "the best is kept where there is validation data; the last weights are there: --checkpoint last"
            raise NncliError("has no best checkpoint, only the last", place=str(self.path), hint=hint)
        if self.has_checkpoint("best"):
            raise NncliError("has no last checkpoint, only the best", place=str(self.path), hint="--checkpoint best")
        if self.status == "running":
            hint = "a run is saved every 10 seconds and when it ends"
        else:
            hint = f"train it again: nncli train {shlex.quote(str(self.path / CONFIG))}"
        raise NncliError("has no checkpoint", place=str(self.path), hint=hint)


def _json(path: Path) -> dict[str, Any] | None:
    """Return a JSON file of ours, or None: runs are listed whatever is wrong with one of them."""
    try:
        text = read_file(path)
        if text is None:
            return None
        found = json.loads(text, parse_float=_finite, parse_int=_whole, parse_constant=_finite)
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    check_format(found.get(KEY), path)
    return found


def _finite(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError("a number that no float holds")
    return number


def _whole(text: str) -> int:
    _finite(text)
    return int(text)
