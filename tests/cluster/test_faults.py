"""Workers, schedulers and sweeps that are killed or stopped: no result is lost, repeated or changed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from nncli.sweeps.directory import SweepDirectory
from tests.cli.program import COMMAND, PATIENCE, Program, may_mount, wait_until
from tests.cluster.dask_processes import DaskProcesses, dask_processes
from tests.sweeps.faults import SPEC, arguments, results, undisturbed

TRIALS = 7


class DisturbedSweep:
    """A sweep of trainings of about a second on a cluster."""

    def __init__(self, program: Program, trials: int = TRIALS, epochs: int = 4000) -> None:
        self.program = program
        program.write("tiny.yaml", SPEC.replace("EPOCHS", str(epochs)))
        self.expected = undisturbed(program, "grid", trials)
        self._arguments = arguments("grid", trials)
        self.path = Path()

    def start(self, dask: DaskProcesses) -> subprocess.Popen[str]:
        """Start the sweep, or continue it."""
        again = ["sweep", "--resume", str(self.path)] if self.path != Path() else self._arguments
        process = subprocess.Popen(
            [*COMMAND, *again, "-q", "--cluster", dask.address],
            cwd=self.program.folder,
            env=self.program.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stdout
        self.path = self.program.folder / process.stdout.readline().strip()
        return process

    def wait_for_trials(self, count: int) -> None:
        """Wait until some trials have ended."""

        def ended() -> bool:
            trials = SweepDirectory(self.path).trials().values()
            return sum(bool(trial.trainings) for trial in trials) >= count

        wait_until(ended, "results")

    def results(self) -> Any:
        return results(SweepDirectory(self.path))


def end_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate(timeout=PATIENCE)
    return process.returncode, err


@pytest.mark.parametrize(
    "alone", [pytest.param(False, marks=pytest.mark.long), pytest.param(True, marks=pytest.mark.longest)]
)
def test_killed_workers_change_no_result(program: Program, alone: bool) -> None:
    if alone and not may_mount(program):
        return
    sweep = DisturbedSweep(program)
    with dask_processes(program) as dask:
        for _ in range(2):
            dask.start_worker(alone=alone)
        process = sweep.start(dask)
        for count in (1, 3, 5):
            sweep.wait_for_trials(count)
            dask.workers[-2].kill()
            dask.start_worker(alone=alone)
        assert end_of(process) == (0, "")
    assert sweep.results() == sweep.expected


@pytest.mark.long
def test_stopped_worker_delays_only_its_own_training(program: Program) -> None:
    sweep = DisturbedSweep(program)
    with dask_processes(program) as dask:
        for _ in range(2):
            dask.start_worker()
        process = sweep.start(dask)
        sweep.wait_for_trials(1)
        dask.workers[0].send_signal(signal.SIGSTOP)
        sweep.wait_for_trials(TRIALS - 1)
        assert process.poll() is None
        dask.workers[0].send_signal(signal.SIGCONT)
        assert end_of(process) == (0, "")
    assert sweep.results() == sweep.expected


@pytest.mark.long
def test_killed_sweep_continues(program: Program) -> None:
    sweep = DisturbedSweep(program)
    with dask_processes(program) as dask:
        for _ in range(2):
            dask.start_worker()
        for count in (0, 2, 4):
            process = sweep.start(dask)
            sweep.wait_for_trials(count)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        assert end_of(sweep.start(dask)) == (0, "")
    assert sweep.results() == sweep.expected


@pytest.mark.longest
def test_lost_scheduler_ends_the_sweep_which_continues_with_another(program: Program) -> None:
    sweep = DisturbedSweep(program)
    with dask_processes(program) as dask:
        dask.start_worker()
        process = sweep.start(dask)
        sweep.wait_for_trials(2)
        dask.scheduler.kill()
        code, err = end_of(process)
    assert code == 1
    hint = "hint: start a scheduler and workers again, then continue the sweep"
    assert err == f"{dask.address}: the scheduler is lost\n{hint}\n"
    assert SweepDirectory(sweep.path).status == "failed"
    with dask_processes(program) as dask:
        dask.start_worker()
        assert end_of(sweep.start(dask)) == (0, "")
    assert sweep.results() == sweep.expected


@pytest.mark.long
def test_worker_with_a_full_disk_is_not_used(program: Program) -> None:
    if not may_mount(program):
        return
    sweep = DisturbedSweep(program, epochs=2000)
    with dask_processes(program) as dask:
        dask.start_worker(alone=True)
        dask.start_worker(alone=True, space="200k")
        code, err = end_of(sweep.start(dask))
    assert (code, err.count("is not used for 60 s: its disk is full\n")) == (0, 1)
    assert sweep.results() == sweep.expected


@pytest.mark.longest
def test_workers_that_are_killed_every_three_seconds(program: Program) -> None:
    sweep = DisturbedSweep(program, trials=40, epochs=20000)
    with dask_processes(program) as dask:
        for _ in range(2):
            dask.start_worker()
        process = sweep.start(dask)
        while process.poll() is None:
            time.sleep(3)
            dask.workers[-2].kill()
            dask.start_worker()
        assert end_of(process) == (0, "")
    assert len(dask.workers) > 5
    assert sweep.results() == sweep.expected


@pytest.mark.longest
def test_sweep_that_is_killed_ten_times(program: Program) -> None:
    sweep = DisturbedSweep(program, trials=40, epochs=20000)
    with dask_processes(program) as dask:
        for _ in range(2):
            dask.start_worker()
        for seconds in range(10):
            process = sweep.start(dask)
            time.sleep(1 + seconds / 3)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        assert end_of(sweep.start(dask)) == (0, "")
    assert sweep.results() == sweep.expected
