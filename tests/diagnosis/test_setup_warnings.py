"""Warnings before training, which no bundled experiment gets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nncli import bundled_configs, config, training
from nncli.diagnosis import setup_warnings
from nncli.diagnosis.rule import Rule, rules
from nncli.diagnosis.setup_warnings import RULES, preview_of_experiment, preview_of_training

CONFIGS = bundled_configs.configs()
NO_ACTIVATION = ("layers.0.activation=linear", "layers.1.activation=linear")


def warnings_of(spec: str, *changes: str) -> tuple[str, ...]:
    """Return all warnings of `check` that need the data of a bundled experiment."""
    return preview_of_experiment(config.load(CONFIGS / f"{spec}.yaml", changes).resolved).warnings


@pytest.mark.parametrize("path", sorted(CONFIGS.rglob("*.yaml")), ids=lambda path: str(path.relative_to(CONFIGS)))
def test_bundled_experiments_have_no_warning(path: Path) -> None:
    loaded = config.load(path)
    warnings = [*loaded.warnings, *preview_of_experiment(loaded.resolved).warnings]
    assert [line for line in warnings if "constant in the training rows" not in line] == []


@pytest.mark.parametrize(
    ("spec", "changes", "line"),
    [
        (
            "sine",
            ["layers.2.activation=sigmoid"],
            "layers: 50% of the targets, which are -1 to 1, lie outside the range of sigmoid (0 to 1); "
            "try layers.2.activation=linear",
        ),
        (
            "sine",
            NO_ACTIVATION,
            "layers: no hidden layer has an activation; a linear function leaves 40% of the variance unexplained, "
            "other methods 0.00001%; try layers.0.activation=relu layers.1.activation=relu",
        ),
        (
            "houses",
            ["data.scale_target=none"],
            "data: the root mean square of the targets is 3.64e+05; try data.scale_target=standard",
        ),
    ],
)
def test_warnings_have_a_place_and_an_override(spec: str, changes: list[str], line: str) -> None:
    assert warnings_of(spec, *changes) == (line,)
    override = line.partition("; try ")[2].split()
    assert warnings_of(spec, *changes, *override) == ()


def test_softmax_has_one_warning() -> None:
    loaded = config.load(CONFIGS / "spiral3.yaml", ["loss=mse"])
    assert loaded.warnings == ["loss=mse: softmax learns far better with the loss categorical_crossentropy"]
    assert preview_of_experiment(loaded.resolved).warnings == ()
    changes = ["data.target=[price, area]", "layers.1={type: dense, units: 2, activation: softmax}"]
    loaded = config.load(CONFIGS / "houses.yaml", changes)
    assert loaded.warnings == []
    (line,) = preview_of_experiment(loaded.resolved).warnings
    assert line.endswith("outside the range of softmax (0 to 1); try layers.1.activation=linear")


def test_training_gives_the_same_warnings() -> None:
    resolved = config.load(CONFIGS / "sine.yaml", NO_ACTIVATION).resolved
    plan, _ = training.prepare(resolved)
    assert preview_of_training(plan) == preview_of_experiment(resolved)


def test_large_drawn_sets_are_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup_warnings, "MAX_DRAWN", 999)
    assert warnings_of("sine", *NO_ACTIVATION) == ()
    assert len(warnings_of("sine", *NO_ACTIVATION, "data.samples=999")) == 1


@pytest.mark.parametrize(
    ("scale", "changes"),
    [
        (1e38, ["layers.0.activation=linear", "data.scale=standard", "data.scale_target=standard"]),
        (1e-300, []),
    ],
)
def test_extreme_values_are_no_error(tmp_path: Path, scale: float, changes: list[str]) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, (50, 2)) * scale
    np.savez(tmp_path / "t.npz", x=x, y=x[:, :1])
    (tmp_path / "t.yaml").write_text(
        "data: {type: npz, path: t.npz, scale: none, scale_target: none}\n"
        "layers: [{type: dense, units: 1, activation: sigmoid}]\n"
        "loss: mse\nprecision: float64\n"
    )
    warnings = preview_of_experiment(config.load(tmp_path / "t.yaml").resolved).warnings
    assert [line.partition("; try ")[2] for line in warnings] == changes


def test_all_rules_that_warn_are_used() -> None:
    assert {type(rule) for rule in RULES} == {type(rule) for rule in rules() if type(rule).warn is not Rule.warn}
