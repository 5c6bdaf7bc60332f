"""`nncli train` and signals: the first one saves the run, the second one quits; a killed run is lost."""

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
    """Wait until `count` runs exist and each has a row of metrics; return them."""
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


def test_a_signal_to_process_and_group_counts_once(program: Program, endless: str) -> None:
    """`timeout` signals both the process and its group; together they count as one request, so the run is saved."""
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
        assert [row["status"] for row in list_runs(program)] == ["running"]
        started.signal(signal.SIGKILL)
        assert started.end().code == -signal.SIGKILL
    assert run.info()["status"] == "running"
    assert [row["status"] for row in list_runs(program)] == ["lost"]


def list_runs(program: Program) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(program("runs", "--json").out)
    return rows


def wait_for_two_seeds(program: Program, started: RunningCommand) -> list[Run]:
    """Wait until the training of two seeds has started; return their runs."""
    assert len({started.line(), started.line()}) == 2
    return runs_with_rows(program, 2)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGUSR1, 143), pytest.param(signal.SIGTERM, 143, marks=pytest.mark.long)],
)
def test_a_signal_to_all_seeds_saves_them(program: Program, endless: str, number: int, code: int) -> None:
    with program.start("train", endless, "--seeds", 4, "--jobs", 2) as started:
        runs = wait_for_two_seeds(program, started)
        started.signal(number, group=True)
        done = started.end()
    assert (done.code, done.out) == (code, "")
    assert [line.split()[:4] for line in sorted(done.err.splitlines())] == [
        ["seed", seed, "stopped", "interrupted"] for seed in "01"
    ]
    assert len(program.runs()) == 2, "no other seed must start"
    assert [run.status for run in runs] == ["stopped", "stopped"]
    assert all(len(run.rows()) == run.checkpoint("last")["epoch"] for run in runs)


@pytest.mark.long
def test_killing_the_parent_saves_the_seeds(program: Program, endless: str) -> None:
    with program.start("train", endless, "--seeds", 2, "--jobs", 2) as started:
        runs = wait_for_two_seeds(program, started)
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
    """Send another signal; return whether the process has ended."""
    time.sleep(0.5)  # an earlier signal may count as the same request, or arrive before the first is passed on
    if started.process.poll() is None:
        started.signal(signal.SIGTERM)
    return started.process.poll() is not None
