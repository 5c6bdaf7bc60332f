"""Faults of the layers, their activations and their initial weights."""

from __future__ import annotations

import numpy as np

from benchmarks.why.bases import SATURATING, draw_base, draw_source, scale_rate, set_hidden
from benchmarks.why.families import Family
from benchmarks.why.planted import Alternative, Planted, leaky_version, plants, with_spec
from benchmarks.why.sources import Random, Source, draw_curve, draw_toy

SMOOTH = ("tanh", "sigmoid", "relu", "leaky_relu")


@plants("too_few_layers", 2)
def no_hidden_layer(random: Random, family: Family) -> Planted:
    """Take all hidden layers away from a net for data that are not linear."""
    base = draw_base(random, family, draw_source(random, family, nonlinear=True))
    spec = base.copy()
    spec["layers"] = spec["layers"][-1:]
    return Planted(base, spec, ["too_few_layers"], "no hidden layer, but the data are not linear")


@plants("too_few_layers")
def one_hidden_layer(random: Random, family: Family) -> Planted:
    """Leave one hidden layer of a net for a sine with several periods or a spiral, as in the book's chapter 17."""
    curve = random.random() < 0.6
    source = draw_curve(random, family, only=("sine", "wave")) if curve else draw_toy(random, family, only=("spiral",))
    base = draw_base(random, family, source, activation=("relu", "tanh"), optimizer=("adam", "rmsprop"), depth=2)
    spec = base.copy()
    spec["layers"] = spec["layers"][1:]
    planted = Planted(base, spec, ["too_few_layers"], "one hidden layer, but the function needs two")
    wide = set_hidden(base.copy(), units=256)
    wide["layers"] = wide["layers"][1:]
    return planted.or_if_cured("too_few_units", wide).or_rate("lr_too_low", 5).or_epochs(5).or_dark()


@plants("too_few_units")
def few_units(random: Random, family: Family) -> Planted:
    """Shrink all hidden layers to one or two units."""
    base = draw_base(random, family, draw_source(random, family, nonlinear=True))
    units = int(random.integers(1, 3))
    spec = set_hidden(base.copy(), units=units)
    return Planted(base, spec, ["too_few_units"], f"hidden layers of {units} unit(s)").or_dead().or_dark()


@plants("too_few_units")
def bottleneck(random: Random, family: Family) -> Planted:
    """Leave a single unit in one of several hidden layers."""
    base = draw_base(random, family, draw_source(random, family, nonlinear=True), depth=int(random.integers(2, 4)))
    spec = base.copy()
    hidden = [layer for layer in spec["layers"][:-1] if layer["type"] == "dense"]
    place = int(random.integers(len(hidden)))
    hidden[place]["units"] = 1
    return Planted(base, spec, ["too_few_units"], f"one unit in hidden layer {place}").or_dead().or_dark()


@plants("no_hidden_activation")
def linear_hidden(random: Random, family: Family) -> Planted:
    """Make all hidden layers linear."""
    base = draw_base(random, family, draw_source(random, family, nonlinear=True))
    spec = set_hidden(base.copy(), activation="linear")
    if random.random() < 0.5:
        for layer in spec["layers"][:-1]:
            layer.pop("activation", None)
    return Planted(base, spec, ["no_hidden_activation"], "the hidden layers have no activation")


@plants("dark_inputs")
def dark_sine(random: Random, family: Family) -> Planted:
    """Give relus for a sine over 0..1 small weights and a high rate, as in the book's chapter 17."""
    curves = tuple(name for name in ("sine", "wave", "chirp", "decay") if name in family.curves)
    source = draw_curve(random, family, noise=0.0, only=curves, ranges=((0, 1, "none"),))
    if random.random() < 0.5:
        source = Source(
            "sine", 1.0, 0.0, 1, False, True, toy={"type": "sine", "samples": int(random.integers(200, 500))}
        )
    base = draw_base(random, family, source, activation="relu", optimizer=("adam", "rmsprop"), depth=2)
    base.spec["init"] = {"type": "he_normal"}
    spec = base.copy()
    spec["init"] = {"type": "normal", "scale": float(random.choice([0.01, 0.02, 0.05]))}
    spec["optimizer"]["learning_rate"] = float(random.choice([0.01, 0.02, 0.05]))
    planted = Planted(base, spec, ["dark_inputs"], "no relu of the first layer fires for many samples")
    planted.condition = lambda outcome: outcome.dark >= 0.2
    planted.reached, planted.failed = 0.98, 0.95  # dark samples are predicted by one number, the others well
    cured = base.copy()
    cured["optimizer"] = spec["optimizer"]
    return planted.or_if_cured("init_too_small", cured).or_rate("lr_too_high", 0.2).or_dead()


@plants("init_too_small")
def small_init(random: Random, family: Family) -> Planted:
    """Start with weights of a far too small scale."""
    depth = int(random.integers(2, 5))
    base = draw_base(random, family, draw_source(random, family), activation=SMOOTH, depth=depth)
    spec = base.copy()
    scale = float(random.choice([1e-4, 3e-4, 1e-3, 3e-3, 0.01]))
    spec["init"] = {"type": str(random.choice(["normal", "uniform"])), "scale": scale}
    planted = Planted(base, spec, ["init_too_small"], f"initial weights of scale {scale:g}")
    return planted.or_rate("lr_too_low", 10).or_epochs(3).or_dark()


@plants("init_too_large")
def large_init(random: Random, family: Family) -> Planted:
    """Start with weights of a far too large scale."""
    base = draw_base(random, family, draw_source(random, family), activation=SMOOTH)
    spec = base.copy()
    scale = float(random.choice([1.5, 2, 3, 5, 10]))
    spec["init"] = {"type": "normal", "scale": scale}
    planted = Planted(base, spec, ["init_too_large"], f"initial weights of scale {scale:g}")
    if len(base.hidden) > 1:
        planted.alternatives.append(Alternative("exploding_gradients", None, lambda outcome: outcome.diverged))
    return planted.or_saturated().or_exploding().or_rate("lr_too_high", 0.1)


@plants("symmetric_init")
def constant_init(random: Random, family: Family) -> Planted:
    """Start with equal weights."""
    base = draw_base(random, family, draw_source(random, family, nonlinear=True))
    spec = base.copy()
    value = float(random.choice([0.0, 0.0, 0.01, 0.1, 0.5, 1.0]))
    init = {"type": "zeros"} if value == 0 else {"type": "constant", "value": value}
    if random.random() < 0.3 and value:
        set_hidden(spec, init=init)  # and the last layer at random
    else:
        spec["init"] = init
    return Planted(base, spec, ["symmetric_init"], f"all initial weights are {value:g}")


@plants("dead_relus")
def narrow_and_deep(random: Random, family: Family) -> Planted:
    """Stack many layers of two or three relus, which die at birth (Lu et al. 2019)."""
    base = draw_base(random, family, draw_source(random, family), activation="relu", depth=2)
    spec = base.copy()
    depth, units = int(random.integers(7, 13)), int(random.integers(2, 4))
    hidden = {"type": "dense", "units": units, "activation": "relu"}
    spec["layers"] = [*(dict(hidden) for _ in range(depth)), spec["layers"][-1]]
    planted = Planted(base, spec, ["dead_relus"], f"{depth} layers of {units} relus, one of which is dead as a whole")
    planted.condition = lambda outcome: outcome.dead > 0.99
    return planted.or_if_cured("too_few_units", set_hidden(with_spec(base, spec).copy(), units=24))


@plants("dead_relus", 2)
def killed(random: Random, family: Family) -> Planted:
    """Kill relus with a rate at which leaky ones learn."""
    source = draw_source(random, family)
    base = draw_base(random, family, source, activation="relu", optimizer=("sgd", "adam", "rmsprop"))
    factor = float(random.choice([15, 30, 60]))
    spec = scale_rate(base.copy(), factor)
    note = f"{factor:g} times the rate kills relus, but not leaky ones"
    planted = Planted(with_spec(base, leaky_version(spec)), spec, ["dead_relus"], note)
    planted.condition = lambda outcome: outcome.dead >= 0.7
    return planted.or_if_cured("lr_too_high", base.copy()).or_dark()


@plants("saturated_units")
def saturated_init(random: Random, family: Family) -> Planted:
    """Saturate the units of hidden layers with their initial weights."""
    depth = int(random.integers(1, 4))
    base = draw_base(random, family, draw_source(random, family), activation=SATURATING, depth=depth)
    spec, scale = base.copy(), float(random.choice([10, 20, 50]))
    init = {"type": str(random.choice(["normal", "uniform"])), "scale": scale}
    if random.random() < 0.5:
        spec["init"] = init
    else:
        set_hidden(spec, init=init)
    planted = Planted(base, spec, ["saturated_units", "init_too_large"], f"weights of scale {scale:g} saturate units")
    planted.condition = lambda outcome: outcome.saturated >= 0.5
    return planted


@plants("exploding_gradients")
def growing_layers(random: Random, family: Family) -> Planted:
    """Stack layers, each of which multiplies the signal and the gradient by two or more."""
    source = draw_source(random, family, "values" if random.random() < 0.6 else "any")
    base = draw_base(
        random, family, source, activation=("relu", "leaky_relu"), optimizer=("sgd", "sgd", "adam"), depth=3
    )
    spec, depth = base.copy(), int(random.integers(6, 11))
    units, gain = int(random.choice([24, 32, 48])), float(random.uniform(2, 4))
    hidden = {"type": "dense", "units": units, "activation": spec["layers"][0]["activation"]}
    spec["layers"] = [*(dict(hidden) for _ in range(depth)), spec["layers"][-1]]
    spec["init"] = {"type": "normal", "scale": float(f"{gain * np.sqrt(2 / units):.2g}")}
    note = f"{depth} layers that multiply the gradient by about {gain:.1f} each"
    planted = Planted(base, spec, ["exploding_gradients", "init_too_large"], note)
    if spec["optimizer"]["type"] == "sgd":
        planted.condition = lambda outcome: outcome.diverged
    return planted.or_rate("lr_too_high", 0.1, 0.01)
