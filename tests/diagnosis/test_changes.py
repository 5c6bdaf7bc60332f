"""Overrides that rules propose: each changes what it should, and the experiment accepts it."""

from __future__ import annotations

import json

import pytest

from nncli import config, training
from nncli.diagnosis import changes
from nncli.diagnosis.setup import Setup
from nncli.registry import plain

HIDDEN = {"type": "dense", "units": 8, "activation": "relu"}
OUTPUT = {"type": "dense", "units": 1}


def setup(*overrides: str, **fields) -> Setup:
    """Return the setup of a small experiment with other fields and overrides."""
    spec = {"name": "x", "data": "sine", "layers": [HIDDEN, HIDDEN, OUTPUT], "loss": "mse", **fields}
    resolved = config.load("x.json", overrides, json.dumps(spec)).resolved
    plan, _ = training.prepare(resolved)
    return Setup(resolved.experiment, plan.network, plan.training)


def changed(overrides, **fields) -> dict:
    """Return the experiment after overrides, as plain settings."""
    return plain(setup(*overrides, **fields).experiment)


def test_activation_of_a_dense_layer_is_replaced_in_its_layer():
    override = changes.activation(setup(), 0, "leaky_relu")
    assert changed([override])["layers"][0]["activation"]["type"] == "leaky_relu"


def test_activation_that_is_a_layer_of_its_own_is_replaced_there():
    layers = [{"type": "dense", "units": 8}, "relu", OUTPUT]
    override = changes.activation(setup(layers=layers), 0, "leaky_relu")
    assert override == "layers.1=leaky_relu"
    assert changed([override], layers=layers)["layers"][1]["type"] == "leaky_relu"


@pytest.mark.parametrize(
    ("init", "expected"),
    [
        ({"type": "normal", "scale": 0.01}, ["init.scale=0.4"]),  # 1 / √8
        ("zeros", ["init=he_normal"]),
        ("glorot_uniform", ["init=he_normal"]),
    ],
)
def test_init_gets_the_scale_that_fits_the_widest_layer(init, expected):
    assert changes.init(setup(init=init)) == expected


def test_layers_with_their_own_init_lose_it():
    layers = [{**HIDDEN, "init": {"type": "normal", "scale": 9}}, OUTPUT]
    overrides = changes.init(setup(layers=layers))
    assert overrides == ["init=he_normal", "layers.0.init=null"]
    assert "init" not in changed(overrides, layers=layers)["layers"][0]


def test_learning_rate_and_epochs_are_multiplied():
    found = setup(optimizer={"type": "adam", "learning_rate": 0.02}, train={"epochs": 7})
    assert changes.learning_rate(found, 0.1) == "optimizer.learning_rate=0.002"
    assert changes.epochs(found, 5.0) == "train.epochs=35"


def test_scale_is_proposed_only_for_data_that_can_be_scaled(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("x,y\n1,2\n2,3\n3,5\n4,9\n", encoding="utf-8")
    table = setup(data={"type": "csv", "path": "t.csv", "target": "y"})
    assert changes.scale(table, "scale") == ["data.scale=standard"]
    assert changes.scale(setup(), "scale") is None


def test_regularization_is_reduced():
    assert changes.less_regularized(setup()) == []
    layers = [{**HIDDEN, "weight_l2": 0.1}, {"type": "dropout", "rate": 0.8}, {"type": "dropout", "rate": 0.2}, OUTPUT]
    fields = {"layers": layers, "optimizer": {"type": "adamw", "weight_decay": 3.0}}
    overrides = changes.less_regularized(setup(**fields))
    assert overrides == ["optimizer.weight_decay=0.01", "layers.0.weight_l2=0.0", "layers.1.rate=0.1"]
    after = changed(overrides, **fields)
    assert (after["layers"][0].get("weight_l2", 0.0), after["layers"][1]["rate"]) == (0.0, 0.1)
    assert changes.less_regularized(setup(optimizer={"type": "adamw", "weight_decay": 0.001})) == []


def test_hidden_layer_is_added_before_the_last_one():
    override = changes.with_hidden_layers(setup(), 16, "tanh")
    layers = changed([override])["layers"]
    assert [layer["units"] for layer in layers] == [8, 8, 16, 1]
    assert layers[2]["activation"]["type"] == "tanh"


def test_narrow_hidden_layers_are_widened():
    layers = [{**HIDDEN, "units": 2}, {**HIDDEN, "units": 64}, OUTPUT]
    assert changes.wider(setup(layers=layers), 32) == ["layers.0.units=32"]
