"""Contestants timed in turn, round by round, so that whatever else the machine does falls on all of them alike."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.worker import ONE_THREAD


@dataclass
class Times:
    """Seconds of each round, and what was checked."""

    seconds: list[float] = field(default_factory=list)
    loss: float = float("nan")

    @property
    def median(self) -> float:
        """The median over rounds."""
        return statistics.median(self.seconds)

    def ratio_to(self, other: Times) -> float:
        """The median of the ratios within a round."""
        return statistics.median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))


class Worker:
    """A contestant's process."""

    def __init__(
        self, name: str, net: str, folder: Path, root: Path | None = None, environment: Mapping[str, str] = os.environ
    ) -> None:
        command = [sys.executable, "-m", "benchmarks.worker", name, net, str(folder)]
        pipe, settings = subprocess.PIPE, {**environment, **ONE_THREAD}
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=root, env=settings)
        self.answer = self._read()
        self.ready = bool(self.answer.get("ready"))

    def train(self, epochs: int) -> tuple[float, float]:
        """Seconds of an epoch, and the loss of the last."""
        assert self._process.stdin is not None
        print(epochs, file=self._process.stdin, flush=True)
        told = self._read()
        return told["seconds"], told["loss"]

    def end(self) -> None:
        """Lets the process end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _read(self) -> dict[str, float]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args} ended without an answer")
        told: dict[str, float] = json.loads(line)
        return told


def in_turn(workers: dict[str, Worker], epochs: int, rounds: int, checked: int) -> dict[str, Times]:
    """Times of each contestant, once it is warm; the loss is that after `checked` epochs."""
    times = {name: Times() for name in workers}
    for name, worker in workers.items():
        times[name].loss = worker.train(checked)[1]
        worker.train(epochs)  # JAX compiles a scan for each number of epochs
    for _ in range(rounds):
        for name, worker in workers.items():
            times[name].seconds.append(worker.train(epochs)[0])
    return times
