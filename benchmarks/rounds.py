"""Time contestants alternately, in rounds, so that other load on the machine affects all of them alike."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nncli import threads

ONE_THREAD = threads.setting(1) | {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
}


@dataclass
class Times:
    """The seconds of each round, and the loss to compare."""

    seconds: list[float] = field(default_factory=list)
    loss: float = float("nan")

    @property
    def median(self) -> float:
        """The median over rounds."""
        return statistics.median(self.seconds)

    def ratio_to(self, other: Times) -> float:
        """Return the median of the ratios within each round."""
        return statistics.median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))


class Worker:
    """The process of a contestant."""

    def __init__(
        self, name: str, net: str, folder: Path, root: Path | None = None, environment: Mapping[str, str] = os.environ
    ) -> None:
        command = [sys.executable, "-m", "benchmarks.worker", name, net, str(folder)]
        pipe, settings = subprocess.PIPE, {**environment, **ONE_THREAD}
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=root, env=settings)
        self.answer = self._read()
        self.ready = bool(self.answer.get("ready"))

    def train(self, epochs: int) -> tuple[float, float]:
        """Train, and return the seconds per epoch and the loss of the last epoch."""
        assert self._process.stdin is not None
        print(epochs, file=self._process.stdin, flush=True)
        answer = self._read()
        return answer["seconds"], answer["loss"]

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _read(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args} ended without an answer")
        answer: dict[str, float] = json.loads(line)
        return answer


def time_alternately(workers: dict[str, Worker], epochs: int, rounds: int, epochs_to_loss: int) -> dict[str, Times]:
    """Return the times of each contestant after a warm-up, and the loss after `epochs_to_loss` epochs."""
    times = {name: Times() for name in workers}
    for name, worker in workers.items():
        times[name].loss = worker.train(epochs_to_loss)[1]
        worker.train(epochs)  # JAX compiles a scan for each number of epochs
    for _ in range(rounds):
        for name, worker in workers.items():
            times[name].seconds.append(worker.train(epochs)[0])
    return times
