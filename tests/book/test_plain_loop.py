"""Chapters 10 and 14 to 19 against a plain loop that calls `nnfs.init()` in a separate process."""

from __future__ import annotations

import pytest

from nncli import bundled_configs
from nncli.book import compare

SMALL = ["data.samples=50"]
CASES = {
    "chapter 10, sgd with momentum": ("ch10-spiral-sgd", []),
    "chapter 10, sgd without": ("ch10-spiral-sgd", ["optimizer.momentum=0"]),
    "chapter 10, adagrad": ("ch10-spiral-adagrad", []),
    "chapter 10, rmsprop": ("ch10-spiral-rmsprop", []),
    "chapter 10, adam": ("ch10-spiral-adam", []),
    "chapter 10, vertical data": ("ch10-spiral-adam", ["data.type=vertical", *SMALL]),
    "chapter 14, l2": ("ch14-spiral-l2", []),
    "chapter 14, l1": (
        "ch14-spiral-l2",
        ["layers.0.weight_l1=5e-4", "layers.0.bias_l1=5e-4", "layers.1.weight_l1=1e-4"],
    ),
    "chapter 15, dropout": ("ch15-spiral-dropout", SMALL),
    "chapter 15, dropout with adagrad": (
        "ch15-spiral-dropout",
        [*SMALL, "optimizer=adagrad", "optimizer.learning_rate=0.1"],
    ),
    "chapter 15, dropout with momentum": ("ch15-spiral-dropout", [*SMALL, "optimizer={type: sgd, momentum: 0.9}"]),
    "chapter 16": ("ch16-spiral", []),
    "chapter 17, float64 targets with rmsprop": ("ch17-sine-1x64", ["optimizer.type=rmsprop"]),
    "chapter 17, float64 targets with adagrad": ("ch17-sine-1x64", ["optimizer={type: adagrad, learning_rate: 0.01}"]),
    "chapter 17, float64 targets with momentum": (
        "ch17-sine-1x64",
        ["optimizer={type: sgd, learning_rate: 0.05, momentum: 0.9}"],
    ),
    "chapter 17, mae": ("ch17-sine-2x64-init0.1", ["loss=mae"]),
    "chapter 18, validation": ("ch18-spiral-validation", ["layers.0.units=64", *SMALL, "data.validation.samples=20"]),
    "chapter 19, batches with a partial last one": (
        "ch18-spiral-validation",
        ["layers.0.units=32", *SMALL, "data.validation.samples=20", "train.batch_size=64"],
    ),
    "another seed": ("ch16-spiral", ["seed=7"]),
}


def differing_lines(name: str, changes: list[str], epochs: int) -> list[object]:
    """Return the lines that differ in any digit, after checking that there are lines."""
    path = bundled_configs.configs() / "book" / f"{name}.yaml"
    comparisons = list(compare(path, [*changes, f"train.epochs={epochs}"], against_nnfs=True))
    assert len(comparisons) >= epochs // 100
    return [each for each in comparisons if not each.same]


@pytest.mark.parametrize("case", CASES)
def test_300_epochs_match_every_digit(case: str) -> None:
    assert differing_lines(*CASES[case], epochs=301) == []


@pytest.mark.long
def test_full_length_matches_every_digit() -> None:
    assert differing_lines("ch14-spiral-l2", [], epochs=10001) == []


REST = [
    "ch10-spiral-adam",
    "ch10-spiral-sgd",
    "ch10-spiral-adagrad",
    "ch10-spiral-rmsprop",
    "ch15-spiral-dropout",
    "ch18-spiral-validation",
]


@pytest.mark.longest
@pytest.mark.parametrize("name", REST)
def test_other_experiments_match_every_digit_at_full_length(name: str) -> None:
    assert differing_lines(name, [], epochs=10000) == []
