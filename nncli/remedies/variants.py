"""Variants of an experiment that each change one thing: suggestions of the diagnosis, and a fixed few."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from nncli import config
from nncli.config import Tree
from nncli.data.description import Description
from nncli.diagnosis import changes
from nncli.diagnosis.rule import Finding
from nncli.diagnosis.setup import Setup
from nncli.diagnosis.verdict import RARE
from nncli.errors import NncliError
from nncli.experiment import Experiment
from nncli.nn.labels import true_classes

FACTOR = 4.0  # between learning rates
MORE_EPOCHS = 10.0  # times the epochs of the experiment
MIN_UNITS = 64  # of a layer that is wider or added


class Variant(NamedTuple):
    """Overrides of an experiment; `source` is the rule that suggests them, empty for one of the fixed few."""

    overrides: tuple[str, ...]
    source: str = ""


def variants(setup: Setup, findings: Iterable[Finding]) -> list[Variant]:
    """Return the variants to try, without duplicates: those of the findings first, in their order."""
    suggested = [Variant(tuple(finding.change), finding.name) for finding in findings if finding.change]
    fixed = [Variant(tuple(overrides)) for overrides in _fixed(setup)]
    unique = dict[frozenset[str], Variant]()
    for variant in [*suggested, *fixed]:
        unique.setdefault(frozenset(variant.overrides), variant)
    return list(unique.values())


def combinations(variant: Variant, others: Iterable[Variant]) -> list[Variant]:
    """Return a variant with each of the others that changes another part of the experiment."""
    parts = _parts(variant)
    return [Variant((*variant.overrides, *other.overrides)) for other in others if not parts & _parts(other)]


def _parts(variant: Variant) -> set[str]:
    """Return the top-level keys that a variant changes."""
    return {override.partition("=")[0].partition(".")[0] for override in variant.overrides}


def trainable(variants: Sequence[Variant], tree: Tree, described: Description) -> list[Variant]:
    """Return the variants of an experiment that pass its checks and change something, the first of equal ones."""
    result, experiments = list[Variant](), [None, config.check(tree, described).experiment]
    for variant in variants:
        if (changed := _changed(variant, tree, described)) not in experiments:
            experiments.append(changed)
            result.append(variant)
    return result


def _changed(variant: Variant, tree: Tree, described: Description) -> Experiment | None:
    """Return the experiment of a variant, None if it cannot be trained."""
    try:
        return config.check(config.with_overrides(tree, variant.overrides), described).experiment
    except NncliError:
        return None


def _has_rare_class(setup: Setup) -> bool:
    """Return whether a class has less than half of an equal share of the samples."""
    if setup.experiment.loss.crossentropy is None:
        return False
    counts = np.bincount(true_classes(setup.training.t))
    counts = counts[counts > 0]
    return bool(counts.min() < RARE * counts.mean())


def _fixed(setup: Setup) -> Iterator[list[str]]:
    """Yield overrides that often help, whatever the diagnosis; the most frequent remedies first."""
    yield changes.init(setup)
    yield changes.init_kind(setup, "he_normal")
    yield changes.init_kind(setup, "glorot_uniform")
    yield [changes.learning_rate(setup, 1 / FACTOR)]
    yield [changes.learning_rate(setup, FACTOR)]
    yield ["optimizer.decay=0"]
    yield changes.less_regularized(setup)
    yield ["optimizer=rmsprop" if setup.optimizer == "adam" else "optimizer=adam"]
    yield changes.scale(setup, "scale") or []
    yield [] if setup.has_classes else changes.scale(setup, "scale_target") or []
    yield ["loss.class_weights=balanced"] if _has_rare_class(setup) else []
    # Without any hidden layer two are added, because a single one fits the book's sine badly (chapter 17).
    yield [changes.with_hidden_layers(setup, MIN_UNITS, "relu", 1 if setup.dense[1:] else 2)]
    yield changes.wider(setup, max(MIN_UNITS, 2 * max((layer.units for _, layer, _ in setup.dense[:-1]), default=0)))
    yield [changes.epochs(setup, MORE_EPOCHS)]
