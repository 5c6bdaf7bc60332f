"""`nncli train` and signals: the first saves, also where many are trained, and a killed run is known to be lost."""

from __future__ import annotations

import json
import signal
import time

import pytest

from nncli.store import Run
from tests.cli.program import ENDLESS, SLOW, Program, RunningCommand, wait_until


@pytest.fixture
def endless(program: Program) -> str:
    return program.write("endless.yaml", ENDLESS)


def runs_with_rows(program: Program, count: int) -> list[Run]:
    """The runs, once there are so many and each has a row."""
    return wait_until(
        lambda: len(runs := program.runs()) == count and all(run.last_row() for run in runs) and runs, "runs"
    )


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGUSR1, 143)])
def test_the_first_signal_finishes_the_epoch_and_saves(program: Program, endless: str, number: int, code: int) -> None:
    with program.start("train", endless) as started:
        run = program.run_at(started.line())
        wait_until(run.last_row, "a row")
        started.signal(number)
        done = started.end()
    assert (done.code, done.out) == (code, "")
    assert done.err_without_speed.splitlines()[-1].startswith("stopped: interrupted; ")
    info, summary = run.info(), run.summary() or {}
    assert (run.status, info["exit_code"]) == ("stopped", code)
    assert len(run.rows()) == summary["epochs"] == run.checkpoint("last")["epoch"]


def test_a_signal_to_the_group_as_timeout_sends_it(program: Program, endless: str) -> None:
    """Once to the process and once to its group: that is one request, so it still saves."""
    with program.start("train", endless, "-q") as started:
        run = program.run_at(started.line())
        wait_until(run.last_row, "a row")
        started.signal(signal.SIGTERM)
        started.signal(signal.SIGTERM, group=True)
        assert started.end() == (143, "", "")
    assert run.status == "stopped"


def test_a_killed_run_is_lost(program: Program, endless: str) -> None:
    with program.start("train", endless, "-q") as started:
        run = program.run_at(started.line())
        assert [row["status"] for row in listed(program)] == ["running"]
        started.signal(signal.SIGKILL)
        assert started.end().code == -signal.SIGKILL
    assert run.info()["status"] == "running"
    assert [row["status"] for row in listed(program)] == ["lost"]


def listed(program: Program) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(program("runs", "--json").out)
    return rows


def start_two(program: Program, started: RunningCommand) -> list[Run]:
    """Waits until two of the seeds are under way, as their lines on stdout and their rows tell."""
    assert len({started.line(), started.line()}) == 2
    return runs_with_rows(program, 2)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGUSR1, 143), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.long)],
)
def test_a_signal_to_all_of_many_seeds_ends_them_saved(program: Program, endless: str, number: int, code: int) -> None:
    with program.start("train", endless, "--seeds", 4, "--jobs", 2) as started:
        runs = start_two(program, started)
        started.signal(number, group=True)
        done = started.end()
    assert (done.code, done.out) == (code, "")
    assert [line.split()[:4] for line in sorted(done.err.splitlines())] == [
        ["seed", seed, "stopped", "interrupted"] for seed in "01"
    ]
    assert len(program.runs()) == 2, "no other seed begins"
    assert [run.status for run in runs] == ["stopped", "stopped"]
    assert all(len(run.rows()) == run.checkpoint("last")["epoch"] for run in runs)


@pytest.mark.long
def test_seeds_whose_parent_is_killed_end_saved(program: Program, endless: str) -> None:
    with program.start("train", endless, "--seeds", 2, "--jobs", 2) as started:
        runs = start_two(program, started)
        started.signal(signal.SIGKILL)
        wait_until(lambda: [run.status for run in runs] == ["stopped", "stopped"], "the seeds to end")
        assert started.end().err == ""
    assert all(len(run.rows()) == run.checkpoint("last")["epoch"] for run in runs)


@pytest.mark.long
def test_a_second_signal_to_the_parent_quits_at_once(program: Program, endless: str) -> None:
    program.write("slow.yaml", SLOW)
    with program.start("train", "slow.yaml", "--seeds", 2, "--jobs", 2) as started:
        assert len({started.line(), started.line()}) == 2
        started.signal(signal.SIGTERM)
        wait_until(lambda: signal_again(started), "the end of the process")
        assert started.process.returncode == 143
        wait_until(lambda: [run.status for run in program.runs()] == ["lost", "lost"], "the end of the seeds")


def signal_again(started: RunningCommand) -> bool:
    """Sends one signal more; whether the process has ended of it."""
    time.sleep(0.5)  # what comes sooner may be taken for the same request, or before the first was passed on
    if started.process.poll() is None:
        started.signal(signal.SIGTERM)
    return started.process.poll() is not None
