"""A planted fault, and the registry of the functions that plant them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from benchmarks.why.bases import SPLIT, Base, Spec, scale_epochs, scale_rate, set_hidden
from benchmarks.why.families import Family
from benchmarks.why.sources import Random, Source
from benchmarks.why.trial import Outcome

Condition = Callable[[Outcome], bool]


@dataclass(frozen=True)
class Alternative:
    """Another cause, right as well if the outcomes meet a condition and the remedy, if any, makes the spec succeed."""

    cause: str
    remedy: Spec | None = None
    when: Condition = lambda outcome: True


# Parts of the way from the baseline's score to the best possible one: the least of a healthy spec, the most of a
# faulty one.
REACHED, FAILED = 0.9, 0.75


@dataclass
class Planted:
    """A spec with a fault, and the healthy base to compare it with."""

    base: Base
    spec: Spec
    causes: list[str]
    note: str
    source: Source | None = None  # the data with the fault, if it is in the data
    alternatives: list[Alternative] = field(default_factory=list)
    condition: Condition = lambda outcome: True  # that the outcome must meet on every seed
    refused: bool = False
    reached: float = REACHED
    failed: float = FAILED

    @property
    def data(self) -> Source:
        """The data to train on."""
        return self.source or self.base.source

    def split_off(self, validation: float) -> None:
        """Split validation samples off in all specs, unless they have some."""
        if SPLIT not in self.spec:
            specs = [self.base.spec, self.spec, *(each.remedy for each in self.alternatives if each.remedy is not None)]
            for spec in specs:
                spec[SPLIT] = {"validation": validation}

    def or_if_cured(self, cause: str, remedy: Spec, when: Condition = lambda outcome: True) -> Planted:
        """Accept another cause if its remedy alone makes the spec succeed."""
        self.alternatives.append(Alternative(cause, remedy, when))
        return self

    def or_rate(self, cause: str, *factors: float) -> Planted:
        """Accept that the learning rate is wrong if multiplying it by one of the factors makes the spec succeed."""
        for factor in factors:
            self.or_if_cured(cause, scale_rate(copy.deepcopy(self.spec), factor))
        return self

    def or_epochs(self, factor: float) -> Planted:
        """Accept that training is too short if more epochs make the spec succeed."""
        return self.or_if_cured("too_few_epochs", scale_epochs(copy.deepcopy(self.spec), factor))

    def or_dead(self) -> Planted:
        """Accept dead relus if most units of a layer are dead, and leaky ones make the spec succeed."""
        leaky = leaky_version(self.spec)
        return self.or_if_cured("dead_relus", leaky, lambda outcome: outcome.dead >= 0.5)

    def or_dark(self) -> Planted:
        """Accept dark inputs if a fifth of the samples is dark, and leaky units make the spec succeed."""
        leaky = leaky_version(self.spec)
        return self.or_if_cured("dark_inputs", leaky, lambda outcome: outcome.dark >= 0.2)

    def or_saturated(self) -> Planted:
        """Accept saturated units if most outputs of a layer are."""
        self.alternatives.append(Alternative("saturated_units", None, lambda outcome: outcome.saturated >= 0.5))
        return self

    def or_exploding(self) -> Planted:
        """Accept exploding gradients if training diverges, and clipping them makes the spec succeed."""
        clipped = copy.deepcopy(self.spec)
        clipped["optimizer"]["clip_norm"] = 1.0
        return self.or_if_cured("exploding_gradients", clipped, lambda outcome: outcome.diverged)


def leaky_version(spec: Spec) -> Spec:
    """Return the spec with leaky relus in place of relus."""
    spec = copy.deepcopy(spec)
    if any(layer.get("activation") == "relu" for layer in spec["layers"][:-1]):
        set_hidden(spec, activation="leaky_relu")
    return spec


Planter = Callable[[Random, Family], Planted]
PLANTERS: dict[str, list[Planter]] = {}


def plants(cause: str, times: int = 1) -> Callable[[Planter], Planter]:
    """Register a function that plants a cause; of several, each is chosen in proportion to `times`."""

    def register(planter: Planter) -> Planter:
        PLANTERS.setdefault(cause, []).extend([planter] * times)
        return planter

    return register


def with_spec(base: Base, spec: Spec, metric: str = "") -> Base:
    """Return the base with another spec."""
    return replace(base, spec=spec, metric=metric or base.metric)
