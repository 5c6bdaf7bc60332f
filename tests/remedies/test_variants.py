"""The variants of an experiment: what they change, and that each can be trained."""

from __future__ import annotations

import json

import pytest

from nncli import config
from nncli.diagnosis.rule import Finding
from nncli.diagnosis.setup import Setup
from nncli.remedies.variants import Variant, combinations, trainable, variants
from nncli.training import prepare

SPEC = {
    "name": "x",
    "data": {"type": "sine", "samples": 20},
    "layers": [{"type": "dense", "units": 8, "activation": "relu"}, {"type": "dense", "units": 1}],
    "init": {"type": "normal", "scale": 0.01},
    "optimizer": {"type": "adam", "learning_rate": 0.01, "decay": 1e-3},
    "loss": "mse",
}


def finding(name: str, *change: str) -> Finding:
    return Finding(name, "", {}, "", list(change) or None, "", 0.9)


def tried(spec: dict, *findings: Finding) -> list[Variant]:
    """Return the variants of a spec that can be trained."""
    text = json.dumps(spec)
    loaded = config.load("x.json", [], text)
    plan, _ = prepare(loaded.resolved)
    tree = config.read_saved(config.dump(loaded.experiment), "x")
    return trainable(variants(Setup.of(plan), findings), tree, loaded.resolved.description)


def overrides_of(spec: dict, *findings: Finding) -> list[str]:
    return [" ".join(variant.overrides) for variant in tried(spec, *findings)]


def test_the_fixed_variants_each_change_one_thing() -> None:
    layers = "layers=[{type: dense, units: 8, activation: relu}, {type: dense, units: 64, activation: relu}, "
    assert overrides_of(SPEC) == [
        "init.scale=0.4",
        "init=he_normal",
        "init=glorot_uniform",
        "optimizer.learning_rate=0.003",
        "optimizer.learning_rate=0.04",
        "optimizer.decay=0",
        "optimizer=rmsprop",
        f"{layers}{{type: dense, units: 1}}]",
        "layers.0.units=64",
        "train.epochs=10000",
    ]


def test_a_change_in_another_spelling_is_tried_once() -> None:
    assert [
        each for each in overrides_of(SPEC, finding("decay_too_strong", "optimizer.decay=0.0")) if "decay" in each
    ] == ["optimizer.decay=0.0"]


def test_suggestions_of_findings_come_first_and_only_once() -> None:
    found = [finding("lr_too_high", "optimizer.learning_rate=0.001"), finding("labels_shuffled")]
    found += [finding("init_too_small", "init.scale=0.4"), finding("dark_inputs", "init.scale=0.4")]
    first, second, third, *_ = tried(SPEC, *found)
    assert first == Variant(("optimizer.learning_rate=0.001",), "lr_too_high")
    assert second == Variant(("init.scale=0.4",), "init_too_small")
    assert third == Variant(("init=he_normal",), "")


def test_combinations_change_two_parts_of_the_experiment() -> None:
    found = [
        Variant(("optimizer.learning_rate=1",)),
        Variant(("init=he_normal", "layers.0.init=null")),
        Variant(("init.scale=3",)),
        Variant(("layers.0.units=64",), "too_few_units"),
    ]
    assert combinations(found[3], found) == [
        Variant(("layers.0.units=64", "optimizer.learning_rate=1")),
        Variant(("layers.0.units=64", "init.scale=3")),
    ]


def test_changes_that_change_nothing_or_are_refused_are_left_out() -> None:
    found = [finding("a", "init.scale=0.01"), finding("b", "layers.9.units=3"), finding("c", "data=none")]
    assert overrides_of(SPEC, *found) == overrides_of(SPEC)
    assert "init=glorot_uniform" not in overrides_of(SPEC | {"init": "glorot_uniform"})
    assert "optimizer.decay=0" not in overrides_of(SPEC | {"optimizer": "adam"})


@pytest.mark.parametrize("task", ["values", "classes"])
def test_targets_are_scaled_unless_they_are_classes(tmp_path, task) -> None:
    classes = task == "classes"
    rows = "".join(f"{number},{'ab'[number % 2] if classes else number}\n" for number in range(20))
    (tmp_path / "table.csv").write_text(f"x,y\n{rows}")
    data = {"type": "csv", "path": str(tmp_path / "table.csv"), "target": "y", "scale": "none"}
    data |= {} if classes else {"scale_target": "none"}
    output = {"type": "dense", "units": 2 if classes else 1, **({"activation": "softmax"} if classes else {})}
    loss = "categorical_crossentropy" if classes else "mse"
    overrides = overrides_of(SPEC | {"data": data, "layers": [output], "loss": loss})
    assert "data.scale=standard" in overrides
    assert ("data.scale_target=standard" in overrides) is not classes


def test_two_hidden_layers_are_added_where_there_is_none() -> None:
    added = "{type: dense, units: 64, activation: relu}, "
    assert f"layers=[{added}{added}{{type: dense, units: 1}}]" in overrides_of(SPEC | {"layers": SPEC["layers"][1:]})


def test_regularization_is_reduced() -> None:
    layers = [SPEC["layers"][0] | {"weight_l2": 0.1}, SPEC["layers"][1]]
    assert "layers.0.weight_l2=0.0" in overrides_of(SPEC | {"layers": layers})


@pytest.mark.parametrize(("rare", "balances"), [(3, True), (9, False)])
def test_a_rare_class_gets_more_weight(tmp_path, rare, balances) -> None:
    rows = "".join(f"{number},{'b' if number < rare else 'a'}\n" for number in range(20))
    (tmp_path / "table.csv").write_text(f"x,y\n{rows}")
    data = {"type": "csv", "path": str(tmp_path / "table.csv"), "target": "y"}
    for units, activation, loss in ((2, "softmax", "categorical_crossentropy"), (1, "sigmoid", "binary_crossentropy")):
        layer = {"type": "dense", "units": units, "activation": activation}
        overrides = overrides_of(SPEC | {"data": data, "layers": [layer], "loss": loss})
        assert ("loss.class_weights=balanced" in overrides) is balances


def test_initializers_of_single_layers_are_removed() -> None:
    layer = SPEC["layers"][0] | {"init": {"type": "normal", "scale": 5}}
    overrides = overrides_of(SPEC | {"layers": [layer, SPEC["layers"][1]]})
    assert "init=he_normal layers.0.init=null" in overrides
