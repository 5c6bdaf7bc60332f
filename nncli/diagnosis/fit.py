"""A trained network and its errors, from which the verdict follows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.diagnosis.dark import dark_inputs
from nncli.diagnosis.setup import Setup
from nncli.nn.network import Parameters
from nncli.training import Plan


@dataclass(frozen=True)
class Fit:
    """A trained network and its errors on training and validation samples, each computed once."""

    setup: Setup
    plan: Plan
    params: Parameters
    status: str  # done, stopped, diverged

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
        ops = self.plan.evaluation_ops
        return self.setup.network.predict(self.params, samples.inputs, ops).astype(np.float64)

    @cached_property
    def unexplained(self) -> float:
        """Squared error on training samples, relative to that of the targets' mean; for classes the Brier score.

        Samples count with the weights of their classes in the loss.
        """
        return self._unexplained(self.setup.samples, self.predictions)

    @cached_property
    def held_out(self) -> float | None:
        """The same on validation samples, None without any."""
        return (
            None if self._validation is None else self._unexplained(self._validation, self._predict(self._validation))
        )

    @property
    def remaining(self) -> float:
        """The unexplained fraction on validation samples if there are any, otherwise on training samples."""
        return self.unexplained if self.held_out is None else self.held_out

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
        samples = self.plan.validation
        return None if samples is None else samples.evenly_spaced(len(self.setup.samples.x))

    def _error(self, samples: Samples, y: Array) -> float:
        classes = class_scores(samples.t, y) if self.setup.has_classes else None
        if classes is None:
            return self._unexplained(samples, y)
        t, scores = classes
        of_frequent = 1 - float(np.bincount(t).max()) / len(t)
        return float(np.mean(scores.argmax(axis=1) != t)) / of_frequent if of_frequent else 0.0

    @cached_property
    def classes(self) -> tuple[Array, Array] | None:
        """Class numbers (n,) of the samples and their scores (n, classes); None for values and several labels."""
        return class_scores(self.setup.samples.t, self.predictions) if self.setup.has_classes else None

    @np.errstate(all="ignore")
    def _unexplained(self, samples: Samples, y: Array) -> float:
        setup = self.setup
        mean = np.average(setup.targets, axis=0, weights=setup.weights_of(setup.samples))
        t, weights = setup.targets_of(samples), setup.weights_of(samples)[:, None]
        total = float(np.sum(weights * (t - mean) ** 2))
        error = float(np.sum(weights * (y - t) ** 2))
        return error / total if total and math.isfinite(error) else math.inf

    @cached_property
    def gap(self) -> float:
        """The fraction of what simple methods explain that the network does not: 0 is as good, 1 learned nothing."""
        best = self.setup.attainable.best
        return (self.unexplained - best) / (1 - best) if best < 1 else 0.0

    @cached_property
    def dark(self) -> Array:
        """True for samples (n,) that make no unit of the first layer fire; all false unless that is relu."""
        pairs = zip(self.setup.network.links, self.params.links, strict=True)
        weights = {link.number: views for link, views in pairs if views}  # an activation has the number of its layer
        return dark_inputs(self.setup.experiment.layers, weights, self.setup.samples.inputs)

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
