"""The loss, metrics and baseline of evaluations, as far as they depend on the training targets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.checkpoint import checkpoint_error
from nncli.data.data import Samples
from nncli.data.preprocessing import Preprocessing
from nncli.metric_choice import metrics_of
from nncli.nn.engine.ops import Ops
from nncli.nn.losses.base import Loss
from nncli.nn.metrics.base import TargetStatistics
from nncli.resolved import ResolvedExperiment
from nncli.training.samples import prepare_samples
from nncli.training.steps import BatchMetrics

MEAN, DEVIATION, BASELINE = "targets.mean", "targets.standard_deviation", "targets.baseline"
CLASS_WEIGHTS = "targets.class_weights"
SAVED_TARGETS = (MEAN, DEVIATION, BASELINE, CLASS_WEIGHTS)


class Scoring(NamedTuple):
    """Everything that an evaluation needs besides the weights and the samples."""

    resolved: ResolvedExperiment
    preprocessing: Preprocessing
    loss: Loss  # with a number as the weight of each class
    batch_metrics: BatchMetrics
    baseline: Array  # (1, outputs), see `baseline_output`
    ops: Ops
    dtypes: tuple[np.dtype, np.dtype] | None = None  # of x and t if samples are drawn, which book precision keeps

    def prepare(self, samples: Samples) -> Samples:
        """Prepare drawn or read samples for the network like the training samples."""
        experiment, described = self.resolved.experiment, self.resolved.description
        outputs = self.resolved.network.outputs
        prepared = prepare_samples(samples, described, self.preprocessing, self.loss, outputs, experiment.precision)
        if self.dtypes is None:
            return prepared
        return Samples(prepared.inputs.astype(self.dtypes[0]), prepared.t.astype(self.dtypes[1]))

    def arrays(self) -> dict[str, Array]:
        """Return what depends on the training targets, for checkpoints."""
        statistics, weights = self.batch_metrics.statistics, self.loss.current_class_weights()
        arrays = {MEAN: statistics.mean, DEVIATION: statistics.standard_deviation, BASELINE: self.baseline}
        return {name: np.asarray(array) for name, array in arrays.items()} | (
            {CLASS_WEIGHTS: np.array(weights)} if isinstance(weights, tuple) else {}
        )

    @classmethod
    def of_arrays(
        cls, arrays: Mapping[str, Array], resolved: ResolvedExperiment, preprocessing: Preprocessing, place: str
    ) -> Scoring | None:
        """Return the scoring that `arrays` saved, None if they did not. Raises NncliError if an array is damaged."""
        if BASELINE not in arrays:  # checkpoints of drawn data, and of version 0.1.0
            return None
        experiment, described, loss = resolved.experiment, resolved.description, resolved.experiment.loss
        outputs = resolved.network.outputs
        shapes = {MEAN: () if loss.targets == "labels" else (outputs,), DEVIATION: (), BASELINE: (1, outputs)}
        if loss.current_class_weights() is not None:
            shapes[CLASS_WEIGHTS] = (len(described.class_names),)
        for name, shape in shapes.items():
            array = arrays.get(name)
            if array is None or array.dtype.kind != "f" or array.shape != shape or not np.isfinite(array).all():
                raise checkpoint_error(f"{name} is missing or damaged", place)
        if CLASS_WEIGHTS in shapes:
            loss = dataclasses.replace(loss, class_weights=tuple(arrays[CLASS_WEIGHTS].tolist()))  # type: ignore[type-var]
        multilabel = described.task == "multilabel"
        deviation = arrays[DEVIATION][()]  # in the dtype of the targets
        statistics = TargetStatistics(arrays[MEAN][()], deviation, multilabel)  # type: ignore[arg-type]
        units = None if preprocessing.targets_unscaled else preprocessing
        batch_metrics = BatchMetrics(metrics_of(experiment, described), statistics, units)
        ops = Ops(experiment.precision, np.random.RandomState(0), training=False)
        return cls(resolved, preprocessing, loss, batch_metrics, arrays[BASELINE], ops)
