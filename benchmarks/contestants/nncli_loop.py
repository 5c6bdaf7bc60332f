"""nncli with its real training loop, writing a run as `nncli train` does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.nets import Problem
from nncli import config, store, training
from nncli.events import EpochEnded
from nncli.render import progress


def prepare(problem: Problem, precision: str) -> Callable[[int], tuple[float, float]]:
    def train(epochs: int) -> tuple[float, float]:
        file = problem.folder / f"{problem.net.name}-{precision}.json"
        file.write_text(json.dumps(problem.net.spec(precision, epochs + 2, problem.folder)))
        loaded = config.load(file, [])
        experiment = loaded.experiment
        ends: list[float] = []
        losses: list[float] = []

        def timed(events: Iterator[Any]) -> Iterator[Any]:
            """Pass events on; timing starts after the second epoch, which records the step."""
            for event in events:
                if isinstance(event, EpochEnded):
                    if event.epoch in (1, epochs + 1):
                        ends.append(time.perf_counter())
                    losses.append(event.metrics["loss"])
                yield event

        about = store.provenance([], experiment.seed)
        with store.new_run(problem.folder / "runs", experiment.name, config.dump(experiment), about) as writer:
            progress.show(timed(writer.record(training.start(loaded.resolved))), "quiet")
        return (ends[1] - ends[0]) / epochs, losses[epochs - 1]

    return train
