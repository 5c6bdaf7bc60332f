"""A fake training that costs nothing, and helpers to record it."""

from __future__ import annotations

import math

import numpy as np

from nncli.events import EpochEnded, Monitor, TrainingEnded, TrainingStarted
from nncli.store import Run

VAL_LOSS = Monitor("val_loss", higher_is_better=False)


class Training:
    """A training whose weights are the number of the epoch."""

    def __init__(self, losses, *, monitor=None, ends=("done", ""), fails=None, first=0):
        self.losses, self.monitor, self.ends, self.fails, self.first = losses, monitor, ends, fails, first
        self.epoch = first - 1
        self.saves = 0

    def __iter__(self):
        yield TrainingStarted(self.first, len(self.losses), 10, 5, ("accuracy",), self.monitor)
        for epoch, loss in list(enumerate(self.losses))[self.first :]:
            self.epoch = epoch
            if self.fails is not None and self.epoch == self.fails[0]:
                raise self.fails[1]
            validation = {"val_loss": loss, "val_accuracy": 0.5} if self.monitor else {}
            yield EpochEnded(self.epoch, {"loss": loss, "accuracy": 0.25, "learning_rate": 0.1, **validation})
        yield TrainingEnded(*self.ends)

    def arrays(self):
        self.saves += 1
        return {"layers.0.weights": np.full((2, 2), self.epoch), "epoch": np.array(self.epoch + 1)}

    def parameters(self):
        return {"layers.0.weights": np.full((2, 2), self.epoch, np.float32)}

    def evaluate(self):
        return {"loss": 0.125, "accuracy": math.nan}


def record(writer, training, stop_after=None):
    with writer:
        for event in writer.record(training):
            if isinstance(event, EpochEnded) and event.epoch == stop_after:
                break
    return Run(writer.path)


def weights(run, which):
    return run.checkpoint(which)["layers.0.weights"].tolist()[0][0]


def recorded_end(run):
    return tuple(run.info()[key] for key in ("status", "exit_code", "reason"))
