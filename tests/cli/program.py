"""The installed command, run as its users run it: in a process of its own, whose environment holds nothing of ours."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import typer

import nncli
from nncli.cli.app import app
from nncli.store import Run
from tests import kernels

PATIENCE = 60.0  # seconds until a test gives up; none waits for longer than it must
SCRIPT = Path(sys.executable).with_name("nncli")
COMMAND = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "nncli"]

TINY = """\
name: tiny
data: {type: sine, samples: 20}
layers: [{type: dense, units: 4, activation: tanh}, {type: dense, units: 1}]
loss: mse
train: {epochs: 12}
"""
ENDLESS = TINY.replace("epochs: 12", "epochs: 1000000000")
# An epoch of half a million steps: longer than any test waits for it.
SLOW = TINY.replace("samples: 20", "samples: 500000").replace("epochs: 12", "epochs: 3, batch_size: 1")


class CompletedCommand(NamedTuple):
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """What it printed, line by line."""
        return self.out.splitlines()

    @property
    def err_without_speed(self) -> str:
        """What it said on stderr, without what hangs on the machine's speed."""
        return without_speed(self.err)


class RunningCommand:
    """A command under way, which does not wait for anything on standard input."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def line(self) -> str:
        """The next line of its stdout."""
        assert self.process.stdout
        return self.process.stdout.readline()

    def signal(self, number: int, *, group: bool = False) -> None:
        """Sends a signal to the process, or to all of its group, as a terminal does."""
        os.killpg(self.process.pid, number) if group else self.process.send_signal(number)

    def end(self) -> CompletedCommand:
        """Waits until it has ended; gives what it said since."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return CompletedCommand(self.process.returncode, out, err)


class Program:
    """The command in a folder of its own, where also its runs are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.runs_dir = folder / "runs"
        self.write("tiny.yaml", TINY)

    def write(self, name: str, text: str) -> str:
        """Writes a file beside the runs and returns its name."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def environment(self, **changes: str) -> dict[str, str]:
        """Return what the command sees; any warning is an error, and kernels are those of this process."""
        return {
            "PATH": f"{Path(COMMAND[0]).parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(Path(nncli.__file__).parents[1]),
            "PYTHONWARNINGS": "error",
            "NNCLI_RUNS_DIR": "runs",
            **kernels.environment(),
            **changes,
        }

    def __call__(self, *arguments: object, stdin: str = "", **environment: str) -> CompletedCommand:
        """Runs the command with arguments."""
        return self.run([*COMMAND, *map(str, arguments)], stdin, **environment)

    def shell(self, script: str, **environment: str) -> CompletedCommand:
        """Runs a line of bash, in which `nncli` is the command."""
        return self.run(["bash", "-c", script], "", **environment)

    def run(self, command: list[str], stdin: str = "", **environment: str) -> CompletedCommand:
        """Runs any command."""
        env = self.environment(**environment)
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        return CompletedCommand(done.returncode, done.stdout, done.stderr)

    @contextmanager
    def start(self, *arguments: object, before: Sequence[str] = (), **environment: str) -> Iterator[RunningCommand]:
        """Starts the command in a process group of its own, as a shell does; nothing of it outlives the block.

        `before` is a command that starts it in turn, as nohup does.
        """
        process = subprocess.Popen(
            [*before, *COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        try:
            yield RunningCommand(process)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def train(self, changes: dict[str, Any] | None = None, name: str | None = None) -> Run:
        """A run of tiny.yaml, made without the command, which takes ten times as long."""
        return nncli.train(self.folder / "tiny.yaml", changes, runs_dir=self.runs_dir, name=name)

    def runs(self) -> list[Run]:
        """All runs there are, the oldest first."""
        return [Run(path.parent) for path in sorted(self.runs_dir.glob("*/*/run.json"), key=lambda path: path.parent)]

    def run_at(self, line: str) -> Run:
        """The run that a line of stdout names."""
        path = self.folder / line.strip()
        assert path.is_dir(), line
        return Run(path)


@cache
def _command() -> Any:
    """All commands, put together once, which takes longer than most of them."""
    return typer.main.get_command(app)


def invoke(*arguments: object) -> CompletedCommand:
    """Runs the command in this process, which takes a hundredth of the time and sees whatever this process is."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            _command().main([*map(str, arguments)], prog_name="nncli")
    except SystemExit as ended:
        return CompletedCommand(int(ended.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("a command ends by its exit code")


def without_speed(text: str) -> str:
    """A text with `N epochs/s` and `S s` where numbers hang on the machine's speed."""
    return re.sub(r"epochs in [\d.]+ s", "epochs in S s", re.sub(r"[\d,]+ epochs/s", "N epochs/s", text))


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """Waits until something holds, and returns what it gave."""
    give_up = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < give_up, f"waited in vain for {what}"
        time.sleep(0.01)
    return found


def rows_without_times(run: Run) -> list[dict[str, Any]]:
    """The rows of a run without their times."""
    return [{key: value for key, value in row.items() if key != "seconds"} for row in run.rows()]


def copy_package(folder: Path) -> Path:
    """A copy of nncli and its experiments in a folder, to be altered; the folder is for PYTHONPATH."""
    root = Path(nncli.__file__).parents[1]
    shutil.copytree(root / "nncli", folder / "nncli", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(root / "configs", folder / "configs")
    return folder


def json_of(done: CompletedCommand) -> Any:
    """The one JSON value that stdout is."""
    assert done.code == 0, done
    return json.loads(done.out)
