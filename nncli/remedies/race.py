"""The order in which variants are trained on several seeds, so that little time goes to hopeless ones."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nncli.remedies.proportions import Interval, difference_interval
from nncli.remedies.variants import Variant

SEEDS = 8  # trainings of a variant
MIN_LEFT = 2  # variants in the last round
MAX_CRASHES = 2  # of a variant, which then takes no further part
HOPELESS_AFTER = 2  # seeds of a variant, after which variants are combined if none has learned


class End(NamedTuple):
    """The end of a training: its epochs, and the fraction of the targets' variance left unexplained."""

    epochs: int
    unexplained: float


@dataclass
class Entry:
    """A variant and its trainings so far, by seed."""

    variant: Variant
    waiting: list[int]  # seeds
    running: set[int] = field(default_factory=set)
    learned: dict[int, End] = field(default_factory=dict)
    failed: dict[int, End] = field(default_factory=dict)
    crashes: list[str] = field(default_factory=list)  # reasons

    @property
    def trained(self) -> int:
        """The number of seeds that were trained."""
        return len(self.learned) + len(self.failed)

    @property
    def counts(self) -> tuple[int, int]:
        """The number of seeds that learned, and of those that were trained."""
        return len(self.learned), self.trained

    @property
    def started(self) -> int:
        """The number of seeds that were trained or are being trained."""
        return self.trained + len(self.running)

    @property
    def complete(self) -> bool:
        """True once all seeds were trained."""
        return not (self.waiting or self.running) and len(self.crashes) < MAX_CRASHES

    @property
    def epochs(self) -> float | None:
        """The median number of epochs of the seeds that learned, None without any."""
        return statistics.median(end.epochs for end in self.learned.values()) if self.learned else None

    @property
    def unexplained(self) -> float | None:
        """The median over seeds of the fraction of the variance left unexplained, None without any."""
        ends = [*self.learned.values(), *self.failed.values()]
        return statistics.median(end.unexplained for end in ends) if ends else None

    @property
    def error(self) -> float:
        """The median unexplained fraction in whole percent, with at least one: smaller differences mean nothing."""
        share = 1.0 if self.unexplained is None else min(self.unexplained, 1.0)
        return max(round(share, 2), 0.01)


class Race:
    """Decides what to train next, by successive halving.

    In each round the variants left are trained on twice as many seeds as before: 1, 2, 4 and 8. Then the worse half
    of them drops out; at least two are left. Of variants that learn equally often, those with smaller errors stay.
    The unchanged experiment is trained on all seeds. If it always learns, nothing needs mending, and the race is
    over, unless its errors are `improvable`. If it is `expected_healthy`, the variants wait until it has been trained
    on all seeds or has failed on one. If no variant has learned by the end of the second round, the race starts again
    with what `combine` returns for the one with the smallest errors; if they do not learn either by the end of their
    second round, it continues with the single variants.

    Source: Jamieson and Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter Optimization".
    """

    def __init__(
        self,
        variants: Sequence[Variant],
        seeds: Sequence[int],
        *,
        expected_healthy: bool = False,
        improvable: bool = False,
        combine: Callable[[Variant], Sequence[Variant]] = lambda variant: (),
    ) -> None:
        self.unchanged = Entry(Variant(()), list(seeds))
        self.entries = [Entry(variant, list(seeds)) for variant in variants]
        self.combined = False
        self._combine = combine
        self._seeds = tuple(seeds)
        self.expected_healthy = expected_healthy
        self.improvable = improvable
        self._left = self._single = list(self.entries)
        self._quota = 1  # seeds of each variant in this round

    def next(self) -> tuple[Entry, int] | None:
        """Return the next training, which counts as running: a variant and its seed. None if there is none to start."""
        due = [entry for entry in [self.unchanged, *self._due()] if entry.waiting]
        if not due:
            return None
        entry = min(due, key=lambda entry: entry.started)  # the first of several
        seed = entry.waiting.pop(0)
        entry.running.add(seed)
        return entry, seed

    def _due(self) -> list[Entry]:
        """Return the variants that have not had all seeds of this round; begin the next round if there are none."""
        waits = self.expected_healthy and not (self.unchanged.complete or self.unchanged.failed)
        if waits or (self.is_healthy and not self.improvable):
            return []
        while True:
            due = [entry for entry in self._left if entry.waiting and entry.started < self._quota]
            if due or any(entry.running for entry in self._left):
                return due
            if self._quota == HOPELESS_AFTER and self._start_again():
                continue
            if self._quota >= len(self._seeds):
                return []
            standing = sorted((entry for entry in self._left if entry.trained), key=self._standing)
            self._left = standing[: max(math.ceil(len(standing) / 2), MIN_LEFT)]
            self._quota *= 2

    def _standing(self, entry: Entry) -> tuple[int, int, float]:
        """Return the order of variants in a round, the best first."""
        error = entry.error if entry.unexplained is None or not self.improvable else entry.unexplained
        return len(entry.failed), -len(entry.learned), error

    def _start_again(self) -> bool:
        """Race with combinations of the best variant if none has learned; return whether there are any.

        If they have not learned either, take the single variants again.
        """
        if self.is_healthy or any(entry.learned for entry in self.entries):
            return False
        if self.combined:
            self._left = self._single
            return False
        self._single = self._left
        closest = min((entry for entry in self._left if entry.trained), key=self._standing, default=None)
        combinations = [] if closest is None else self._combine(closest.variant)
        if combinations:
            self._left = [Entry(variant, list(self._seeds)) for variant in combinations]
            self.entries += self._left
            self._quota, self.combined = 1, True
        return self.combined

    def add(self, entry: Entry, seed: int, *, learned: bool, epochs: int, unexplained: float) -> None:
        """Record the end of a training."""
        entry.running.discard(seed)
        ends = entry.learned if learned else entry.failed
        ends[seed] = End(epochs, unexplained)

    def add_crash(self, entry: Entry, seed: int, reason: str) -> None:
        """Record that the process of a training died: it says nothing about learning, so the seed is trained again."""
        entry.running.discard(seed)
        entry.crashes.append(reason)
        entry.waiting = [] if len(entry.crashes) >= MAX_CRASHES else [seed, *entry.waiting]

    def ranking(self) -> list[Entry]:
        """Return the variants that were trained, best first: by the lower end of the interval, then by their errors."""
        trained = [entry for entry in self.entries if entry.trained]
        return sorted(trained, key=lambda entry: (-round(self.interval(entry).low, 6), entry.error))

    def interval(self, entry: Entry) -> Interval:
        """Return the interval for how much more often a variant learns than the unchanged experiment."""
        return difference_interval(entry.counts, self.unchanged.counts)

    @property
    def is_healthy(self) -> bool:
        """True if the unchanged experiment has learned on all seeds."""
        return self.unchanged.complete and not self.unchanged.failed
