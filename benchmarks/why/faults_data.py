"""Faults of the data, of their scales, and of the output and loss that do not suit them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks.why.bases import SPLIT, Base, Spec, draw_base, draw_source
from benchmarks.why.families import Family
from benchmarks.why.planted import Planted, plants, with_spec
from benchmarks.why.sources import Random, Source, draw_clusters, draw_curve, draw_rings, draw_surface

OUTPUTS = ("sigmoid", "tanh", "relu", "softplus")  # the first two with an upper limit
TABLES = ("table_values", "table_classes")


@plants("unscaled_inputs", 2)
def unscaled_columns(random: Random, family: Family) -> Planted:
    """Leave columns in natural units: years, prices, counts."""
    base = draw_base(random, family, draw_source(random, family, str(random.choice(TABLES))))
    source = base.source
    assert source.x is not None
    x = source.x - source.x.mean(0)
    wide = 10 ** random.uniform(0, 4, x.shape[1])
    wide[int(random.integers(len(wide)))] = 10 ** random.uniform(2.5, 4.5)
    x = x / x.std(0) * wide + wide * random.choice([0, 1, 3], x.shape[1])
    base = replace(base, source=replace(source, x=x))
    planted = Planted(base, base.copy(), ["unscaled_inputs"], "columns differ in scale by orders of magnitude")
    planted.source = replace(base.source, scale="none")
    return planted.or_saturated().or_rate("lr_too_high", 0.1, 0.01).or_exploding().or_dead()


@plants("unscaled_inputs")
def unscaled_curve(random: Random, family: Family) -> Planted:
    """Leave a single input in a wide range."""
    base = draw_base(random, family, draw_curve(random, family))
    source, end = base.source, float(random.choice([100, 300, 1000, 5000]))
    assert source.x is not None
    x = (source.x - source.x.min()) / np.ptp(source.x) * end - float(random.choice([0, end / 2]))
    base = replace(base, source=replace(source, x=x, scale="standard"))
    planted = Planted(base, base.copy(), ["unscaled_inputs"], f"one input in a range of {end:g}")
    planted.source = replace(base.source, scale="none")
    return planted.or_saturated().or_rate("lr_too_high", 0.1, 0.01).or_exploding().or_dead()


@plants("saturated_units")
def saturated_by_inputs(random: Random, family: Family) -> Planted:
    """Saturate the first layer with inputs in natural units."""
    kind = str(random.choice(TABLES))
    base = draw_base(random, family, draw_source(random, family, kind), activation=("tanh", "sigmoid"))
    assert base.source.x is not None
    x = base.source.x / base.source.x.std(0) * 10 ** random.uniform(2, 4, base.source.inputs)
    base = replace(base, source=replace(base.source, x=x))
    causes = ["saturated_units", "unscaled_inputs"]
    planted = Planted(base, base.copy(), causes, "inputs in the hundreds saturate the first layer")
    planted.source = replace(base.source, scale="none")
    planted.condition = lambda outcome: outcome.saturated >= 0.5
    return planted


@plants("unscaled_targets")
def large_targets(random: Random, family: Family) -> Planted:
    """Leave targets in the thousands, as prices are."""
    source = draw_curve(random, family) if random.random() < 0.4 else draw_source(random, family, "table_values")
    assert source.y is not None
    scale = 10 ** float(random.uniform(2, 5.5))
    y = (source.y - source.y.mean()) / source.y.std() * scale + scale * float(random.choice([0, 1, 3]))
    base = draw_base(random, family, replace(source, y=y, scale_target="standard"))
    planted = Planted(base, base.copy(), ["unscaled_targets"], f"targets with a standard deviation of {scale:.2g}")
    planted.source = replace(base.source, scale_target="none")
    return planted.or_rate("lr_too_high", 0.1, 0.01, 0.001).or_rate("lr_too_low", 100).or_dead()


@plants("class_collapse")
def imbalance(random: Random, family: Family) -> Planted:
    """Leave a rare class without weight, so that the network never predicts it."""
    share = float(random.uniform(0.03, 0.08))
    even = draw_clusters(random, family, overlap=float(random.uniform(1.2, 2.0)), share=share)
    source = replace(even, outputs=2, baseline=0.5, ceiling=0.8)
    base = draw_base(random, family, source, depth=1)
    base.spec["layers"][0]["units"] = int(random.choice([8, 16]))
    base.spec["metrics"] = ["accuracy", "recall"]
    base = replace(base, metric="recall")
    spec = base.copy()
    base.spec["loss"] = {"type": "categorical_crossentropy", "class_weights": "balanced"}
    if random.random() < 0.5:
        spec["train"]["epochs"] = max(spec["train"]["epochs"] // 5, 5)
    note = f"a class with {share:.0%} of the samples is never predicted"
    return Planted(base, spec, ["class_collapse"], note).or_epochs(5)


@plants("wrong_output_activation", 3)
def out_of_range(random: Random, family: Family) -> Planted:
    """End with an activation whose range leaves out targets."""
    source = draw_curve(random, family) if random.random() < 0.4 else draw_source(random, family, "table_values")
    assert source.y is not None
    natural = random.random() < 0.4
    y = (source.y - source.y.mean()) / source.y.std()
    offset = float(random.choice([0, 100])) if natural else 0.0
    y = y * 30 + offset if natural else y
    base = draw_base(random, family, replace(source, y=y, scale_target="standard"))
    spec = base.copy()
    spec["layers"][-1]["activation"] = activation = str(random.choice(OUTPUTS[: 2 if offset else 4]))
    planted = Planted(base, spec, ["wrong_output_activation"], f"{activation} output for targets outside its range")
    if natural:
        planted.source = replace(base.source, scale_target="none")
        planted.causes.append("unscaled_targets")
    return planted


@plants("wrong_output_activation")
def signed_labels(random: Random, family: Family) -> Planted:
    """End with a sigmoid for labels -1 and 1."""
    source = draw_clusters(random, family, share=0.5)
    assert source.y is not None
    y = 2.0 * source.y - 1
    source = replace(source, y=y, classes=False, ceiling=0.9, baseline=0.0, scale_target="none")
    base = draw_base(random, family, source)
    base.spec["layers"][-1]["activation"] = str(random.choice(["tanh", "linear"]))
    spec = base.copy()
    spec["layers"][-1]["activation"] = str(random.choice(["sigmoid", "relu"]))
    return Planted(base, spec, ["wrong_output_activation"], "targets -1 and 1, but no output below 0")


@plants("wrong_output_activation")
def softmax_of_one(random: Random, family: Family) -> Planted:
    """End with a softmax over a single unit."""
    base = draw_base(random, family, draw_source(random, family, "values"))
    spec = base.copy()
    spec["layers"][-1]["activation"] = "softmax"
    return Planted(base, spec, ["wrong_output_activation"], "softmax over one unit", refused=True)


@plants("wrong_loss", 2)
def median_of_skewed(random: Random, family: Family) -> Planted:
    """Fit the median of targets of which most are zero, and predict zero."""
    source = draw_surface(random, family, noise=0.0, linear=True)
    assert source.y is not None
    z = (source.y - source.y.mean()) / source.y.std()
    buys = random.random(len(z)) < 0.35 + 0.05 * np.tanh(z)
    amount = np.exp(1.2 * z)
    y = np.where(buys, amount, 0.0)
    chance = 0.35 + 0.05 * np.tanh(z)
    ceiling = float(1 - ((y - chance * amount) ** 2).mean() / y.var())
    base = draw_base(random, family, replace(source, y=y / y.std(), ceiling=ceiling, scale_target="none"))
    base.spec["loss"] = "mse"
    spec = base.copy()
    spec["loss"] = "mae"
    return Planted(base, spec, ["wrong_loss"], "mae fits the median, which is 0; r2 needs the mean")


@plants("wrong_loss")
def squared_classes(random: Random, family: Family) -> Planted:
    """Train a classifier on squared or absolute errors, whose gradients are small."""
    base = draw_base(random, family, draw_source(random, family, "classes"), optimizer=("sgd", "sgd", "adam"))
    spec = base.copy()
    spec["loss"] = str(random.choice(["mse", "mae"]))
    planted = Planted(base, spec, ["wrong_loss"], f"{spec['loss']} for classes")
    return planted.or_rate("lr_too_low", 10).or_epochs(5)


@plants("wrong_loss")
def absolute_imbalance(random: Random, family: Family) -> Planted:
    """Train on absolute errors, which a rare class hardly changes."""
    share = float(random.uniform(0.08, 0.2))
    source = draw_clusters(random, family, overlap=float(random.uniform(2.5, 3.5)), share=share)
    base = draw_base(random, family, replace(source, baseline=0.5, ceiling=0.85, outputs=2))
    base.spec["metrics"] = ["accuracy", "recall"]
    base = replace(base, metric="recall")
    spec = base.copy()
    spec["loss"] = "mae"
    planted = Planted(base, spec, ["wrong_loss", "class_collapse"], f"mae for classes, one of {share:.0%}")
    return planted.or_rate("lr_too_low", 10).or_epochs(5)


@plants("labels_shuffled")
def shuffled(random: Random, family: Family) -> Planted:
    """Give samples the targets of others."""
    while True:
        source = draw_curve(random, family) if random.random() < 0.3 else draw_source(random, family, "table")
        if source.x is not None and len(source.x) >= 200:
            break
    base = draw_base(random, family, source)
    planted = Planted(base, base.copy(), ["labels_shuffled"], "targets of other samples", source.shuffled(random))
    if random.random() < 0.5:
        planted.base, planted.spec = _validated(base, 0.3)
    return planted


@plants("overfitting")
def few_values(random: Random, family: Family) -> Planted:
    """Train for long on few samples, whose targets are noisy."""
    wide = replace(family, samples=(1500, 1501), dimensions=(4, 8))
    return _few_samples(random, family, draw_surface(random, wide, noise=float(random.uniform(0.3, 0.6))))


@plants("overfitting")
def few_of_classes(random: Random, family: Family) -> Planted:
    """Train for long on few samples of two classes, with many columns that do not matter."""
    wide = replace(family, samples=(1500, 1501), dimensions=(8, max(family.dimensions[1], 12)))
    return _few_samples(random, family, draw_rings(random, wide))


def _few_samples(random: Random, family: Family, source: Source) -> Planted:
    base = draw_base(random, family, source, depth=2)
    base, spec = _validated(base, 0.3)
    few = int(random.integers(40, 90))
    spec[SPLIT] = {"validation": 0.5}
    if "batch_size" in spec["train"]:
        spec["train"]["epochs"] = int(spec["train"]["epochs"] * 1500 / few)  # as many steps
    planted = Planted(base, spec, ["overfitting"], f"{few} samples for training")
    assert source.x is not None
    assert source.y is not None
    planted.source = replace(source, x=source.x[: 2 * few], y=source.y[: 2 * few])
    return planted


def _validated(base: Base, share: float) -> tuple[Base, Spec]:
    """Return a base with a validation part, whose score counts, and a copy of its spec."""
    spec = base.copy()
    spec[SPLIT] = {"validation": share}
    return with_spec(base, spec, f"val_{base.metric}"), with_spec(base, spec).copy()
