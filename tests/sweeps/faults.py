"""Run a sweep while its processes are killed at random moments, and continue it until it is complete.

    python -m tests.sweeps.faults FOLDER SAMPLER TRIALS KILLS SEED

One training in five is killed with SIGKILL, and the coordinating process KILLS times. The script compares the results
with those of an undisturbed sweep, and ends with an AssertionError if they differ.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from nncli.store import Run
from nncli.sweeps.directory import SweepDirectory
from tests.cli.program import Program

SPEC = """\
name: tiny
data: {type: sine, samples: 20}
layers: [{type: dense, units: 4, activation: tanh}, {type: dense, units: 1}]
init: {type: normal}
loss: mse
train: {epochs: EPOCHS}
"""
SPACES = {
    "grid": ["init.scale={linspace: [0.01, 1, TRIALS]}"],
    "random": ["init.scale={log_uniform: [0.01, 1]}", "--sampler", "random", "--trials", "TRIALS"],
    "halton": ["init.scale={log_uniform: [0.01, 1]}", "--sampler", "halton", "--trials", "TRIALS"],
}
KILLED_SHARE = 0.2
LAST_SECONDS = 600.0  # that the sweep may take after the last kill


def arguments(sampler: str, trials: int) -> list[str]:
    """Return the arguments of a sweep."""
    return ["sweep", "tiny.yaml", *(text.replace("TRIALS", str(trials)) for text in SPACES[sampler])]


def results(sweep: SweepDirectory) -> dict[int, Any]:
    """Return settings and results of each trial, after checking that each training ended once and has all its rows."""
    trials = sweep.trials()
    for trial in trials.values():
        (training,) = trial.trainings.values()
        run = Run(sweep.path / training.run)
        assert (run.status, training.status) == ("done", "done"), (trial, run.status)
        assert [row["epoch"] for row in run.rows()] == list(range(training.epochs))
    ends = Counter(
        line["trial"]
        for line in map(json.loads, sweep.journal.read_text().splitlines())
        if "settings" not in line and line["status"] == "done"
    )
    assert set(ends.values()) <= {1}, ends
    return {
        trial.number: (trial.settings, training.objective, training.epochs)
        for trial in trials.values()
        for training in trial.trainings.values()
    }


def undisturbed(program: Program, sampler: str, trials: int) -> dict[int, Any]:
    """Return the results of a sweep that nothing disturbs."""
    return results(Disturbed(program, seed=0, share=0).run(sampler, trials, kills=0))


class Disturbed:
    """A sweep that is killed and continued again and again."""

    def __init__(self, program: Program, seed: int, share: float = KILLED_SHARE) -> None:
        self.program = program
        self.counts: Counter[str] = Counter()
        self._share = share
        self._random = random.Random(seed)
        self._seen = set[Path]()

    def run(self, sampler: str, trials: int, kills: int) -> SweepDirectory:
        """Run the sweep to its end, killing the coordinating process `kills` times."""
        process = self._start(*arguments(sampler, trials))
        assert process.stdout
        sweep = SweepDirectory(self.program.folder / process.stdout.readline().decode().strip())
        for _ in range(kills):
            self._kill_after(process, sweep, self._random.uniform(0.3, 3))
            process = self._start("sweep", "--resume", sweep.path)
        while True:
            self._kill_after(process, sweep, None)
            if process.returncode == 0 and all(
                training.status == "done" for trial in sweep.trials().values() for training in trial.trainings.values()
            ):
                return sweep
            process = self._start("sweep", "--resume", sweep.path, "--retry-failed")

    def _start(self, *arguments: object) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "nncli", *map(str, arguments), "-q"]
        env = self.program.environment()
        return subprocess.Popen(command, cwd=self.program.folder, env=env, stdout=subprocess.PIPE)

    def _kill_after(self, process: subprocess.Popen[bytes], sweep: SweepDirectory, seconds: float | None) -> None:
        """Kill the process after some seconds, and until then one in five of its trainings."""
        end = time.monotonic() + (LAST_SECONDS if seconds is None else seconds)
        while process.poll() is None and time.monotonic() < end:
            time.sleep(self._random.uniform(0, 0.03))
            for path in set(sweep.path.glob("*/run.json")) - self._seen:
                self._seen.add(path)
                if self._random.random() < self._share:
                    self._kill_training(path)
        if process.poll() is None:
            assert seconds is not None, "the sweep takes too long"
            process.kill()
            self.counts["coordinator"] += 1
        process.communicate()

    def _kill_training(self, path: Path) -> None:
        time.sleep(self._random.uniform(0, 0.1))
        run = Run(path.parent)
        with suppress(ProcessLookupError):
            if run.status == "running":
                os.kill(run.info()["pid"], signal.SIGKILL)
                self.counts["training"] += 1


def main(folder: str, sampler: str, trials: str, kills: str, seed: str) -> None:
    program = Program(Path(folder))
    program.write("tiny.yaml", SPEC.replace("EPOCHS", "3000"))
    expected = undisturbed(program, sampler, int(trials))
    disturbed = Disturbed(program, int(seed))
    found = results(disturbed.run(sampler, int(trials), int(kills)))
    assert found == expected
    print(json.dumps({"trials": len(found), "killed": disturbed.counts}))


if __name__ == "__main__":
    main(*sys.argv[1:])
