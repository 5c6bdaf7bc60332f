"""Faults of the machine: missing permissions, full disks, removed runs, jumping clocks, closed terminals and pipes."""

from __future__ import annotations

import json
import shutil
import signal
import sys

import pytest

from nncli.errors import ExitCode
from tests.cli.program import (
    COMMAND,
    ENDLESS,
    CompletedCommand,
    Program,
    invoke,
    json_of,
    may_mount,
    rows_without_times,
    wait_until,
)

# Root may write despite permission bits, so drop that capability: PR_CAPBSET_DROP (24) of CAP_DAC_OVERRIDE (1).
WITHOUT_RIGHTS = """\
import ctypes, os, sys
if os.getuid() == 0 and ctypes.CDLL(None).prctl(24, 1, 0, 0, 0):
    sys.exit("root cannot give up its rights here")
os.execvp(sys.argv[1], sys.argv[1:])
"""
MOUNTED = "mkdir -p full && mount -t tmpfs -o size=128k none full && "
# Wall clocks that jump an hour ahead, two hours back and so on.
JUMPING_CLOCK = """\
import datetime, itertools, time
jumps, day = itertools.cycle([0, 3600, -7200, 86400]), time.time
time.time = lambda: day() + next(jumps)
class Jumping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return super().now(tz) + datetime.timedelta(seconds=next(jumps))
datetime.datetime = Jumping
"""


@pytest.fixture
def endless(program: Program) -> str:
    return program.write("endless.yaml", ENDLESS)


def without_rights(program: Program, *arguments: str) -> CompletedCommand:
    """Run the command without the right to ignore permission bits."""
    return program.run([sys.executable, "-c", WITHOUT_RIGHTS, *COMMAND, *arguments])


def test_a_read_only_runs_directory_can_be_read(program: Program) -> None:
    run = program.train()
    folders = [program.runs_dir, run.path.parent, run.path]
    for folder in folders:
        folder.chmod(0o555)
    hint = "hint: use --runs-dir to choose a folder that you can write to"
    try:
        refused = without_rights(program, "train", "tiny.yaml", "-q")
        assert (refused.code, refused.out) == (1, "")
        assert refused.err.splitlines() == ["runs/tiny: cannot be created: permission denied", hint]
        assert json_of(without_rights(program, "runs", "--json"))[0]["status"] == "done"
        evaluated = without_rights(program, "eval")
        assert evaluated.code == 0
        assert evaluated.err == f"runs/{run.name}/eval.json: cannot be written: permission denied\n"
        drawn = without_rights(program, "plot")
        assert (drawn.code, drawn.out) == (1, "")
        assert drawn.err.splitlines()[-1] == "hint: choose another file with --output"
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert [each.name for each in program.runs()] == [run.name]
    assert not list(program.runs_dir.rglob(".*"))


def on_a_full_disk(program: Program, script: str) -> CompletedCommand:
    """Run a script where the folder `full` has 128 KB of space; without mounting, limit the size of files instead."""
    if may_mount(program):
        return program.run(["unshare", "--mount", "bash", "-c", MOUNTED + script])
    return program.run(["bash", "-c", f"ulimit -f 128; mkdir -p full; {script}"])


def test_a_disk_that_fills_up_ends_training_with_an_error(program: Program, endless: str) -> None:
    script = (
        f"run=$(nncli train {endless} -q --runs-dir full); echo $?; ls -a $run | grep -c tmp;"
        "nncli runs --json --runs-dir full; cat $run/metrics.jsonl | wc -l"
    )
    done = on_a_full_disk(program, script)
    code, temporary, *listed, lines = done.lines
    assert (code, temporary) == ("1", "0")
    error, *hints = done.err.splitlines()
    assert error.startswith("full/tiny/")
    assert "/metrics.jsonl: cannot be written: " in error
    assert error.endswith(("no space left on device", "file too large"))
    assert hints in ([], ["hint: free some space, or choose another disk with --runs-dir"])
    (row,) = json.loads("".join(listed))
    assert row["status"] in ("failed", "lost"), "a full disk may prevent writing the status"
    assert row["epochs"] == int(lines) > 100


def test_a_limited_file_size_ends_training_with_an_error(program: Program, endless: str) -> None:
    """The same test as above, for machines that cannot mount a file system."""
    done = program.shell(f"ulimit -f 32; nncli train {endless} -q")
    assert done.code == 1
    run = program.run_at(done.out)
    assert done.err == f"runs/{run.name}/metrics.jsonl: cannot be written: file too large\n"
    assert (run.status, run.info()["reason"]) == ("failed", done.err.rstrip("\n"))
    assert len(run.rows()) > 100


def test_a_full_disk_leaves_no_run(program: Program) -> None:
    done = program.shell("ulimit -f 0; nncli train tiny.yaml -q")
    (line,) = done.err.splitlines()
    assert (done.code, done.out) == (1, "")
    assert line.endswith("cannot be written: file too large")
    assert program.runs() == []
    assert not list(program.runs_dir.rglob("*-*"))


@pytest.mark.parametrize("stop", [None, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
def test_removing_a_run_ends_its_training(program: Program, endless: str, stop: int | None) -> None:
    """Training ends within a second, or at once if a signal stops it."""
    with program.start("train", endless, "-q") as started:
        run = program.run_at(started.line())
        wait_until(run.last_row, "a row")
        shutil.rmtree(run.path)
        if stop is not None:
            started.signal(stop)
        done = started.end()
    name = f"runs/{run.path.parent.name}/{run.path.name}"
    hint = "hint: train the run again, and keep its folder until training ends"
    assert done == (1, "", f"{name}/metrics.jsonl: was removed while training was writing to it\n{hint}\n")
    assert not run.path.exists()


def test_a_jumping_clock_does_not_affect_durations(program: Program) -> None:
    """Durations do not depend on the wall clock."""
    (program.folder / "sitecustomize.py").write_text(JUMPING_CLOCK)
    path = f"{program.folder}:{program.environment()['PYTHONPATH']}"
    done = program("train", "tiny.yaml", "--epochs", "300", PYTHONPATH=path)
    assert done.code == 0, done
    run = program.run_at(done.out)
    seconds = [row["seconds"] for row in run.rows()]
    assert seconds == sorted(seconds)
    assert 0 <= seconds[0] <= seconds[-1] <= (run.summary() or {})["seconds"] < 60
    listed_runs = program("runs", PYTHONPATH=path)
    assert (listed_runs.code, listed_runs.err) == (0, "")
    assert run.status == "done"


@pytest.mark.parametrize("times", [1, pytest.param(3, marks=pytest.mark.long)])
def test_training_under_nohup_survives_sighup(program: Program, endless: str, times: int) -> None:
    """A training under nohup ignores SIGHUP, and still ends on SIGTERM."""
    with program.start("train", endless, "-q", before=["nohup"]) as started:
        run = program.run_at(started.line())
        wait_until(run.last_row, "a row")
        for _ in range(times):
            before = (run.last_row() or {})["epoch"]
            started.signal(signal.SIGHUP)
            wait_until(lambda before=before: (run.last_row() or {})["epoch"] > before, "further rows")
        started.signal(signal.SIGTERM)
        done = started.end()
    assert done.code == 143
    assert run.status == "stopped"


def test_closing_the_terminal_saves_the_run(program: Program, endless: str) -> None:
    with program.start("train", endless) as started:
        run = program.run_at(started.line())
        wait_until(run.last_row, "a row")
        started.signal(signal.SIGHUP)
        done = started.end()
    assert done.code == 143
    assert done.err_without_speed.splitlines()[-1].startswith("stopped: interrupted; "), done.err
    assert (run.status, run.info()["exit_code"]) == ("stopped", 143)


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [("TERM", 143), ("INT", 130)])
def test_training_under_timeout_is_saved(program: Program, endless: str, number: str, code: int) -> None:
    done = program.shell(f"timeout --preserve-status -s {number} 3 nncli train {endless} -q")
    assert (done.code, done.err) == (code, "")
    run = program.run_at(done.out)
    assert (run.status, run.info()["exit_code"]) == ("stopped", code)
    assert len(run.rows()) == run.checkpoint("last")["epoch"]


def test_closed_pipes_cause_no_error(program: Program) -> None:
    """A closed pipe causes no message, and training continues to its end."""
    program.train()
    done = program.shell("nncli runs | head -1; echo ${PIPESTATUS[0]}")
    assert (done.lines[1:], done.err) == (["0"], "")
    done = program.shell("nncli train tiny.yaml -q | head -1; echo ${PIPESTATUS[0]}")
    assert (done.lines[1:], done.err) == (["0"], "")
    assert program.run_at(done.lines[0]).status == "done"


def test_training_continues_after_its_output_pipe_is_closed(program: Program) -> None:
    done = program.shell("nncli train tiny.yaml --epochs 40 2>&1 | head -1; echo ${PIPESTATUS[0]}")
    assert (done.lines[1:], done.err) == (["0"], "")
    (run,) = program.runs()
    assert (run.status, len(run.rows())) == ("done", 40)
    assert program.shell("nncli eval nothing 2> >(true); echo $?").out == "2\n"


def test_runs_train_in_parallel_under_xargs(program: Program) -> None:
    done = program.shell("printf '%s\\n' 1 2 wide | xargs -P 3 -I{} nncli train tiny.yaml seed={} -q; echo $?")
    *paths, code = done.lines
    assert code == "123", "xargs exits with 123 if a command exits with 1 to 125"
    assert {program.run_at(path).status for path in paths} == {"done"}
    assert len(set(paths)) == len(program.runs()) == 2
    assert done.err.splitlines()[0] == 'seed=wide: must be a whole number, not "wide"'


@pytest.mark.long
def test_a_signal_to_xargs_saves_all_runs(program: Program, endless: str) -> None:
    done = program.shell(f"printf '1\\n2\\n' | timeout 5 xargs -P 2 -I{{}} nncli train {endless} seed={{}} -q; echo $?")
    *paths, code = done.lines
    assert (len(paths), code, done.err) == (2, "124", "")
    assert [run.status for run in program.runs()] == ["stopped", "stopped"]


def test_an_incomplete_last_row_is_ignored(program: Program) -> None:
    """A killed training may leave one; readers ignore it."""
    run = program.train()
    rows = rows_without_times(run)
    with (run.path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"epoch": 12, "loss": 0.0')
    (run.path / "summary.json").unlink()
    assert rows_without_times(run) == rows
    (listed,) = json_of(program("runs", "--json"))
    assert (listed["epochs"], listed["loss"]) == (12, rows[-1]["loss"])


def test_the_run_has_the_exit_code_of_a_signal_at_any_time(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """The signal arrives between two checks for it, at each possible check."""
    for moment in range(6):
        interrupts = DelayedInterrupt(moment)
        monkeypatch.setattr("nncli.system.Interrupts", lambda interrupts=interrupts: interrupts)
        monkeypatch.chdir(program.folder)
        done = invoke("train", "tiny.yaml", "-q", "--runs-dir", "runs")
        assert done.code == 143
        assert program.run_at(done.out).info()["exit_code"] == 143


class DelayedInterrupt:
    """A SIGTERM that arrives after a number of checks."""

    exit_code = ExitCode.TERMINATED

    def __init__(self, checks: int) -> None:
        self.checks = checks

    def __enter__(self) -> DelayedInterrupt:
        return self

    def __exit__(self, *_: object) -> None: ...

    def requested(self) -> bool:
        self.checks -= 1
        return self.checks < 0
