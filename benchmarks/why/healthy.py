"""Healthy specs that look suspicious: a diagnosis of them is a false alarm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from benchmarks.why.bases import Base, draw_base, draw_source, scale_epochs, set_hidden
from benchmarks.why.families import Family
from benchmarks.why.planted import Condition, with_spec
from benchmarks.why.sources import Random, draw_clusters, draw_curve, draw_rings, draw_surface


@dataclass(frozen=True)
class Healthy:
    """A healthy base, why it might look ill, and a condition that makes it so."""

    base: Base
    note: str
    condition: Condition = lambda outcome: True


Draw = Callable[[Random, Family], Healthy]


def plain(random: Random, family: Family) -> Healthy:
    """Draw usual settings and data."""
    return Healthy(draw_base(random, family, draw_source(random, family)), "usual settings")


def noisy_values(random: Random, family: Family) -> Healthy:
    """Draw values of which noise is a half or more."""
    noise = float(random.uniform(0.7, 1.3))
    kind = int(random.integers(3))
    source = draw_curve(random, family, noise) if kind == 0 else draw_surface(random, family, noise, linear=kind == 1)
    base = draw_base(random, family, source, depth=1)
    note = f"noise: r2 {source.ceiling:.2f} is all that can be had"
    return Healthy(base, note, lambda outcome: outcome.score("r2") <= source.level(1.25))  # does not learn the noise


def noisy_classes(random: Random, family: Family) -> Healthy:
    """Draw classes that overlap, or labels of which many are wrong."""
    if random.random() < 0.5:
        source = draw_clusters(random, family, overlap=float(random.uniform(1.0, 1.8)))
    else:
        source = draw_rings(random, family, flips=float(random.uniform(0.2, 0.28)))
    base = draw_base(random, family, source, depth=1)
    note = f"overlap: accuracy {source.ceiling:.2f} is all that can be had"
    return Healthy(base, note, lambda outcome: outcome.score("accuracy") <= source.level(1.25))


def imbalanced(random: Random, family: Family) -> Healthy:
    """Draw a rare class that is easily told apart."""
    share = float(random.uniform(0.04, 0.12))
    source = draw_clusters(random, family, overlap=float(random.uniform(5, 7)), share=share)
    base = draw_base(random, family, replace(source, baseline=0.5, ceiling=1.0, outputs=2))
    base.spec["metrics"] = ["accuracy", "recall"]
    return Healthy(replace(base, metric="recall"), f"a class of {share:.0%}, easily told apart")


def dead_and_fine(random: Random, family: Family) -> Healthy:
    """Draw a net in which most relus of a layer die, and enough remain."""
    base = draw_base(
        random, family, draw_source(random, family), activation="relu", optimizer=("adam", "sgd", "rmsprop")
    )
    set_hidden(base.spec, units=int(random.choice([48, 64, 96])))
    rate = 0.05 if base.spec["optimizer"]["type"] == "adam" else 4 * base.spec["optimizer"]["learning_rate"]
    base.spec["optimizer"]["learning_rate"] = rate
    return Healthy(base, "most relus of a layer are dead, and enough remain", lambda outcome: outcome.dead >= 0.45)


def fast(random: Random, family: Family) -> Healthy:
    """Draw a learning rate that looks too high."""
    base = draw_base(random, family, draw_source(random, family), optimizer=("adam", "sgd"))
    rates = [0.05, 0.1] if base.spec["optimizer"]["type"] == "adam" else [0.3, 0.5]
    base.spec["optimizer"]["learning_rate"] = rate = float(random.choice(rates))
    return Healthy(base, f"rate {rate:g} works")


def unscaled(random: Random, family: Family) -> Healthy:
    """Draw columns in natural units that differ in scale, and yet train."""
    source = draw_source(random, family, str(random.choice(["table_values", "table_classes"])))
    assert source.x is not None
    x = (source.x - source.x.mean(0)) / source.x.std(0) * 10 ** random.uniform(-0.5, 1.2, source.inputs)
    base = draw_base(random, family, replace(source, x=x + random.uniform(0, 5, source.inputs), scale="none"))
    return Healthy(base, "inputs are not scaled, and yet it trains")


def large_targets(random: Random, family: Family) -> Healthy:
    """Draw targets of some size that are not scaled, and yet train."""
    source = draw_surface(random, family, linear=random.random() < 0.3)
    assert source.y is not None
    y = (source.y - source.y.mean()) / source.y.std() * random.uniform(3, 15) + random.uniform(0, 20)
    base = draw_base(random, family, replace(source, y=y, scale_target="none"))
    return Healthy(base, "targets are not scaled, and yet it trains")


def linear_net(random: Random, family: Family) -> Healthy:
    """Draw a net without hidden activation, or without hidden layer, for data that need none."""
    source = draw_surface(random, family, linear=True) if random.random() < 0.5 else draw_clusters(random, family)
    base = draw_base(random, family, source, depth=1)
    spec = base.copy()
    if random.random() < 0.6:
        spec["layers"] = spec["layers"][-1:]
    else:
        set_hidden(spec, activation="linear")
    return Healthy(with_spec(base, spec), "a linear net for linear data")


def bounded_output(random: Random, family: Family) -> Healthy:
    """Draw an output activation whose range is that of the targets."""
    source = draw_curve(random, family, noise=0.0)
    assert source.y is not None
    y = (source.y - source.y.min()) / np.ptp(source.y)
    activation = str(random.choice(["sigmoid", "tanh", "relu"]))
    y = 0.9 * (2 * y - 1) if activation == "tanh" else y if activation == "sigmoid" else 2 * y + 0.2
    base = draw_base(random, family, replace(source, y=y))
    base.spec["layers"][-1]["activation"] = activation
    return Healthy(base, f"{activation} output, targets in its range")


def regularized(random: Random, family: Family) -> Healthy:
    """Draw a mild penalty or dropout."""
    base = draw_base(random, family, draw_source(random, family))
    spec = base.copy()
    if random.random() < 0.5:
        set_hidden(spec, weight_l2=float(random.choice([1e-5, 1e-4, 1e-3])))
    else:
        spec["layers"].insert(1, {"type": "dropout", "rate": float(random.choice([0.1, 0.2]))})
    return Healthy(with_spec(base, spec), "a mild penalty or dropout")


def small_net(random: Random, family: Family) -> Healthy:
    """Draw a small net that suffices."""
    base = draw_base(random, family, draw_source(random, family), depth=1)
    units = int(random.integers(3, 7))
    set_hidden(base.spec, units=units)
    return Healthy(base, f"{units} hidden units suffice")


def deep(random: Random, family: Family) -> Healthy:
    """Draw a deep net that learns."""
    base = draw_base(random, family, draw_source(random, family), activation=("relu", "tanh"), depth=5)
    return Healthy(base, "five hidden layers")


def short(random: Random, family: Family) -> Healthy:
    """Draw few epochs that suffice, or a strong decay that leaves enough."""
    base = draw_base(random, family, draw_source(random, family), optimizer=("adam", "rmsprop"))
    if random.random() < 0.5:
        return Healthy(with_spec(base, scale_epochs(base.copy(), 0.3)), "few epochs suffice")
    base.spec["optimizer"]["decay"] = decay = float(random.choice([5e-3, 1e-2]))
    return Healthy(base, f"decay {decay:g} leaves enough")


HARD: tuple[Draw, ...] = (
    noisy_values,
    noisy_classes,
    imbalanced,
    dead_and_fine,
    fast,
    unscaled,
    large_targets,
    linear_net,
    bounded_output,
    regularized,
    small_net,
    deep,
    short,
)
