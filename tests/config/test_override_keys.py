"""What completion offers as keys: what the loader takes, by the types that a spec sets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nncli import bundled_configs, config, registry
from nncli.config.fields import names_of
from nncli.config.nodes import plain
from nncli.config.override_keys import Component, components, keys, metrics, read_schema
from nncli.config.reader import read_text
from nncli.errors import NncliError, UsageError

SCHEMA = read_schema()
QUICK, SLOW = ("sine", "spiral3", "houses"), ("digits", "book/ch16-spiral")
CONFIGS = [pytest.param(bundled_configs.configs() / f"{name}.yaml", id=name) for name in QUICK]
CONFIGS += [pytest.param(bundled_configs.configs() / f"{name}.yaml", id=name, marks=pytest.mark.long) for name in SLOW]

# How the loader refuses keys and words that there are not.
REFUSALS = ("has no such field", ": there is no ", ": must be true or false, ", ": must be float32, ")


def found(text: str) -> dict[str, list[str]]:
    """The keys of a spec, each with its words."""
    return {key.path: key.words for key in keys(SCHEMA, plain(read_text(text, "f.yaml")))}


def below(text: str, path: str) -> list[str]:
    """The fields of a part of a spec."""
    return [key.removeprefix(f"{path}.") for key in found(text) if key.startswith(f"{path}.")]


def test_the_types_that_are_set_say_which_fields_there_are() -> None:
    assert below("optimizer: sgd", "optimizer") == [
        *("type", "learning_rate", "decay", "schedule", "schedule.type", "clip_norm", "clip_value"),
        *("momentum", "nesterov"),
    ]
    assert "beta_1" in below("optimizer: {type: adam}", "optimizer")
    assert below("init: {type: normal}", "init") == ["type", "scale"]
    assert below("init: zeros", "init") == ["type"]
    assert below("layers: [relu, {type: dropout, rate: 0.1}]", "layers") == ["0", "0.type", "1", "1.type", "1.rate"]
    assert below("metrics: [{type: regression_accuracy}]", "metrics") == ["0", "0.type", "0.divisor"]


def test_without_a_type_there_are_the_fields_of_the_usual_one_if_any() -> None:
    assert below("seed: 1", "optimizer") == below("optimizer: adam", "optimizer")
    assert below("optimizer: {decay: 0.1}", "optimizer") == below("optimizer: adam", "optimizer")
    assert below("seed: 1", "data") == ["type"]
    assert below("seed: 1", "layers") == []


def test_parts_have_the_fields_of_their_data() -> None:
    assert below("data: {type: spiral}", "data.test") == ["samples", "classes"]
    assert below("data: {type: sine}", "data.test") == ["samples"]


def test_words() -> None:
    words = found("layers: [{type: dense}]\nmetrics: [mae]")
    assert words["precision"] == ["float32", "float64", "book"]
    assert words["train.shuffle"] == ["true", "false"]
    for key, kind in [("loss", "loss"), ("optimizer.type", "optimizer"), ("layers.0.activation", "activation")]:
        assert words[key] == names_of([kind])
    assert words["layers.0.type"] == [
        registry.type_name(cls) for kind in ("layer", "activation") for cls in registry.components(kind)
    ]
    assert words["train.epochs"] == words["name"] == []


def test_a_mapping_or_a_list_is_no_word() -> None:
    assert not {"train", "layers", "metrics", "data.test", "train.early_stopping", "extends"} & set(found("seed: 1"))


@pytest.mark.parametrize("text", ["optimizer: {type: 5}", "layers: 5", "data: [1]", "train: x", "optimizer: {type: x}"])
def test_a_spec_that_is_wrong_has_keys_all_the_same(text: str) -> None:
    assert {"seed", "loss", "optimizer.type"} <= set(found(text))


@pytest.mark.parametrize("path", CONFIGS)
def test_every_word_is_taken(path: Path) -> None:
    """The loader finds no key unknown and no word wrong; whether the whole makes sense is another matter."""
    spec: Any = plain(config.read(path).root)
    told = []
    for key in keys(SCHEMA, spec):
        for word in key.words:
            try:
                config.load(path, [f"{key.path}={word}"])
            except NncliError as error:
                told += [line for line in error.lines() if any(refusal in line for refusal in REFUSALS)]
    assert told == []


@pytest.mark.parametrize("change", ["optimizer.zebra=1", "optimizer.type=zebra", "precision=x", "train.shuffle=x"])
def test_what_is_not_taken_would_be_seen(change: str) -> None:
    with pytest.raises(UsageError) as refused:
        config.load(bundled_configs.configs() / "sine.yaml", [change])
    assert any(refusal in str(refused.value) for refusal in REFUSALS)


def test_components_are_those_of_the_registry() -> None:
    there = {Component(kind, registry.type_name(cls)) for kind in registry.kinds() for cls in registry.components(kind)}
    there |= {Component("mapping", path) for path in ("experiment", "data.split", "train", "train.early_stopping")}
    assert set(components(SCHEMA)) == there
    assert len(components(SCHEMA)) == len(there)
    assert set(metrics(SCHEMA)) == {registry.type_name(cls) for cls in registry.components("metric")}


@pytest.mark.parametrize("text", [None, "{", "\xff"])
def test_a_schema_that_is_missing_or_damaged(text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sine.yaml").touch()
    if text:
        (tmp_path / bundled_configs.SCHEMA).write_text(text, encoding="latin-1")
    monkeypatch.setattr(bundled_configs, "configs", lambda: tmp_path)
    with pytest.raises(NncliError, match=r"nncli.schema.json: cannot be read: "):
        read_schema()
