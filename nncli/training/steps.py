"""Run steps over batches: compute the first batch of a size plainly, record the second, replay the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.data.lazy_rows import Inputs, LazyRows
from nncli.data.preprocessing import Preprocessing
from nncli.nn.engine.ops import Ops
from nncli.nn.engine.plan import passes_from_environment, plan
from nncli.nn.engine.record import Recording
from nncli.nn.engine.replay import Replay
from nncli.nn.metrics.base import Metric, TargetStatistics
from nncli.nn.optimizers.base import Optimizer
from nncli.training.batches import BatchRows, sample_count

STEPS_AT_ONCE = 256
ALL_SAMPLES = 0  # key instead of a batch size: all samples in their original order

BatchSums: TypeAlias = list[Array]  # of a batch: the sum of the losses, the penalty, and the sums of each metric


class BatchMetrics(NamedTuple):
    """The metrics to measure on a batch."""

    metrics: tuple[Metric, ...]
    statistics: TargetStatistics
    units: Preprocessing | None = None  # for scaled targets, so that metrics are in the user's units

    def of(self, losses: Array, predictions: Array, t: Array, penalty: Any, ops: Ops) -> BatchSums:
        """Return the sum of losses (n,), the penalty, and the sums of each metric of predictions (n, k)."""
        if self.units is not None:
            predictions, t = self._in_units(predictions, ops), self._in_units(t, ops)
        sums = (metric.sums(predictions, t, self.statistics, ops) for metric in self.metrics)
        if not isinstance(penalty, np.ndarray):
            penalty = ops.constant(np.asarray(penalty))  # in a step that is not recorded, a scalar with its own dtype
        return [ops.total(losses), penalty, *sums]

    def _in_units(self, y: Array, ops: Ops) -> Array:
        assert self.units is not None
        scale, shift = ops.constant(self.units.target_scale), ops.constant(self.units.target_shift)
        return (y * scale + shift).astype(np.float64, copy=False)


class RecordedStep(NamedTuple):
    """A recorded step with the arrays that it reads and writes."""

    replay: Replay
    batch: tuple[Array, Array]
    sums: BatchSums


class Steps:
    """A step that is recorded for the second batch of each size, and replayed for later ones.

    The first batch is computed plainly: it may be the only one, and recording takes as long as dozens of replays.
    `step` takes a batch of samples and `arrays`, which may be nested but must hold the same objects at every step. A
    batch of all samples in their original order is not copied, unless they are read from a mapped file.
    """

    def __init__(self, step: Callable[..., BatchSums], samples: Samples, arrays: tuple[Any, ...], ops: Ops) -> None:
        self._step = step
        self._samples = samples
        self._arrays = arrays
        self._ops = ops
        self._passes = passes_from_environment()
        self._uncopied_size = None if isinstance(samples.x, LazyRows) else len(samples.x)
        self._recorded: dict[int, RecordedStep | None] = {}  # by size; None after the first batch of a size

    def __call__(self, rows: BatchRows) -> BatchSums:
        """Return the sums of a batch; the next step overwrites them."""
        size = sample_count(rows)
        all_samples = isinstance(rows, slice) and size == self._uncopied_size
        key = ALL_SAMPLES if all_samples else size
        if key not in self._recorded:
            self._recorded[key] = None
            return self._step(self._samples.x[rows], self._samples.t[rows], *self._arrays, self._ops)
        recorded = self._recorded[key]
        if recorded is None:
            recorded = self._recorded[key] = self._record(rows, all_samples)
        else:
            if not all_samples:
                for samples, batch in zip(self._samples, recorded.batch, strict=True):
                    _copy_rows(samples, rows, batch)
            recorded.replay()
        return recorded.sums

    def _record(self, rows: BatchRows, all_samples: bool) -> RecordedStep:
        recording, (x, t) = Recording(), self._samples
        # `x` is an array if all samples are one batch that need not be copied.
        batch = (np.asarray(x), t) if all_samples else (np.array(x[rows]), np.array(t[rows]))
        with recording:
            sums = self._step(*recording.watch(batch, fixed=all_samples), *recording.watch(self._arrays), self._ops)
        planned = plan(recording.program(sums), self._passes)
        for array, value in zip(planned.results, sums, strict=True):
            array[...] = value  # from this step, which was not replayed
        return RecordedStep(Replay(planned.calls), batch, planned.results)


def _copy_rows(samples: Inputs, rows: BatchRows, batch: Array) -> None:
    if isinstance(rows, slice):
        np.copyto(batch, samples[rows])
    else:
        samples.take(rows, 0, batch, "clip")  # without `clip`, NumPy would write through a temporary array


class Scalars:
    """The scalars that an optimizer needs at each step, as arrays (), in each dtype of the gradients.

    They are computed for many steps at once. One at a time, between steps that fill the processor's cache, takes
    several times as long.
    """

    def __init__(self, optimizer: Optimizer, steps: int, dtypes: Sequence[np.dtype[Any]]) -> None:
        self._optimizer = optimizer
        self._steps = steps
        self._computed = range(0)
        first = optimizer.scalars(0, steps)
        self._rows = [np.zeros(len(first), dtype) for dtype in dtypes]
        self._ahead: list[tuple[Array, list[Array]]] = []  # a row, and its values for the computed steps
        self.arrays = [type(first)(*(row[i, ...] for i in range(len(row)))) for row in self._rows]

    def set(self, step: int) -> None:
        """Set the arrays to the values of a step."""
        if step not in self._computed:
            self._computed = range(step, max(step + 1, min(step + STEPS_AT_ONCE, self._steps)))
            numbers = [self._optimizer.scalars(k, self._steps) for k in self._computed]
            self._ahead = [(row, list(np.array(numbers, row.dtype))) for row in self._rows]
        for row, ahead in self._ahead:
            row[...] = ahead[step - self._computed.start]
