"""What a machine does to a command: no rights, no room, no directory, no steady clock, nobody who listens."""

from __future__ import annotations

import json
import shutil
import signal
import sys

import pytest

from nncli.errors import ExitCode
from tests.cli.program import COMMAND, ENDLESS, Done, Program, figures, invoked, json_of, until

# Root may write whatever the mode bits say, so it gives that right up: PR_CAPBSET_DROP (24) of CAP_DAC_OVERRIDE (1).
WITHOUT_RIGHTS = """\
import ctypes, os, sys
if os.getuid() == 0 and ctypes.CDLL(None).prctl(24, 1, 0, 0, 0):
    sys.exit("root cannot give up its rights here")
os.execvp(sys.argv[1], sys.argv[1:])
"""
MOUNTED = "mkdir -p full && mount -t tmpfs -o size=128k none full && "
# An hour on, two back, and so forth, for whoever asks the clock of the day.
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


def without_rights(program: Program, *arguments: str) -> Done:
    """Runs the command as somebody whom mode bits hold off."""
    return program.run([sys.executable, "-c", WITHOUT_RIGHTS, *COMMAND, *arguments])


def test_a_runs_directory_that_may_only_be_read(program: Program) -> None:
    run = program.trained()
    folders = [program.runs_dir, run.path.parent, run.path]
    for folder in folders:
        folder.chmod(0o555)
    hint = "hint: keep the runs where you may write, with --runs-dir"
    try:
        refused = without_rights(program, "train", "tiny.yaml", "-q")
        assert (refused.code, refused.out) == (1, "")
        assert refused.err.splitlines() == ["runs/tiny: cannot be made: permission denied", hint]
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
    assert [found.name for found in program.runs()] == [run.name]
    assert not list(program.runs_dir.rglob(".*"))


def may_mount(program: Program) -> bool:
    """Whether a file system of our own can be had, which ends with the process that has it."""
    if not shutil.which("unshare"):
        return False
    return program.run(["unshare", "--mount", "bash", "-c", f"{MOUNTED} true"]).code == 0


def on_a_full_disk(program: Program, script: str) -> Done:
    """Runs a line of bash in which `full` is a directory with 128 KB of room; else no file may have more than that."""
    if may_mount(program):
        return program.run(["unshare", "--mount", "bash", "-c", MOUNTED + script])
    return program.run(["bash", "-c", f"ulimit -f 128; mkdir -p full; {script}"])


def test_a_disk_that_becomes_full(program: Program, endless: str) -> None:
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
    assert hints in ([], ["hint: free some space, or keep the runs elsewhere with --runs-dir"])
    (row,) = json.loads("".join(listed))
    assert row["status"] in ("failed", "lost"), "where there is no room for a word, there is none"
    assert row["epochs"] == int(lines) > 100


def test_a_file_that_may_not_grow(program: Program, endless: str) -> None:
    """The same where no file system can be mounted."""
    done = program.shell(f"ulimit -f 32; nncli train {endless} -q")
    assert done.code == 1
    run = program.the_run(done.out)
    assert done.err == f"runs/{run.name}/metrics.jsonl: cannot be written: file too large\n"
    assert (run.status, run.info()["reason"]) == ("failed", done.err.rstrip("\n"))
    assert len(run.rows()) > 100


def test_a_disk_that_is_full_from_the_start(program: Program) -> None:
    done = program.shell("ulimit -f 0; nncli train tiny.yaml -q")
    (found,) = done.err.splitlines()
    assert (done.code, done.out) == (1, "")
    assert found.endswith("cannot be written: file too large")
    assert program.runs() == []
    assert not list(program.runs_dir.rglob("*-*"))


@pytest.mark.parametrize("stop", [None, pytest.param(signal.SIGTERM, marks=pytest.mark.long)])
def test_a_run_that_is_removed_while_it_is_trained(program: Program, endless: str, stop: int | None) -> None:
    """Within a second of it, or at once where it is asked to end."""
    with program.start("train", endless, "-q") as started:
        run = program.the_run(started.line())
        until(run.last_row, "a row")
        shutil.rmtree(run.path)
        if stop is not None:
            started.signal(stop)
        done = started.end()
    name = f"runs/{run.path.parent.name}/{run.path.name}"
    assert done == (1, "", f"{name}/metrics.jsonl: is gone: it was removed while it was written\n")
    assert not run.path.exists()


def test_a_clock_that_jumps(program: Program) -> None:
    """Times of the day are what the clock says, durations are not."""
    (program.folder / "sitecustomize.py").write_text(JUMPING_CLOCK)
    path = f"{program.folder}:{program.environment()['PYTHONPATH']}"
    done = program("train", "tiny.yaml", "--epochs", "300", PYTHONPATH=path)
    assert done.code == 0, done
    run = program.the_run(done.out)
    seconds = [row["seconds"] for row in run.rows()]
    assert seconds == sorted(seconds)
    assert 0 <= seconds[0] <= seconds[-1] <= (run.summary() or {})["seconds"] < 60
    shown = program("runs", PYTHONPATH=path)
    assert (shown.code, shown.err) == (0, "")
    assert run.status == "done"


@pytest.mark.parametrize("times", [1, pytest.param(3, marks=pytest.mark.long)])
def test_nohup_outlives_its_terminal(program: Program, endless: str, times: int) -> None:
    """What nohup protects from a terminal's end goes on, and ends for a SIGTERM as ever."""
    with program.start("train", endless, "-q", before=["nohup"]) as started:
        run = program.the_run(started.line())
        until(run.last_row, "a row")
        for _ in range(times):
            before = (run.last_row() or {})["epoch"]
            started.signal(signal.SIGHUP)
            until(lambda before=before: (run.last_row() or {})["epoch"] > before, "further rows")
        started.signal(signal.SIGTERM)
        done = started.end()
    assert done.code == 143
    assert run.status == "stopped"


def test_a_terminal_that_is_closed(program: Program, endless: str) -> None:
    with program.start("train", endless) as started:
        run = program.the_run(started.line())
        until(run.last_row, "a row")
        started.signal(signal.SIGHUP)
        done = started.end()
    assert done.code == 143
    assert done.said.splitlines()[-1].startswith("stopped: interrupted; "), done.err
    assert (run.status, run.info()["exit_code"]) == ("stopped", 143)


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [("TERM", 143), ("INT", 130)])
def test_timeout(program: Program, endless: str, number: str, code: int) -> None:
    done = program.shell(f"timeout --preserve-status -s {number} 3 nncli train {endless} -q")
    assert (done.code, done.err) == (code, "")
    run = program.the_run(done.out)
    assert (run.status, run.info()["exit_code"]) == ("stopped", code)
    assert len(run.rows()) == run.checkpoint("last")["epoch"]


def test_a_reader_that_leaves(program: Program) -> None:
    """What has been read is enough: nothing is said, and a training goes on to its end."""
    program.trained()
    done = program.shell("nncli runs | head -1; echo ${PIPESTATUS[0]}")
    assert (done.lines[1:], done.err) == (["0"], "")
    done = program.shell("nncli train tiny.yaml -q | head -1; echo ${PIPESTATUS[0]}")
    assert (done.lines[1:], done.err) == (["0"], "")
    assert program.the_run(done.lines[0]).status == "done"


def test_nobody_who_listens_to_a_training(program: Program) -> None:
    done = program.shell("nncli train tiny.yaml --epochs 40 2>&1 | head -1; echo ${PIPESTATUS[0]}")
    assert (done.lines[1:], done.err) == (["0"], "")
    (run,) = program.runs()
    assert (run.status, len(run.rows())) == ("done", 40)
    assert program.shell("nncli eval nothing 2> >(true); echo $?").out == "2\n"


def test_inside_xargs(program: Program) -> None:
    done = program.shell("printf '%s\\n' 1 2 wide | xargs -P 3 -I{} nncli train tiny.yaml seed={} -q; echo $?")
    *paths, code = done.lines
    assert code == "123", "xargs' own, for one that ended with 1 to 125"
    assert {program.the_run(path).status for path in paths} == {"done"}
    assert len(set(paths)) == len(program.runs()) == 2
    assert done.err.splitlines()[0] == 'seed=wide: must be a whole number, not "wide"'


@pytest.mark.long
def test_a_signal_to_all_that_xargs_has_started(program: Program, endless: str) -> None:
    done = program.shell(f"printf '1\\n2\\n' | timeout 5 xargs -P 2 -I{{}} nncli train {endless} seed={{}} -q; echo $?")
    *paths, code = done.lines
    assert (len(paths), code, done.err) == (2, "124", "")
    assert [run.status for run in program.runs()] == ["stopped", "stopped"]


def test_a_half_written_last_line(program: Program) -> None:
    """As a kill leaves it: whoever reads takes the rows before it."""
    run = program.trained()
    rows = figures(run)
    with (run.path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"epoch": 12, "loss": 0.0')
    (run.path / "summary.json").unlink()
    assert figures(run) == rows
    (listed,) = json_of(program("runs", "--json"))
    assert (listed["epochs"], listed["loss"]) == (12, rows[-1]["loss"])


def test_a_signal_at_any_moment_has_its_exit_code_in_the_run(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes while it is asked whether one came, at each of the moments of that."""
    for moment in range(6):
        interrupts = ComesLater(moment)
        monkeypatch.setattr("nncli.system.Interrupts", lambda interrupts=interrupts: interrupts)
        monkeypatch.chdir(program.folder)
        done = invoked("train", "tiny.yaml", "-q", "--runs-dir", "runs")
        assert done.code == 143
        assert program.the_run(done.out).info()["exit_code"] == 143


class ComesLater:
    """A SIGTERM that comes after so many looks."""

    exit_code = ExitCode.TERMINATED

    def __init__(self, looks: int) -> None:
        self.looks = looks

    def __enter__(self) -> ComesLater:
        return self

    def __exit__(self, *_: object) -> None: ...

    def requested(self) -> bool:
        self.looks -= 1
        return self.looks < 0
