"""Run nncli as a user does: in its own process, with an environment independent of that of the tests."""

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
from tests.cli.fork_server import fork_server

PATIENCE = 60.0  # seconds until a test gives up waiting
SCRIPT = Path(sys.executable).with_name("nncli")
READ_LATER = ("NNCLI_", "_NNCLI_")  # beginnings of variables that only nncli reads
COMMAND = [str(SCRIPT)] if SCRIPT.exists() else [sys.executable, "-m", "nncli"]

TINY = """\
name: tiny
data: {type: sine, samples: 20}
layers: [{type: dense, units: 4, activation: tanh}, {type: dense, units: 1}]
loss: mse
train: {epochs: 12}
"""
ENDLESS = TINY.replace("epochs: 12", "epochs: 1000000000")
# An epoch has half a million steps, more than a test waits for.
SLOW = TINY.replace("samples: 20", "samples: 500000").replace("epochs: 12", "epochs: 3, batch_size: 1")


class CompletedCommand(NamedTuple):
    """The exit code and output of a command."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        """The lines of stdout."""
        return self.out.splitlines()

    @property
    def err_without_speed(self) -> str:
        """The text of stderr, with placeholders for times and speeds."""
        return without_speed(self.err)


class RunningCommand:
    """A running command, with an empty standard input."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def line(self) -> str:
        """Return the next line of stdout."""
        assert self.process.stdout
        return self.process.stdout.readline()

    def signal(self, number: int, *, group: bool = False) -> None:
        """Send a signal to the process, or to its process group as a terminal does."""
        os.killpg(self.process.pid, number) if group else self.process.send_signal(number)

    def end(self) -> CompletedCommand:
        """Wait for the end of the command; return its exit code and the output that was not read yet."""
        out, err = self.process.communicate(timeout=PATIENCE)
        return CompletedCommand(self.process.returncode, out, err)


class Program:
    """The command, run in a folder that also holds its runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.runs_dir = folder / "runs"
        self.write("tiny.yaml", TINY)

    def write(self, name: str, text: str) -> str:
        """Write a file in the folder and return its name."""
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the environment of the command: warnings are errors, and the BLAS kernels those of this process."""
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
        """Run the command: forked, unless it has input or an environment that libraries read when they are imported."""
        if stdin or not all(name.startswith(READ_LATER) for name in environment):
            return self.fresh(*arguments, stdin=stdin, **environment)
        common = {name: value for name, value in self.environment().items() if name != "HOME"}
        server, own = fork_server(tuple(common.items())), self.environment(**environment)
        done = server.run([str(SCRIPT), *map(str, arguments)], self.folder, own, PATIENCE)
        return CompletedCommand(done.returncode, done.stdout.decode(), done.stderr.decode())

    def fresh(self, *arguments: object, stdin: str = "", **environment: str) -> CompletedCommand:
        """Run the command as a user does, by starting Python."""
        return self.run([*COMMAND, *map(str, arguments)], stdin, **environment)

    def shell(self, script: str, **environment: str) -> CompletedCommand:
        """Run a bash script, in which `nncli` is the command."""
        return self.run(["bash", "-c", script], "", **environment)

    def run(self, command: list[str], stdin: str = "", **environment: str) -> CompletedCommand:
        """Run any command in the folder."""
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
        """Start the command in a new process group, as a shell does; kill the group at the end of the block.

        `before` is a command that starts it, such as nohup.
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
        """Train tiny.yaml in this process, which takes a tenth of the time of the command."""
        return nncli.train(self.folder / "tiny.yaml", changes, runs_dir=self.runs_dir, name=name)

    def runs(self) -> list[Run]:
        """Return all runs, oldest first."""
        return [Run(path.parent) for path in sorted(self.runs_dir.glob("*/*/run.json"), key=lambda path: path.parent)]

    def run_at(self, line: str) -> Run:
        """Return the run whose path is a line of stdout."""
        path = self.folder / line.strip()
        assert path.is_dir(), line
        return Run(path)


@cache
def _command() -> Any:
    """Return the click group of all commands; building it takes longer than running most of them."""
    return typer.main.get_command(app)


def invoke(*arguments: object) -> CompletedCommand:
    """Run the command in this process and its environment, which takes a hundredth of the time."""
    out, err = io.StringIO(), io.StringIO()
    try:
        with redirect_stdout(out), redirect_stderr(err):
            _command().main([*map(str, arguments)], prog_name="nncli")
    except SystemExit as ended:
        return CompletedCommand(int(ended.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("the command did not exit")


def without_speed(text: str) -> str:
    """Replace the numbers in `123 epochs/s` and `4.5 s` by `N` and `S`."""
    return re.sub(r"epochs in [\d.]+ s", "epochs in S s", re.sub(r"[\d,]+ epochs/s", "N epochs/s", text))


def wait_until(condition: Callable[[], Any], description: str) -> Any:
    """Wait until a condition returns a true value, and return the value."""
    give_up = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < give_up, f"timed out waiting for {description}"
        time.sleep(0.01)
    return value


def rows_without_times(run: Run) -> list[dict[str, Any]]:
    """Return the rows of metrics of a run without their times."""
    return [{key: value for key, value in row.items() if key != "seconds"} for row in run.rows()]


def may_mount(program: Program) -> bool:
    """Return whether a process may mount a private file system."""
    if not shutil.which("unshare"):
        return False
    script = "mkdir -p mounted && mount -t tmpfs -o size=128k none mounted"
    return program.run(["unshare", "--mount", "bash", "-c", script]).code == 0


def copy_package(folder: Path) -> Path:
    """Copy nncli and its experiments to a folder, so that a test can change them; return the folder for PYTHONPATH."""
    root = Path(nncli.__file__).parents[1]
    shutil.copytree(root / "nncli", folder / "nncli", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(root / "configs", folder / "configs")
    return folder


def json_of(done: CompletedCommand) -> Any:
    """Return the JSON value on stdout."""
    assert done.code == 0, done
    return json.loads(done.out)
