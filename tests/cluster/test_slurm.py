"""The job that `--print slurm-cluster` prints, with Slurm's commands replaced."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from nncli.store import Run
from tests.cli.program import ENDLESS, PATIENCE, Program, wait_until
from tests.cluster.fake_tools import fake_tools


def submit(program: Program, script: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    """Start the script as Slurm does."""
    return subprocess.Popen(
        ["bash", "-c", script],
        cwd=program.folder,
        env=environment | {"SLURM_JOB_ID": str(os.getpid()), "SLURM_CPUS_PER_TASK": "1"},
        start_new_session=True,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.long
def test_signal_before_the_time_limit_saves_the_sweep_which_the_next_job_continues(program: Program) -> None:
    program.write("endless.yaml", ENDLESS)
    script = program("sweep", "endless.yaml", "layers.0.units=2,3", "--print", "slurm-cluster").out
    with fake_tools(program.folder / "tools", program.environment(PYTHONWARNINGS="default")) as environment:
        for resumed in (0, 1):
            job = submit(program, script, environment)
            try:
                wait_until(lambda times=resumed: runs_resumed(program, times), "both trainings")
                job.send_signal(signal.SIGUSR1)
                assert job.wait(PATIENCE) == 143
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(job.pid, signal.SIGKILL)
                job.communicate()
    assert [run.has_checkpoint("last") for run in runs(program)] == [True, True]


def runs(program: Program) -> list[Run]:
    return [Run(path.parent) for path in sorted(program.runs_dir.glob("*/*/*/run.json"))]


def runs_resumed(program: Program, times: int) -> bool:
    """Return whether both trainings have begun, or have been resumed this often, and have further rows."""
    every = runs(program)
    return len(every) == 2 and all(
        len(run.info().get("resumed", [])) == times and _has_new_rows(run.path, times) for run in every
    )


def _has_new_rows(run: Path, times: int) -> bool:
    metrics = run / "metrics.jsonl"
    entries = Run(run).info().get("resumed", [])
    return metrics.exists() and metrics.read_bytes().count(b"\n") > (entries[-1]["epoch"] if times else 0)
