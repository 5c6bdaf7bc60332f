"""Read a run directory: provenance, status, metrics and checkpoints."""

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
VERDICTS = ("healthy", "learns_badly", "does_not_learn", "diverged")

CONFIG = "config.yaml"
RUN_INFO = "run.json"
METRICS = "metrics.jsonl"
SUMMARY = "summary.json"
EVALUATION = "eval.json"
DIAGNOSIS = "diagnosis.json"
RESULTS = (SUMMARY, EVALUATION, DIAGNOSIS)  # of the last weights
PROBES = "probes.jsonl"
CHECKPOINTS = "checkpoints"
SNAPSHOTS = "checkpoints/snapshots.npz"


def checkpoint_path(run: Path, which: CheckpointChoice) -> Path:
    """Return the path of a run's last or best checkpoint."""
    return run / CHECKPOINTS / f"{which}.npz"


@dataclass(frozen=True, slots=True)
class Run:
    """One run. Every call reads its files again, because training may still be writing them."""

    path: Path

    @property
    def name(self) -> str:
        """The name by which commands find the run: `sine/20250131-142501-9f3c`."""
        path = self.path.resolve()
        return run_names.normalize(f"{path.parent.name}/{path.name}")

    def info(self) -> dict[str, Any]:
        """Return the content of run.json; empty if it is missing or damaged. Raises NncliError for another format."""
        return read_json(self.path / RUN_INFO) or {}

    @property
    def status(self) -> str:
        """Running, done, stopped, diverged or failed; lost if its process ended without recording how."""
        status = self.info().get("status")
        if status == "running":
            if self._is_locked():
                return "running"
            status = self.info().get("status")  # it may have ended between reading run.json and checking the lock
        return status if status in ENDED else "lost"

    def _is_locked(self) -> bool:
        try:
            return is_locked(self.path / METRICS)
        except (FileNotFoundError, NotAFile):
            return False
        except OSError:
            return True  # on a file system without locks, rely on run.json

    def config_text(self) -> str:
        """Return the text of the resolved experiment file. Raises NncliError if it cannot be read."""
        path = self.path / CONFIG
        try:
            text = read_file(path)
            if text is None:
                raise NncliError(f"{TOO_LARGE}, so nncli did not write it", place=str(path))
            return text.decode()
        except OSError as error:
            raise os_error("be read", path, error) from error
        except UnicodeDecodeError as error:
            raise NncliError("is not UTF-8 text", place=str(path)) from error

    def nearby_files(self) -> dict[str, str]:
        """Map each data file named in config.yaml to its current path relative to the run."""
        return nearby_paths(self.path, self.info())

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of metrics.jsonl so far. Raises NncliError if one is damaged or the file cannot be read."""
        return list(read_rows(self.path / METRICS))

    def metrics(self) -> dict[str, NDArray[float64]]:
        """Return one float64 array per metric, with NaN for null. Raises NncliError as `rows` does."""
        return read_columns(self.path / METRICS)

    def last_row(self) -> dict[str, Any] | None:
        """Return the newest row without reading the others, None if the run has no row yet."""
        return last_row(self.path / METRICS)

    def summary(self) -> dict[str, Any] | None:
        """Return the content of summary.json; None if the run has none yet. Raises NncliError for another format."""
        return read_json(self.path / SUMMARY)

    def evaluation(self) -> dict[str, Any] | None:
        """Return the content of eval.json; None if the run has none. Raises NncliError for another format."""
        return read_json(self.path / EVALUATION)

    def verdict(self) -> str | None:
        """Return the verdict in diagnosis.json; None if the run has none. Raises NncliError for another format."""
        verdict = (read_json(self.path / DIAGNOSIS) or {}).get("verdict")
        return verdict if verdict in VERDICTS else None

    def has_checkpoint(self, which: CheckpointChoice) -> bool:
        """Return whether the last or best checkpoint was saved."""
        return checkpoint_path(self.path, which).is_file()

    def checkpoint(self, which: CheckpointChoice) -> dict[str, Array]:
        """Return the arrays of the last or best checkpoint. Raises NncliError if there is none."""
        if self.has_checkpoint(which):
            return load_arrays(checkpoint_path(self.path, which))
        if self.has_checkpoint("last"):
            hint = "use --checkpoint last; the best epoch is saved only if the data have a validation part"
            raise NncliError("has no best checkpoint, only the last", place=str(self.path), hint=hint)
        if self.has_checkpoint("best"):
            hint = "use --checkpoint best"
            raise NncliError("has no last checkpoint, only the best", place=str(self.path), hint=hint)
        if self.status == "running":
            hint = "wait a little: the first checkpoint is saved after 10 seconds, or when training ends"
        else:
            hint = f"train it again: nncli train {shlex.quote(str(self.path / CONFIG))}"
        raise NncliError("has no checkpoint", place=str(self.path), hint=hint)


def read_json(path: Path) -> dict[str, Any] | None:
    """Return the content of a JSON file, None if it is missing or damaged, so that one bad run does not stop a list."""
    try:
        text = read_file(path)
        if text is None:
            return None
        content = json.loads(text, parse_float=_finite, parse_int=_integer, parse_constant=_finite)
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    check_format(content.get(KEY), path)
    return content


def _finite(text: str) -> float:
    if not isfinite(number := float(text)):
        raise ValueError("not a number in the range of a float")
    return number


def _integer(text: str) -> int:
    _finite(text)
    return int(text)
