"""What is computed of a batch, as the book writes it; Python runs it once, NumPy alone at every step after."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from nncli.data.data import Samples
from nncli.data.preparation import Preparation
from nncli.nn.metrics import Metric, TargetStatistics
from nncli.nn.ops import Array, Ops
from nncli.nn.recording import Recording

Numbers: TypeAlias = list[Array]  # of a batch: the sum of the losses, the penalty, and the sums of each metric


class Measures(NamedTuple):
    """What is measured of a batch."""

    metrics: tuple[Metric, ...]
    statistics: TargetStatistics
    units: Preparation | None = None  # where targets are scaled: metrics are in the user's units

    def of(self, losses: Array, predictions: Array, t: Array, penalty: Any, ops: Ops) -> Numbers:
        """Sums over the batch of losses (n,) and of each metric of predictions (n, k), around the penalty."""
        if self.units is not None:
            predictions, t = self._in_units(predictions, ops), self._in_units(t, ops)
        sums = (metric.sums(predictions, t, self.statistics, ops) for metric in self.metrics)
        return [ops.total(losses), np.asarray(penalty), *sums]

    def _in_units(self, y: Array, ops: Ops) -> Array:
        assert self.units is not None
        values = np.multiply(y, self.units.target_scale, out=ops.empty(y.shape, np.float64))
        return np.add(values, self.units.target_shift, out=values)


class Memory(NamedTuple):
    """A recorded step, and the arrays that it reads and gives."""

    recording: Recording
    batch: Samples
    numbers: Numbers


class Steps:
    """A step that Python runs for the first batch of a size; for later ones its NumPy calls are played back.

    `step` takes a batch and `arrays`, which stay the same ones, in whatever structure. `samples` are the whole set: as
    a batch they need no copy.
    """

    def __init__(self, step: Callable[..., Numbers], samples: Samples, arrays: tuple[Any, ...], ops: Ops) -> None:
        self._step = step
        self._samples = samples
        self._arrays = arrays
        self._ops = ops
        self._memory: dict[int, Memory] = {}

    def __call__(self, x: Array, t: Array) -> Numbers:
        """The numbers of a batch, which the next step writes over."""
        memory = self._memory.get(len(x))
        if memory is None:
            memory = self._memory[len(x)] = self._record(x, t)
        else:
            if x is not memory.batch.x:
                np.copyto(memory.batch.x, x)
                np.copyto(memory.batch.t, t)
            memory.recording.replay()
        return memory.numbers

    def _record(self, x: Array, t: Array) -> Memory:
        recording, ops = Recording(), self._ops
        batch = self._samples if x is self._samples.x else Samples(x.copy(), t.copy())
        ops.recording = recording
        try:
            ops.rewind(len(x))
            numbers = self._step(*recording.watch(batch), *recording.watch(self._arrays), ops)
        finally:
            ops.recording = None
        return Memory(recording, batch, [np.asarray(number) for number in numbers])
