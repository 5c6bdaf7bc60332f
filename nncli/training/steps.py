"""Steps over batches: plain for the first batch of a size, recorded for the second, replayed for all others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.data.preprocessing import Preprocessing
from nncli.nn.engine.ops import Ops
from nncli.nn.engine.plan import passes_from_environment, plan
from nncli.nn.engine.record import Recording
from nncli.nn.engine.replay import Replay
from nncli.nn.metrics.base import Metric, TargetStatistics
from nncli.nn.optimizers.base import Optimizer
from nncli.training.batches import BatchRows, sample_count

STEPS_AT_ONCE = 256
WHOLE = 0  # instead of a size: all samples in their own order

BatchSums: TypeAlias = list[Array]  # of a batch: the sum of the losses, the penalty, and the sums of each metric


class BatchMetrics(NamedTuple):
    """What is measured of a batch."""

    metrics: tuple[Metric, ...]
    statistics: TargetStatistics
    units: Preprocessing | None = None  # where targets are scaled: metrics are in the user's units

    def of(self, losses: Array, predictions: Array, t: Array, penalty: Any, ops: Ops) -> BatchSums:
        """Sums over the batch of losses (n,) and of each metric of predictions (n, k), around the penalty."""
        if self.units is not None:
            predictions, t = self._in_units(predictions, ops), self._in_units(t, ops)
        sums = (metric.sums(predictions, t, self.statistics, ops) for metric in self.metrics)
        if not isinstance(penalty, np.ndarray):
            penalty = ops.constant(np.asarray(penalty))  # of a step that is not recorded, a number of its own dtype
        return [ops.total(losses), penalty, *sums]

    def _in_units(self, y: Array, ops: Ops) -> Array:
        assert self.units is not None
        scale, shift = ops.constant(self.units.target_scale), ops.constant(self.units.target_shift)
        return (y * scale + shift).astype(np.float64, copy=False)


class RecordedStep(NamedTuple):
    """A recorded step, and the arrays that it reads and gives."""

    replay: Replay
    batch: Samples
    numbers: BatchSums


class Steps:
    """A step that is recorded for the second batch of a size, and replayed for later ones.

    The first batch is computed plainly: it may be the only one, and recording takes as long as dozens of replays.
    `step` takes a batch of the samples and `arrays`, which stay the same ones, in whatever structure. All samples as
    one batch, in their own order, need no copy.
    """

    def __init__(self, step: Callable[..., BatchSums], samples: Samples, arrays: tuple[Any, ...], ops: Ops) -> None:
        self._step = step
        self._samples = samples
        self._arrays = arrays
        self._ops = ops
        self._passes = passes_from_environment()
        self._memory: dict[int, RecordedStep | None] = {}  # None after the first batch of a size

    def __call__(self, rows: BatchRows) -> BatchSums:
        """The numbers of a batch, which the next step writes over."""
        size = sample_count(rows)
        whole = isinstance(rows, slice) and size == len(self._samples.x)
        key = WHOLE if whole else size
        if key not in self._memory:
            self._memory[key] = None
            return self._step(self._samples.x[rows], self._samples.t[rows], *self._arrays, self._ops)
        memory = self._memory[key]
        if memory is None:
            memory = self._memory[key] = self._record(rows, whole)
        else:
            if not whole:
                for all_of_them, batch in zip(self._samples, memory.batch, strict=True):
                    _copy_rows(all_of_them, rows, batch)
            memory.replay()
        return memory.numbers

    def _record(self, rows: BatchRows, whole: bool) -> RecordedStep:
        recording, (x, t) = Recording(), self._samples
        batch = self._samples if whole else Samples(x[rows].copy(), t[rows].copy())
        with recording:
            numbers = self._step(*recording.watch(batch, fixed=whole), *recording.watch(self._arrays), self._ops)
        planned = plan(recording.program(numbers), self._passes)
        for array, number in zip(planned.results, numbers, strict=True):
            array[...] = number  # of this step, which was not replayed
        return RecordedStep(Replay(planned.calls), batch, planned.results)


def _copy_rows(samples: Array, rows: BatchRows, batch: Array) -> None:
    if isinstance(rows, slice):
        np.copyto(batch, samples[rows])
    else:
        samples.take(rows, 0, batch, "clip")  # without `clip` NumPy would not write straight into the batch


class Scalars:
    """The numbers that an optimizer takes at each step, as arrays (), in each of some dtypes.

    They are worked out for many steps at once: one by one, after steps that filled the processor's cache with numbers,
    Python takes several times as long for it.
    """

    def __init__(self, optimizer: Optimizer, steps: int, dtypes: Sequence[np.dtype[Any]]) -> None:
        self._optimizer = optimizer
        self._steps = steps
        self._known = range(0)
        first = optimizer.scalars(0, steps)
        self._rows = [np.zeros(len(first), dtype) for dtype in dtypes]
        self._ahead: list[tuple[Array, list[Array]]] = []  # a row, and those of the steps that are known
        self.arrays = [type(first)(*(row[i, ...] for i in range(len(row)))) for row in self._rows]

    def set(self, step: int) -> None:
        """Makes the arrays those of a step."""
        if step not in self._known:
            self._known = range(step, max(step + 1, min(step + STEPS_AT_ONCE, self._steps)))
            numbers = [self._optimizer.scalars(k, self._steps) for k in self._known]
            self._ahead = [(row, list(np.array(numbers, row.dtype))) for row in self._rows]
        for row, ahead in self._ahead:
            row[...] = ahead[step - self._known.start]
