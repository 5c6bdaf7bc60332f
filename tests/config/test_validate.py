"""Valid experiment files load, are dumped and loaded again, and get notes and warnings."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nncli import bundled_configs, config
from nncli.config import validate
from nncli.config.messages import make_fault
from nncli.config.syntax import has_comment
from nncli.data.nnfs_sets import Sine, Spiral
from nncli.errors import SpecErrors
from nncli.experiment import EarlyStopping, Experiment, Train
from nncli.nn.activations.linear import Linear
from nncli.nn.activations.relu import Relu
from nncli.nn.activations.softmax import Softmax
from nncli.nn.initializers.constant import Zeros
from nncli.nn.initializers.glorot import GlorotUniform
from nncli.nn.initializers.he import HeNormal
from nncli.nn.initializers.normal import Normal
from nncli.nn.layers.dense import Dense
from nncli.nn.layers.dropout import Dropout
from nncli.nn.losses.categorical_crossentropy import CategoricalCrossentropy
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.nn.metrics.r_squared import RSquared
from nncli.nn.metrics.regression_accuracy import RegressionAccuracy
from nncli.nn.optimizers.adam import Adam
from nncli.nn.optimizers.sgd import SGD
from nncli.resolved import resolve
from tests.config.bad import SINE, SPIRAL

CONFIGS = sorted(bundled_configs.configs().rglob("*.yaml"))
every_config = pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in CONFIGS])

Load = Callable[..., config.Loaded]

MINIMAL = Experiment(
    name="good",
    data=Sine(samples=20),
    layers=(Dense(units=4, activation=Relu()), Dense(units=1)),
    loss=MeanSquaredError(),
)


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load a text as `good.yaml`, with overrides."""
    monkeypatch.chdir(tmp_path)

    def load(text: str, *changes: str) -> config.Loaded:
        Path("good.yaml").write_text(text, encoding="utf-8")
        return config.load(Path("good.yaml"), changes)

    return load


def test_missing_settings_have_their_defaults(load: Load) -> None:
    loaded = load(SINE)
    assert loaded == config.Loaded(resolve(MINIMAL), [], [])
    assert MINIMAL.seed == 0
    assert MINIMAL.precision == "float32"
    assert (MINIMAL.init, MINIMAL.optimizer, MINIMAL.metrics) == (GlorotUniform(), Adam(), None)
    assert Train(epochs=1000, batch_size=None, shuffle=None, early_stopping=None) == MINIMAL.train


def test_every_setting_of_a_file_is_read(load: Load) -> None:
    text = """\
name: Full_1.0-x
seed: 7
precision: book
data: {type: spiral, samples: 50, classes: 2, validation: {samples: 30}, test: {}}
init: {type: normal, scale: 0.1}
layers:
  - {type: dense, units: 8, activation: {type: relu}, init: zeros, weight_l1: 1, weight_l2: 5e-4, bias_l1: 0.0}
  - {type: dropout, rate: 0.25}
  - {type: dense, units: 2}
  - softmax
loss: {type: categorical_crossentropy}
optimizer: {type: sgd, learning_rate: 1, momentum: 0.9, nesterov: true}
metrics: []
train:
  epochs: 20
  batch_size: 10
  shuffle: false
  early_stopping: {monitor: val_loss, patience: 3, min_delta: 1e-3}
"""
    first = Dense(units=8, activation=Relu(), init=Zeros(), weight_l1=1.0, weight_l2=0.0005)
    stopping = EarlyStopping(monitor="val_loss", patience=3, min_delta=0.001)
    assert load(text).experiment == Experiment(
        name="Full_1.0-x",
        seed=7,
        precision="book",
        data=Spiral(samples=50, classes=2, validation={"samples": 30}, test={}),
        init=Normal(scale=0.1),
        layers=(first, Dropout(rate=0.25), Dense(units=2), Softmax()),
        loss=CategoricalCrossentropy(),
        optimizer=SGD(learning_rate=1.0, momentum=0.9, nesterov=True),
        metrics=(),
        train=Train(epochs=20, batch_size=10, shuffle=False, early_stopping=stopping),
    )


def test_bare_names_equal_mappings_with_a_type(load: Load) -> None:
    short = "data: sine\ninit: he_normal\nlayers: [{type: dense, units: 1, activation: linear, init: normal}, linear]\n"
    short += "loss: mse\noptimizer: sgd\nmetrics: [r2, regression_accuracy]\n"
    long = "data: {type: sine}\ninit: {type: he_normal}\nlayers:\n"
    long += "- {type: dense, units: 1, activation: {type: linear}, init: {type: normal}}\n- type: linear\n"
    long += "loss: {type: mse}\noptimizer: {type: sgd}\nmetrics: [{type: r2}, {type: regression_accuracy}]\n"
    experiment = load(short).experiment
    assert experiment == load(long).experiment
    assert experiment.layers == (Dense(units=1, activation=Linear(), init=Normal()), Linear())
    assert (experiment.data, experiment.init, experiment.optimizer) == (Sine(), HeNormal(), SGD())
    assert experiment.metrics == (RSquared(), RegressionAccuracy())


def test_default_optimizer_needs_no_type(load: Load) -> None:
    for loaded in (load(f"{SINE}optimizer: {{learning_rate: 0.5}}\n"), load(SINE, "optimizer.learning_rate=0.5")):
        assert loaded.experiment.optimizer == Adam(learning_rate=0.5)
    assert load(f"{SINE}optimizer: {{}}\ninit: {{}}\n").experiment == MINIMAL


@pytest.mark.parametrize(("written", "number"), [("1e4", 10_000), ("20.0", 20), ("0x10", 16), ("+5", 5), ("007", 7)])
def test_whole_numbers_in_other_notations(load: Load, written: str, number: int) -> None:
    for experiment in (load(f"{SINE}seed: {written}\n"), load(SINE, f"seed={written}")):
        assert experiment.experiment.seed == number
        assert type(experiment.experiment.seed) is int


@pytest.mark.parametrize(("written", "number"), [("1", 1.0), ("1e-3", 0.001), (".5", 0.5), ("5.E-4", 0.0005)])
def test_numbers_in_other_notations(load: Load, written: str, number: float) -> None:
    experiment = load(f"{SINE}optimizer: {{type: adam, learning_rate: {written}}}\n").experiment
    assert experiment.optimizer == Adam(learning_rate=number)
    assert type(experiment.optimizer.learning_rate) is float


def test_spec_may_be_json(load: Load) -> None:
    layers = [{"type": "dense", "units": 4, "activation": "relu"}, {"type": "dense", "units": 1}]
    data = {"data": {"type": "sine", "samples": 20}, "layers": layers, "loss": "mse"}
    for text in (json.dumps(data), json.dumps(data, indent=2), json.dumps(data, indent="\t")):
        assert load(text) == config.Loaded(resolve(MINIMAL), [], [])


def test_dumped_spec_may_be_json(load: Load) -> None:
    assert load(json.dumps(config.plain(config.read_text(config.dump(MINIMAL), "x")))).experiment == MINIMAL


# Names.


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("sine.yaml", "sine"),
        ("sine.v2.yaml", "sine.v2"),
        ("sine", "sine"),
        ("two words.yml", "two-words"),
        ("größe.yaml", "größe"),
        ("gro\u0308ße.yaml", "größe"),  # as macOS decomposes it
        ("실험.yaml", "실험"),
        ("हिन्दी.yaml", "हिन्दी"),
        ("ünï★.yaml", "ünï-"),
        ("--x.yaml", "x"),
        ("-.yaml", "unnamed"),
        (".hidden.yaml", "hidden"),
        ("...yaml", "unnamed"),
    ],
)
def test_default_name_comes_from_the_file(file: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / file
    path.write_text(SINE)
    assert config.load(path).experiment.name == name


def test_default_name_of_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SINE.encode())))
    assert config.load(Path("-")).experiment.name == "stdin"


def test_name_can_be_set_and_unset(load: Load) -> None:
    assert load(f"{SINE}name: other\n").experiment.name == "other"
    assert load(SINE, "name=other").experiment.name == "other"
    assert load(f"{SINE}name: other\n", "name=null").experiment.name == "good"


@pytest.mark.parametrize("name", ["123", "007", "1e3", "true", "0x10"])
def test_name_in_an_override_is_text(load: Load, name: str) -> None:
    assert load(SINE, f"name={name}").experiment.name == name


@pytest.mark.parametrize("change", ["name=exp #3", "name=#3", "seed=1 # why", "metrics=[mae] #", "name= #"])
def test_override_with_a_comment_is_an_error(load: Load, change: str) -> None:
    with pytest.raises(SpecErrors) as raised:
        load(SINE, change)
    message, hint = raised.value.lines()
    assert message == f"{change}: ends at the #, which begins a comment in YAML"
    assert hint.startswith("hint: remove the comment, or quote text that contains a #")


def test_hash_in_quotes_or_in_a_word_is_not_a_comment() -> None:
    for text in ('"exp #3"', "'exp #3'", "c#", "a#b #c"[:3], '["#", "a #b"]', '{a: "b #c"}'):
        assert not has_comment(text), text
    assert has_comment("a b #c")
    assert has_comment("[a, # one\n b]")


def test_default_name_is_not_that_of_the_base(load: Load, tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(SINE)
    assert load("extends: base.yaml\n").experiment == MINIMAL


# Dumps.


@every_config
def test_bundled_experiment_loads_without_warnings_and_round_trips(path: Path) -> None:
    loaded = config.load(path)
    assert loaded.warnings == []
    assert loaded.experiment.name == path.stem
    text = config.dump(loaded.experiment)
    assert config.load_text(text, "config.yaml").experiment == loaded.experiment
    assert config.dump(config.load_text(text, "config.yaml").experiment) == text


def test_at_least_18_experiments_are_bundled() -> None:
    assert len(CONFIGS) >= 18


def test_dump_writes_every_field_as_a_spec(load: Load) -> None:
    experiment = load(SINE, "layers.0.activation=relu", "optimizer=sgd", "data.test.samples=5").experiment
    assert (
        config.dump(experiment)
        == """\
name: good
seed: 0
precision: float32
data:
  type: sine
  samples: 20
  test: {samples: 5}
init: {type: glorot_uniform}
layers:
- type: dense
  units: 4
  activation: {type: relu}
  weight_l1: 0.0
  weight_l2: 0.0
  bias_l1: 0.0
  bias_l2: 0.0
- {type: dense, units: 1, weight_l1: 0.0, weight_l2: 0.0, bias_l1: 0.0, bias_l2: 0.0}
loss: {type: mse}
optimizer: {type: sgd, learning_rate: 1.0, decay: 0.0, momentum: 0.0, nesterov: false}
train: {epochs: 1000, snapshots: 100}
"""
    )


@every_config
def test_overrides_work_the_same_on_a_dump(path: Path, tmp_path: Path) -> None:
    """Layers have the same numbers in a file and in its dump, since an activation stays a field of its layer."""
    dumped = tmp_path / path.name
    dumped.write_text(config.dump(config.load(path).experiment))
    changes = [
        "layers.0.units=5",
        "layers.0.activation=tanh",
        "optimizer.learning_rate=0.5",
        "seed=9",
        "train.epochs=2",
    ]
    loaded = config.load(path, changes)
    assert config.load(dumped, changes).experiment == loaded.experiment
    assert loaded.experiment.layers[0].units == 5  # type: ignore[union-attr]


# Notes and warnings.


def test_fields_dropped_by_a_new_type_are_noted(load: Load) -> None:
    text = f"{SINE}optimizer: {{type: adam, learning_rate: 0.1, beta_1: 0.5}}\n"
    loaded = load(text, "optimizer.type=sgd", "optimizer.learning_rate=0.2")
    assert loaded.experiment.optimizer == SGD(learning_rate=0.2)
    assert loaded.notes == ["optimizer: type changed from adam to sgd, which drops beta_1"]
    assert loaded.warnings == []


SAME = "all weights start equal, so all units of this layer will learn the same; use another init"
BATCH_OF_ONE = "batch_norm needs batches of two or more samples; with one sample its output is constant"
LAST_OF_ONE = "leaves 1 of 60 samples for the last batch, for which the output of batch_norm is constant"
UNFILLED = "training takes {}, after which {} of the initial running statistics remain; use a smaller momentum"
NORMED = SPIRAL.replace("  - {type: dense, units: 3", "  - batch_norm\n  - {type: dense, units: 3")
OF_SINE = ["layers.2={type: dense, units: 1, activation: linear}", "loss=mse"]
SOFTMAX = "loss: softmax learns far better with the loss categorical_crossentropy"


@pytest.mark.parametrize(
    ("text", "changes", "warnings"),
    [
        (SPIRAL, [], []),
        (SPIRAL, ["init=zeros"], [f"good.yaml:3:5: layers.0: {SAME}"]),
        (SPIRAL, ["layers.0.init=zeros"], [f"good.yaml:3:5: layers.0: {SAME}"]),
        (SPIRAL, ["layers.0.init={type: constant, value: 0.5}"], [f"good.yaml:3:5: layers.0: {SAME}"]),
        (SPIRAL, ["layers.1.init=zeros"], []),
        (SPIRAL, ["layers.0=null", "init=zeros"], []),
        (SPIRAL, ["init=zeros", "layers.0.init=normal"], []),
        (SPIRAL, ["loss=mse"], [f"loss=mse: {SOFTMAX.removeprefix('loss: ')}"]),
        (SPIRAL.replace("categorical_crossentropy", "mae"), [], [f"good.yaml:5:7: {SOFTMAX}"]),
        (SPIRAL, ["train.batch_size=60"], []),
        (
            SPIRAL,
            ["train.batch_size=61"],
            ["train.batch_size=61: is larger than the 60 training samples: each epoch is one batch"],
        ),
        (
            f"{SINE}train: {{batch_size: 128}}\n",
            [],
            ["good.yaml:6:21: train.batch_size: is larger than the 20 training samples: each epoch is one batch"],
        ),
        (
            SPIRAL,
            ["init=zeros", "loss=mse", "train.batch_size=100"],
            [
                f"good.yaml:3:5: layers.0: {SAME}",
                f"loss=mse: {SOFTMAX.removeprefix('loss: ')}",
                "train.batch_size=100: is larger than the 60 training samples: each epoch is one batch",
            ],
        ),
        (SPIRAL, ["optimizer.schedule={type: cosine, warmup: 999}"], []),
        (
            SPIRAL,
            ["optimizer.schedule=cosine", "optimizer.schedule.warmup=9", "train={epochs: 3, batch_size: 25}"],
            ["optimizer.schedule.warmup=9: lasts for all 9 steps of training, so the learning rate only rises"],
        ),
        (NORMED, [], []),
        (NORMED, ["train.batch_size=1"], [f"train.batch_size=1: {BATCH_OF_ONE}"]),
        (NORMED, ["data.samples=1", "data.classes=2", "layers.2.units=2"], []),
        (
            NORMED.replace("spiral, samples: 20, classes: 3", "sine, samples: 1"),
            OF_SINE,
            [f"good.yaml:1:7: data: {BATCH_OF_ONE}"],
        ),
        (NORMED, ["train.batch_size=59"], [f"train.batch_size=59: {LAST_OF_ONE}"]),
        (NORMED, ["train.batch_size=20"], []),
        # 0.99^229 = 0.1001 and 0.99^230 = 0.0991; 60 samples in batches of 12 are 5 steps per epoch.
        (NORMED, ["train.epochs=229"], [f"good.yaml:4:5: layers.1: {UNFILLED.format('229 steps', '10%')}"]),
        (NORMED, ["train.epochs=230"], []),
        (
            NORMED,
            ["train={epochs: 45, batch_size: 12}"],
            [f"good.yaml:4:5: layers.1: {UNFILLED.format('225 steps', '10%')}"],
        ),
        (NORMED, ["train={epochs: 46, batch_size: 12}"], []),
        (
            NORMED,
            ["train.epochs=1", "layers.1.momentum=0.25"],
            [f"layers.1.momentum=0.25: layers.1: {UNFILLED.format('1 step', '25%')}"],
        ),
        (NORMED, ["train.epochs=1", "layers.1.momentum=0"], []),
    ],
)
def test_unwise_settings_are_warned_about(load: Load, text: str, changes: list[str], warnings: list[str]) -> None:
    assert load(text, *changes).warnings == warnings


@pytest.mark.parametrize(
    "changes",
    [
        ["layers.1.units=2", "data.classes=2"],
        ["layers.1={type: dense, units: 1, activation: sigmoid}", "data.classes=2", "loss=binary_crossentropy"],
        ["layers.1={type: dense, units: 3, activation: sigmoid}", "loss=binary_crossentropy"],
        ["layers.1={type: dense, units: 1, activation: linear}", "data.classes=2", "loss=mse"],
        ["layers.1={type: dense, units: 3}", "loss=mae"],
        ["data.classes=256", "layers.1.units=256"],
        ["layers=[{type: dense, units: 3, activation: linear}, softmax, linear]"],
        ["train.early_stopping={monitor: accuracy}"],
        ["train.early_stopping={monitor: val_accuracy}", "data.validation={}"],
        ["metrics=[precision, recall, f1, {type: top_k_accuracy, k: 2}]"],
        ["loss.class_weights=balanced"],
        ["loss.class_weights=[1, 2, 0.5]", "loss.label_smoothing=0.1"],
        ["optimizer={decay: 0, schedule: cosine}"],
        ["optimizer={decay: 0.1, schedule: null}"],
        ["layers.0={type: batch_norm}"],
        ["name=" + "x" * 100],
        ["name=a..-_.9"],
    ],
)
def test_valid_combinations_load(load: Load, changes: list[str]) -> None:
    assert load(SPIRAL, *changes).experiment


def test_unknown_pydantic_error_gets_a_plain_message() -> None:
    error: dict[str, Any] = {"type": "no_such_error", "loc": ("seed",), "input": [1], "msg": "Unparsable"}
    assert make_fault(error, Experiment)[:2] == (("seed",), "cannot be a list")


def test_valid_spec_is_checked_only_with_the_components_it_names(load, monkeypatch):
    """Pydantic's schema of all components takes a quarter of a second, so it is built only to explain bad specs."""
    checked_with = []
    adapter = validate._adapter
    monkeypatch.setattr(validate, "_adapter", lambda cls, known: checked_with.append(known) or adapter(cls, known))
    text = "data: {type: sine}\nlayers: [{type: dense, units: 1}]\nloss: mse\noptimizer: {type: sgd}\n"
    assert load(text).experiment.optimizer == SGD()
    assert [{cls.__name__ for cls in known} for known in checked_with] == [{"Sine", "Dense", "MeanSquaredError", "SGD"}]
    with pytest.raises(SpecErrors, match="sgd"):
        load(text, "optimizer.type=sgdd")
    assert len(checked_with[-1]) > 50
