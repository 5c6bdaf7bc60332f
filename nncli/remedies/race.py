"""The order in which variants are trained on several seeds, so that little time goes to hopeless ones."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from nncli.remedies.proportions import Interval, difference_interval
from nncli.remedies.variants import Variant

SEEDS = 8  # trainings of a variant
MAX_CRASHES = 2  # of a variant, which then takes no further part


@dataclass
class Entry:
    """A variant and its trainings so far; `learned` has the epochs that it took, `failed` the variance unexplained."""

    variant: Variant
    waiting: list[int]  # seeds
    running: set[int] = field(default_factory=set)
    learned: dict[int, int] = field(default_factory=dict)
    failed: dict[int, float] = field(default_factory=dict)
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
        return not (self.waiting or self.running or self.crashes)

    @property
    def epochs(self) -> float | None:
        """The median number of epochs until the network was healthy, None if it never was."""
        return statistics.median(self.learned.values()) if self.learned else None

    @property
    def unexplained(self) -> float | None:
        """The median over seeds that did not learn of the variance left unexplained, None without any."""
        return statistics.median(self.failed.values()) if self.failed else None


class Race:
    """Decides what to train next, by successive halving: the better a variant stands, the more seeds it gets.

    Every variant gets one seed, the best six get 2, the best four 4 and the best two all. Variants stand by their
    failures so far, then by their successes, then in the given order. The unchanged experiment keeps pace with the
    best; once it has learned on all seeds, nothing needs mending, and the race is over. If it is `expected_healthy`,
    the variants wait until it fails on a seed.

    Source: Jamieson and Talwalkar 2016, "Non-stochastic Best Arm Identification and Hyperparameter Optimization".
    """

    def __init__(self, variants: Sequence[Variant], seeds: Sequence[int], *, expected_healthy: bool = False) -> None:
        self.unchanged = Entry(Variant(()), list(seeds))
        self.entries = [Entry(variant, list(seeds)) for variant in variants]
        self._seeds = len(seeds)
        self._expected_healthy = expected_healthy

    def next(self) -> tuple[Entry, int] | None:
        """Return the next training, which counts as running: a variant and its seed. None if there is none to start."""
        due = [entry for entry in [self.unchanged, *self._due()] if entry.waiting]
        if not due:
            return None
        entry = min(due, key=lambda entry: entry.started)  # the first of several: the best
        seed = entry.waiting.pop(0)
        entry.running.add(seed)
        return entry, seed

    def _due(self) -> list[Entry]:
        """Return the variants that have not had the seeds of their place, best first."""
        if not self.unchanged.failed and (self._expected_healthy or self.unchanged.complete):
            return []
        standing = sorted(self.entries, key=lambda entry: (len(entry.failed), -len(entry.learned)))
        quotas = (max(self._seeds >> place // 2, 1) for place in count())
        return [entry for entry, quota in zip(standing, quotas, strict=False) if entry.started < quota]

    def add(self, entry: Entry, seed: int, *, learned: bool, epochs: int, unexplained: float) -> None:
        """Record the end of a training."""
        entry.running.discard(seed)
        if learned:
            entry.learned[seed] = epochs
        else:
            entry.failed[seed] = unexplained

    def add_crash(self, entry: Entry, seed: int, reason: str) -> None:
        """Record that the process of a training died: it says nothing about learning, so the seed is trained again."""
        entry.running.discard(seed)
        entry.crashes.append(reason)
        entry.waiting = [] if len(entry.crashes) >= MAX_CRASHES else [seed, *entry.waiting]

    def ranking(self) -> list[Entry]:
        """Return the variants that were trained, best first: by the lower end of the interval, then in given order."""
        trained = [entry for entry in self.entries if entry.trained]
        return sorted(trained, key=lambda entry: -round(self.interval(entry).low, 6))

    def interval(self, entry: Entry) -> Interval:
        """Return the interval for how much more often a variant learns than the unchanged experiment."""
        return difference_interval(entry.counts, self.unchanged.counts)

    @property
    def is_healthy(self) -> bool:
        """True if the unchanged experiment has learned on all seeds."""
        return self.unchanged.complete and not self.unchanged.failed
