"""The contract of rules: each finds its own example first and is silent on the other one."""

from __future__ import annotations

import math

import pytest

from nncli.diagnosis.diagnose import diagnose, judge
from nncli.diagnosis.rule import rules
from tests.diagnosis.examples import train
from tests.diagnosis.tables import write_tables

NAMES = [
    "class_collapse",
    "dark_inputs",
    "dead_relus",
    "decay_too_strong",
    "exploding_gradients",
    "init_too_large",
    "init_too_small",
    "labels_shuffled",
    "lr_too_high",
    "lr_too_low",
    "no_hidden_activation",
    "over_regularized",
    "overfitting",
    "saturated_units",
    "symmetric_init",
    "too_few_epochs",
    "too_few_layers",
    "too_few_units",
    "unscaled_inputs",
    "unscaled_targets",
    "wrong_loss",
    "wrong_output_activation",
]


def replaced(overrides, change):
    """Return overrides for one epoch after a change, which replaces those of the same setting or below it."""
    changes = [*(one for one in change if not one.startswith("train.epochs=")), "train.epochs=1"]
    keys = [one.split("=")[0] for one in changes]
    kept = [one for one in overrides if not any(f"{one.split('=')[0]}.".startswith(f"{key}.") for key in keys)]
    return [*kept, *changes]


every_rule = pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.name)


def test_all_rules_are_registered():
    assert [rule.name for rule in rules()] == NAMES


@every_rule
def test_rule_explains_itself(rule):
    assert rule.__doc__ and rule.explanation.endswith(".") and rule.reference


@pytest.mark.long
@every_rule
def test_rule_finds_its_example_first(rule, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_tables(tmp_path)
    case = train(rule.fires, tmp_path / "runs")
    verdict, findings = judge(case)
    assert verdict != "healthy"
    assert [finding.name for finding in findings][:1] == [rule.name]
    first = findings[0]
    assert 0 < first.confidence <= 1
    assert first.evidence and all(math.isfinite(value) for value in first.evidence.values())
    assert diagnose(case.model.run).findings[0] == first
    for change in (finding.change for finding in findings):
        assert change is None or change
        train((rule.fires[0], *replaced(rule.fires[1:], change or [])), tmp_path / "changed")  # it is accepted


@pytest.mark.long
@every_rule
def test_rule_is_silent_on_the_other_example(rule, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_tables(tmp_path)
    case = train(rule.silent, tmp_path / "runs")
    assert rule.name not in [finding.name for finding in judge(case)[1]]
