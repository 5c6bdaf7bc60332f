"""Take probes during training: when, and what must be remembered between two of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncli.checkpoint import Checkpoint
from nncli.nn.engine.ops import Ops
from nncli.nn.network import Network, Parameters
from nncli.training.plan import Plan
from nncli.training.probes import MAX_SAMPLES, Probe, Prober, update_ratios
from nncli.training.snapshots import dense_at_first

SHARE = 0.006  # of the time of `nncli train` that probes may take, by the estimates below
MIN_PROBES, ENOUGH_PROBES, MAX_PROBES = 10, 25, 100
MIN_SAMPLES, ENOUGH_SAMPLES = 100, 250
GROWTH, LARGE_LOSS = 1.1, 1e6  # growth within an epoch, or size, of a loss that may announce divergence

# Microseconds, timed on one core in float32. Only their ratios matter, and even these hardly.
START = 400_000.0  # of the command
PER_STEP, PER_UNIT, PER_WEIGHT = 8.0, 6e-4, 4e-5  # of training: per link and step, then per sample
PER_PROBE, PER_PROBED_UNIT, PER_PROBED_WEIGHT = 130.0, 8e-3, 6e-5  # of a probe: per link, then per sample


class Probing:
    """Probes of a training in progress."""

    def __init__(self, plan: Plan, checkpoint: Checkpoint) -> None:
        train, n = plan.experiment.train, len(plan.training.x)
        due, samples = schedule(train.epochs, plan.steps // train.epochs, n, plan.network)
        self._network = plan.network
        self._checkpoint = checkpoint
        ops = Ops(plan.experiment.precision, np.random.RandomState(0), training=False)
        self._prober = Prober(plan.network, plan.training.evenly_spaced(samples), ops)
        self._due = frozenset(due)
        self._loss = checkpoint.loss
        self._last: Probe | None = None
        self._copy: tuple[int, Parameters] | None = None  # of the weights after a number of epochs

    def rows(self, *, always: bool) -> list[dict[str, Any]]:
        """Return the new and the changed rows of probes.jsonl; call it before the first epoch and after every one.

        The current weights are measured if a probe is due, or `always`. After an epoch that follows a probe, that probe
        is returned again with its update ratios. After an epoch whose loss is not finite, the weights before it are
        measured, because those after it are mostly NaN and do not show where that began.
        """
        epoch, loss, copy = self._checkpoint.epoch, self._checkpoint.loss, self._copy
        probes = []
        if copy is not None and copy[0] == epoch - 1:
            if self._last is not None and self._last.epoch == epoch - 1:
                ratios = update_ratios(self._network, copy[1], self._checkpoint.params)
                probes.append(self._last.with_update_ratios(ratios))
            elif not math.isfinite(loss):
                probes.append(self._prober.measure(copy[1], copy[0]))
        if (always or epoch in self._due) and (self._last is None or self._last.epoch < epoch):
            self._last = self._prober.measure(self._keep_copy(), epoch)
            probes.append(self._last)
        elif copy is None or loss > GROWTH * self._loss or loss > LARGE_LOSS:
            self._keep_copy()
        self._loss = loss
        return [each.as_row() for each in probes]

    def _keep_copy(self) -> Parameters:
        links = self._checkpoint.params.links
        copies = tuple({name: array.copy() for name, array in views.items()} for views in links)
        self._copy = self._checkpoint.epoch, Parameters((), copies)
        return self._copy[1]


def schedule(epochs: int, steps: int, samples: int, network: Network) -> tuple[tuple[int, ...], int]:
    """Return the epochs after which to take probes, dense at first, and the number of samples of each.

    Probes then take less than 2 % of the time of a training; `steps` are those of an epoch. There are at most 100 of at
    most 1,000 samples. In shorter trainings, they first have fewer samples, down to 250; then they are fewer, down
    to 10; then these have fewer samples, down to 100.
    """
    links, weights = len(network.links) or 1, network.parameter_count
    units = sum(link.outputs for link in network.links if link.shapes)
    of_epoch = steps * links * PER_STEP + samples * (units * PER_UNIT + weights * PER_WEIGHT)
    allowance = SHARE * (START + epochs * of_epoch)
    of_probe, of_sample = links * PER_PROBE, (units or 1) * PER_PROBED_UNIT + weights * PER_PROBED_WEIGHT

    def samples_of(probes: int) -> int:
        return int((allowance / probes - of_probe) / of_sample)

    affordable = max(samples_of(ENOUGH_PROBES), min(samples_of(MIN_PROBES), ENOUGH_SAMPLES))
    probed = min(max(affordable, MIN_SAMPLES), MAX_SAMPLES, samples)
    count = min(max(int(allowance / (of_probe + probed * of_sample)), MIN_PROBES), MAX_PROBES)
    return tuple(range(epochs + 1)) if count > epochs else dense_at_first(epochs, count), probed
