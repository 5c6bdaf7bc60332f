"""A scheduler and workers of Dask in processes of their own, as on other machines."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.cli.program import PATIENCE, Program, wait_until

DASK = [sys.executable, "-m", "dask"]
# The worker sees empty folders in the place of the runs and of the data, and has little space for its own files.
ALONE = """\
mount -t tmpfs none "$0/runs" && mount -t tmpfs none "$0/data" && mount -t tmpfs -o size=SPACE none "$1" || exit 1
shift && exec "$@"
"""


class DaskProcesses:
    """A scheduler and workers, each in its own session."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.workers = list[subprocess.Popen[str]]()
        self._logs = 0
        self._processes = list[subprocess.Popen[str]]()
        self.scheduler = self._start(
            [*DASK, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"], program.folder
        )
        log = self._log()
        match = wait_until(lambda: re.search(r"Scheduler at:\s+(tcp://\S+)", log.read_text()), "the scheduler")
        self.address = match[1]

    def start_worker(
        self, *options: str, alone: bool = False, space: str = "100m", **environment: str
    ) -> subprocess.Popen[str]:
        """Start a worker in a folder of its own; `alone`: without runs and data, with some space for its files."""
        folder = self.program.folder / f"worker-{len(self.workers)}"
        scratch = folder if alone else self.program.folder / "scratch"
        folder.mkdir(exist_ok=True)
        command = [*DASK, "worker", self.address, "--nthreads", "1", "--no-dashboard", *options]
        command += ["--local-directory", str(scratch)]
        if alone:
            for name in ("runs", "data"):
                (self.program.folder / name).mkdir(exist_ok=True)
            script = ALONE.replace("SPACE", space)
            command = ["unshare", "--mount", "sh", "-c", script, str(self.program.folder), str(folder), *command]
        worker = self._start(command, folder, **environment)
        self.workers.append(worker)
        return worker

    def end(self) -> None:
        """Kill all processes with their agents and trainings."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)

    def _start(self, command: list[str], folder: Path, **environment: str) -> subprocess.Popen[str]:
        self._logs += 1
        env = self.program.environment(PYTHONWARNINGS="default", **environment)
        with self._log().open("w") as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        self._processes.append(process)
        return process

    def _log(self) -> Path:
        return self.program.folder / f"dask-{self._logs}.log"


@contextmanager
def dask_processes(program: Program) -> Iterator[DaskProcesses]:
    """Start a scheduler; end it and its workers at the end of the block."""
    processes = DaskProcesses(program)
    try:
        yield processes
    finally:
        processes.end()
