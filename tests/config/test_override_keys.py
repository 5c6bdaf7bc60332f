"""Keys offered by completion are those that the loader accepts, given the types in the spec."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncli import bundled_configs, config, registry
from nncli.config import validate
from nncli.config.fields import names_of
from nncli.config.nodes import plain
from nncli.config.override_keys import Component, components, keys, metrics, read_schema
from nncli.config.reader import read_text
from nncli.errors import NncliError, UsageError
from nncli.experiment import Experiment

SCHEMA = read_schema()
QUICK, SLOW = ("sine", "spiral3", "houses"), ("digits", "book/ch16-spiral")
CONFIGS = [pytest.param(bundled_configs.configs() / f"{name}.yaml", id=name) for name in QUICK]
CONFIGS += [pytest.param(bundled_configs.configs() / f"{name}.yaml", id=name, marks=pytest.mark.long) for name in SLOW]

MAPPINGS = ("experiment", "data.split", "train", "train.early_stopping", "sweep", "sweep.objective")

# Parts of the loader's messages about unknown keys and words.
REFUSALS = ("has no such field", ": unknown ", ": must be true, false or blocks, ", ": must be float32, ")


def words_of(text: str) -> dict[str, list[str]]:
    """Return the keys of a spec, each with its words."""
    return {key.path: key.words for key in keys(SCHEMA, plain(read_text(text, "f.yaml")))}


def fields_below(text: str, path: str) -> list[str]:
    """Return the fields below a path of a spec."""
    return [key.removeprefix(f"{path}.") for key in words_of(text) if key.startswith(f"{path}.")]


def test_keys_depend_on_the_types_in_the_spec() -> None:
    assert fields_below("optimizer: sgd", "optimizer") == [
        *("type", "learning_rate", "decay", "schedule", "schedule.type", "clip_norm", "clip_value"),
        *("momentum", "nesterov"),
    ]
    assert "beta_1" in fields_below("optimizer: {type: adam}", "optimizer")
    assert fields_below("init: {type: normal}", "init") == ["type", "scale"]
    assert fields_below("init: zeros", "init") == ["type"]
    assert fields_below("layers: [relu, {type: dropout, rate: 0.1}]", "layers") == [
        "0",
        "0.type",
        "1",
        "1.type",
        "1.rate",
    ]
    assert fields_below("metrics: [{type: regression_accuracy}]", "metrics") == ["0", "0.type", "0.divisor"]


def test_keys_without_a_type_are_those_of_the_default_type() -> None:
    assert fields_below("seed: 1", "optimizer") == fields_below("optimizer: adam", "optimizer")
    assert fields_below("optimizer: {decay: 0.1}", "optimizer") == fields_below("optimizer: adam", "optimizer")
    assert fields_below("seed: 1", "data") == ["type"]
    assert fields_below("seed: 1", "layers") == []


def test_parts_have_the_keys_of_their_data_set() -> None:
    assert fields_below("data: {type: spiral}", "data.test") == ["samples", "classes"]
    assert fields_below("data: {type: sine}", "data.test") == ["samples"]


def test_keys_offer_their_words() -> None:
    words = words_of("layers: [{type: dense}]\nmetrics: [mae]")
    assert words["precision"] == ["float32", "float64", "book"]
    assert words["train.shuffle"] == ["true", "false", "blocks"]
    for key, kind in [("loss", "loss"), ("optimizer.type", "optimizer"), ("layers.0.activation", "activation")]:
        assert words[key] == names_of([kind])
    assert words["layers.0.type"] == [
        registry.type_name(cls) for kind in ("layer", "activation") for cls in registry.components(kind)
    ]
    assert words["train.epochs"] == words["name"] == []


def test_mappings_and_lists_are_not_keys() -> None:
    assert not {"train", "layers", "metrics", "data.test", "train.early_stopping", "extends"} & set(words_of("seed: 1"))


@pytest.mark.parametrize("text", ["optimizer: {type: 5}", "layers: 5", "data: [1]", "train: x", "optimizer: {type: x}"])
def test_invalid_spec_still_has_keys(text: str) -> None:
    assert {"seed", "loss", "optimizer.type"} <= set(words_of(text))


@pytest.mark.parametrize("path", CONFIGS)
def test_loader_accepts_every_key_and_word(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every key and word is known to the loader, even if the experiment may not make sense."""
    monkeypatch.setattr(validate, "_prepared", {Experiment})  # one validator for all words, not one for each
    tree = config.read(path)  # once, as it takes most of the time; but `with_overrides` drops the section `sweep`
    refused = []
    for key in keys(SCHEMA, plain(tree.root)):
        for word in key.words:
            change = [f"{key.path}={word}"]
            try:
                config.check(config.read(path, change) if "sweep" in key.path else config.with_overrides(tree, change))
            except NncliError as error:
                refused += [line for line in error.lines() if any(refusal in line for refusal in REFUSALS)]
    assert refused == []


@pytest.mark.parametrize("change", ["optimizer.zebra=1", "optimizer.type=zebra", "precision=x", "train.shuffle=x"])
def test_refusals_match_unknown_keys_and_words(change: str) -> None:
    with pytest.raises(UsageError) as refused:
        config.load(bundled_configs.configs() / "sine.yaml", [change])
    assert any(refusal in str(refused.value) for refusal in REFUSALS)


def test_components_match_the_registry() -> None:
    expected = {
        Component(kind, registry.type_name(cls)) for kind in registry.kinds() for cls in registry.components(kind)
    }
    expected |= {Component("mapping", path) for path in MAPPINGS}
    assert set(components(SCHEMA)) == expected
    assert len(components(SCHEMA)) == len(expected)
    assert set(metrics(SCHEMA)) == {registry.type_name(cls) for cls in registry.components("metric")}


@pytest.mark.parametrize("text", [None, "{", "\xff"])
def test_missing_or_damaged_schema_is_an_error(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sine.yaml").touch()
    if text:
        (tmp_path / bundled_configs.SCHEMA).write_text(text, encoding="latin-1")
    monkeypatch.setattr(bundled_configs, "configs", lambda: tmp_path)
    with pytest.raises(NncliError, match=r"nncli.schema.json: cannot be read: "):
        read_schema()
