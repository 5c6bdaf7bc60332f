"""Numbers of a trained run: its outcome, its loss curve and its layers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.diagnosis.dark import dark_inputs
from nncli.diagnosis.probe_rows import probes_of
from nncli.diagnosis.setup import Setup
from nncli.model import Model
from nncli.training.probes import LayerProbe, Probe

LAST_PART = 0.1  # of the epochs, over which a loss that still falls is measured


@dataclass(frozen=True)
class Case:
    """A run with a checkpoint; numbers that several rules need are computed once."""

    model: Model
    status: str  # done, stopped, diverged

    @cached_property
    def setup(self) -> Setup:
        """The experiment and its training samples."""
        plan = self.model.plan()
        return Setup(self.model.experiment, plan.network, plan.training)

    @property
    def diverged(self) -> bool:
        """True if the loss or a weight became infinite or NaN."""
        return self.status == "diverged"

    @cached_property
    def predictions(self) -> Array:
        """Predictions (n, k) for the samples of the setup, as the network computes them."""
        return self._predict(self.setup.samples)

    @np.errstate(all="ignore")
    def _predict(self, samples: Samples) -> Array:
        ops = self.model.plan().evaluation_ops
        return self.setup.network.predict(self.model.params, samples.inputs, ops).astype(np.float64)

    @cached_property
    def unexplained(self) -> float:
        """Squared error on training samples, relative to that of the targets' mean; for classes the Brier score."""
        return self._unexplained(self.predictions, self.setup.targets)

    @cached_property
    def held_out(self) -> float | None:
        """The same on validation samples, None without any."""
        if self._validation is None:
            return None
        return self._unexplained(self._predict(self._validation), self.setup.targets_of(self._validation))

    @cached_property
    def error(self) -> float:
        """Errors on training samples: for classes how many, relative to those of the most frequent class."""
        return self._error(self.setup.samples, self.predictions)

    @cached_property
    def held_out_error(self) -> float | None:
        """The same on validation samples, None without any."""
        return None if self._validation is None else self._error(self._validation, self._predict(self._validation))

    @cached_property
    def _validation(self) -> Samples | None:
        samples = self.model.plan().validation
        return None if samples is None else samples.evenly_spaced(len(self.setup.samples.x))

    def _error(self, samples: Samples, y: Array) -> float:
        classes = class_scores(samples.t, y) if self.setup.has_classes else None
        if classes is None:
            return self._unexplained(y, self.setup.targets_of(samples))
        t, scores = classes
        of_frequent = 1 - float(np.bincount(t).max()) / len(t)
        return float(np.mean(scores.argmax(axis=1) != t)) / of_frequent if of_frequent else 0.0

    @cached_property
    def classes(self) -> tuple[Array, Array] | None:
        """Class numbers (n,) of the samples and their scores (n, classes); None for values and several labels."""
        return class_scores(self.setup.samples.t, self.predictions) if self.setup.has_classes else None

    @np.errstate(all="ignore")
    def _unexplained(self, y: Array, t: Array) -> float:
        mean = self.setup.targets.mean(axis=0)
        total = float(np.sum((t - mean) ** 2))
        error = float(np.sum((y - t) ** 2))
        return error / total if total and math.isfinite(error) else math.inf

    @cached_property
    def gap(self) -> float:
        """The fraction of what simple methods explain that the network does not: 0 is as good, 1 learned nothing."""
        best = self.setup.attainable.best
        return (self.unexplained - best) / (1 - best) if best < 1 else 0.0

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

    @cached_property
    def dark(self) -> Array:
        """True for samples (n,) that make no unit of the first layer fire; all false unless that is relu."""
        return dark_inputs(self.setup.experiment.layers, self.model.weights, self.setup.samples.inputs)

    @cached_property
    def error_in_dark(self) -> float:
        """The fraction of the squared error that falls on dark samples."""
        errors = np.sum((self.predictions - self.setup.targets) ** 2, axis=1)
        total = float(errors.sum())
        return float(errors[self.dark].sum()) / total if total and math.isfinite(total) else 0.0


def class_scores(t: Array, y: Array) -> tuple[Array, Array] | None:
    """Return class numbers (n,) and scores (n, classes) for the targets and predictions of a cross-entropy.

    A single sigmoid stands for two classes. None for several labels, and if a prediction is not finite.
    """
    if not np.isfinite(y).all():
        return None
    if t.ndim == 1:
        return t, y
    return (t[:, 0].astype(np.intp), np.column_stack([1 - y[:, 0], y[:, 0]])) if t.shape[1] == 1 else None
