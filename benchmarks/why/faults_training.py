"""Faults of the optimizer, the length of training and the penalties."""

from __future__ import annotations

from benchmarks.why.bases import draw_base, draw_source, scale_epochs, scale_rate, set_hidden
from benchmarks.why.families import Family
from benchmarks.why.planted import Planted, plants
from benchmarks.why.sources import Random

FAIR = 100  # times as many epochs is the most that one would call too few epochs


@plants("lr_too_low")
def low_rate(random: Random, family: Family) -> Planted:
    """Divide the learning rate."""
    base = draw_base(random, family, draw_source(random, family))
    factor = float(random.choice([50, 100, 300, 1000]))
    spec = scale_rate(base.copy(), 1 / factor)
    causes = ["lr_too_low", "too_few_epochs"] if factor <= FAIR else ["lr_too_low"]
    return Planted(base, spec, causes, f"the rate divided by {factor:g}")


@plants("lr_too_high")
def high_rate(random: Random, family: Family) -> Planted:
    """Multiply the learning rate."""
    base = draw_base(random, family, draw_source(random, family))
    factor = float(random.choice([30, 100, 300]))
    spec = scale_rate(base.copy(), factor)
    planted = Planted(base, spec, ["lr_too_high"], f"the rate times {factor:g}")
    return planted.or_exploding().or_dead().or_dark()


@plants("decay_too_strong")
def strong_decay(random: Random, family: Family) -> Planted:
    """Let the learning rate fall to almost nothing within the first steps."""
    base = draw_base(random, family, draw_source(random, family))
    spec = base.copy()
    spec["optimizer"].pop("decay", None)
    spec["optimizer"].pop("schedule", None)
    if random.random() < 0.6:
        decay = float(random.choice([0.1, 0.3, 1.0, 3.0]))
        spec["optimizer"]["decay"] = decay
        return Planted(base, spec, ["decay_too_strong"], f"decay {decay:g}")
    if random.random() < 0.3:
        steps = max(spec["train"]["epochs"] // 100, 1)
        spec["optimizer"]["schedule"] = {"type": "step", "decay_steps": steps, "decay_rate": 0.1}
        return Planted(base, spec, ["decay_too_strong"], f"a tenth of the rate every {steps} steps")
    steps, rate = int(random.choice([1, 2, 5])), float(random.choice([0.5, 0.8, 0.9]))
    spec["optimizer"]["schedule"] = {"type": "exponential", "decay_steps": steps, "decay_rate": rate}
    return Planted(base, spec, ["decay_too_strong"], f"the rate times {rate:g} every {steps} steps")


@plants("too_few_epochs")
def few_epochs(random: Random, family: Family) -> Planted:
    """Divide the number of epochs."""
    base = draw_base(random, family, draw_source(random, family))
    spec = scale_epochs(base.copy(), 1 / float(random.choice([30, 50, 100, 200])))
    planted = Planted(base, spec, ["too_few_epochs"], f"only {spec['train']['epochs']} epochs")
    return planted.or_rate("lr_too_low", 5, 20)


@plants("over_regularized")
def strong_penalty(random: Random, family: Family) -> Planted:
    """Add a penalty so strong that it outweighs the data."""
    base = draw_base(random, family, draw_source(random, family))
    spec = base.copy()
    kind = str(random.choice(["weight_l2", "weight_l2", "weight_l1"]))
    weight = float(random.choice([0.1, 0.3, 1.0] if kind == "weight_l2" else [0.03, 0.1, 0.3]))
    set_hidden(spec, **{kind: weight})
    if random.random() < 0.5:
        spec["layers"][-1][kind] = weight
    return Planted(base, spec, ["over_regularized"], f"{kind} {weight:g}")


@plants("over_regularized")
def strong_weight_decay(random: Random, family: Family) -> Planted:
    """Let AdamW shrink the weights faster than the data can enlarge them."""
    base = draw_base(random, family, draw_source(random, family), optimizer=("adam",))
    base.spec["optimizer"]["type"] = "adamw"
    spec, decay = base.copy(), float(random.choice([3, 10, 30]))
    spec["optimizer"]["weight_decay"] = decay
    return Planted(base, spec, ["over_regularized"], f"AdamW with weight decay {decay:g}")


@plants("over_regularized")
def strong_dropout(random: Random, family: Family) -> Planted:
    """Drop almost all units of the hidden layers."""
    base = draw_base(random, family, draw_source(random, family))
    spec, rate = base.copy(), float(random.choice([0.8, 0.9, 0.95]))
    hidden = [[layer, {"type": "dropout", "rate": rate}] for layer in spec["layers"][:-1]]
    spec["layers"] = [*(part for pair in hidden for part in pair), spec["layers"][-1]]
    return Planted(base, spec, ["over_regularized"], f"dropout of {rate:g} after each hidden layer")
