"""The directory of a sweep: its experiment, its journal, its state and its runs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nncli import run_names, store
from nncli.errors import UsageError
from nncli.store.atomic import os_error, write_json, write_text
from nncli.store.directory import SWEEP_INFO, SWEEP_JOURNAL, SWEEP_PREFIX, is_sweep, new_directory
from nncli.store.format import FORMAT, KEY
from nncli.store.sweep_state import sweep_info, sweep_status
from nncli.sweeps.journal import read_journal
from nncli.sweeps.records import TrialRecord, read_records

SPEC = "sweep.yaml"
STUDY = "optuna.journal"
LOGS = "logs"


if TYPE_CHECKING:
    from nncli.config import Tree


@dataclass(frozen=True, slots=True)
class SweepDirectory:
    """One sweep. Every call reads its files again, because they may still grow."""

    path: Path

    @classmethod
    def new(cls, runs_dir: Path, name: str) -> SweepDirectory:
        """Create a directory, which commands find once spec and info are written. Raises NncliError if that fails."""
        return cls(new_directory(runs_dir, name, SWEEP_PREFIX))

    @property
    def name(self) -> str:
        """The name by which commands find the sweep: `sine/sweep-20250131-142501-9f3c`."""
        path = self.path.resolve()
        return run_names.normalize(f"{path.parent.name}/{path.name}")

    @property
    def journal(self) -> Path:
        """The path of the journal."""
        return self.path / SWEEP_JOURNAL

    def spec(self) -> str:
        """Return the text of sweep.yaml. Raises NncliError if it cannot be read."""
        path = self.path / SPEC
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise os_error("be read", path, error) from error

    def remove_unused(self) -> None:
        """Remove the directory of a sweep that could not be started."""
        with suppress(OSError):
            for file in self.path.iterdir():
                file.unlink()
            self.path.rmdir()

    def write_spec(self, text: str) -> None:
        """Write sweep.yaml. Raises NncliError if that fails."""
        write_text(self.path / SPEC, text)

    def make_logs(self) -> Path:
        """Create the folder for messages of processes, and remove the empty files of processes that were killed."""
        logs = self.path / LOGS
        try:
            logs.mkdir(exist_ok=True)
        except OSError as error:
            raise os_error("be created", logs, error) from error
        for log in logs.iterdir():
            with suppress(OSError):
                if log.stat().st_size == 0:
                    log.unlink()
        return logs

    def tree(self) -> Tree:
        """Return sweep.yaml as an unchecked tree. Raises NncliError if it cannot be read."""
        from nncli import config  # reads YAML, which lists of runs do not need

        return config.read_saved(self.spec(), str(self.path / SPEC))

    def info(self) -> dict[str, Any]:
        """Return the content of sweep.json; empty if it is missing or damaged. Raises NncliError for another format."""
        return sweep_info(self.path)

    def write_info(self, info: Mapping[str, Any]) -> None:
        """Write sweep.json. Raises NncliError if that fails."""
        write_json(self.path / SWEEP_INFO, {KEY: FORMAT, **info})

    @property
    def status(self) -> str:
        """Running, done, stopped or failed; lost if its process ended without recording how."""
        return sweep_status(self.path)

    def trials(self) -> dict[int, TrialRecord]:
        """Return the trials so far, by number. Raises NncliError if the journal is damaged."""
        return read_records(read_journal(self.journal))

    def run(self, name: str) -> store.Run:
        """Return a run of the sweep by the name of its folder."""
        return store.Run(self.path / name)


def find_sweep(runs_dir: Path, reference: str) -> SweepDirectory:
    """Return the sweep with this path or (part of a) name, or the newest for `latest`. Raises UsageError."""
    with suppress(OSError, ValueError):
        if reference and is_sweep(Path(reference)):
            return SweepDirectory(Path(reference))
    sweeps = list(map(SweepDirectory, store.list_sweeps(runs_dir)))
    matches = [sweep for sweep in sweeps if reference == "latest" or reference.strip("/") in sweep.name]
    if not matches:
        hint = f"the newest sweep is {sweeps[0].name}" if sweeps else "start one with nncli sweep"
        raise UsageError(f"matches no sweep in {runs_dir}", place=reference or '""', hint=hint)
    if len(matches) > 1 and reference != "latest":
        names = ", ".join(sweep.name for sweep in matches[:5])
        raise UsageError(f"matches {len(matches)} sweeps in {runs_dir}", place=reference, hint=f"choose one of {names}")
    return matches[0]
