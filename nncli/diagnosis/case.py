"""Numbers of a trained run: its outcome, its loss curve and its layers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nncli.arrays import Array
from nncli.diagnosis.fit import Fit
from nncli.diagnosis.probe_rows import probes_of
from nncli.diagnosis.setup import Setup
from nncli.model import Model
from nncli.training.probes import LayerProbe, Probe

LAST_PART = 0.1  # of the epochs, over which a loss that still falls is measured


@dataclass(frozen=True)
class Case(Fit):
    """A run with a checkpoint; numbers that several rules need are computed once."""

    model: Model

    @classmethod
    def of(cls, model: Model, status: str) -> Case:
        """Return the case of a run that ended with a status: done, stopped or diverged."""
        plan = model.plan()
        return cls(Setup.of(plan), plan, model.params, status, model)

    @cached_property
    def losses(self) -> Array:
        """The finite losses of all epochs."""
        loss = self.model.run.metrics()["loss"]
        return np.asarray(loss[np.isfinite(loss)])

    @property
    def epochs(self) -> int:
        """The number of epochs trained."""
        return len(self.model.run.metrics()["loss"])

    @property
    def steps(self) -> int:
        """The number of steps taken."""
        return self.setup.steps * self.epochs // self.setup.experiment.train.epochs

    @cached_property
    def worst(self) -> float:
        """The highest loss of an epoch, relative to the loss of the initial weights."""
        first = self.first.loss
        return float(np.max(self.losses)) / first if first and len(self.losses) else 1.0

    @cached_property
    def still_falling(self) -> float:
        """The fall of the loss in the last tenth of the epochs, relative to the loss at its beginning.

        It compares the median of the last tenth with that of the tenth before.
        """
        part = max(1, round(LAST_PART * len(self.losses)))
        if len(self.losses) < 2 * part:
            return 0.0
        before, last = np.median(self.losses[-2 * part : -part]), np.median(self.losses[-part:])
        return float((before - last) / before) if before > 0 else 0.0

    @cached_property
    def probes(self) -> list[Probe]:
        """The probes, of which the first is of the initial weights if the run has snapshots or probes."""
        return probes_of(self.model)

    @property
    def first(self) -> Probe:
        """The first probe."""
        return self.probes[0]

    @cached_property
    def last(self) -> Probe:
        """The last probe of finite weights."""
        finite = [probe for probe in self.probes if probe.not_finite is None]
        return finite[-1] if finite else self.probes[-1]

    def hidden(self, probe: Probe) -> list[LayerProbe]:
        """Return the layers of a probe before the last one."""
        return list(probe.layers[:-1])
