"""The comparison of learning rates: its definition of at least as good, and the page that shows the results."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from benchmarks import lr_find
from nncli import config, training
from nncli.events import EpochEnded

ROOT = Path(__file__).resolve().parents[2]


def row(found: list[float], default: list[float]) -> lr_find.Row:
    return {"losses": {"found": found, "default": default}}


@pytest.mark.parametrize(
    ("found", "default", "expected"),
    [
        ([1, 1, 1, 9, 9], [1, 1, 2, 2, 2], (True, True)),
        ([2, 2, 2, 2, 2], [1, 1, 2, 3, 3], (True, True)),
        ([3, 3, 3, 3, 3], [1, 1, 2, 3, 3], (False, True)),  # two trainings with the default are no better
        ([3, 3, 3, 3, 3], [1, 1, 2, 2, 3], (False, False)),
        ([math.inf] * 5, [1, 1, math.inf, math.inf, math.inf], (True, False)),  # diverging is within no noise
    ],
)
def test_at_least_as_good(found: list[float], default: list[float], expected: tuple[bool, bool]) -> None:
    assert lr_find.holds(row(found, default), "default") == expected


def test_loss_is_that_of_the_best_epoch_if_training_stops_early() -> None:
    changes = ["train.epochs=4", "data.split={validation: 0.2}", "optimizer.learning_rate=0.5", "seed=1"]
    path = ROOT / "configs" / "iris.yaml"
    complete = config.check(config.read(path, changes)).resolved
    losses = [each.metrics["val_loss"] for each in training.start(complete) if isinstance(each, EpochEnded)]
    early = config.check(config.read(path, [*changes, "train.early_stopping.patience=30"])).resolved
    assert lr_find.train(early, 0.5, 1).loss == min(losses) < losses[-1]
    assert lr_find.train(complete, 0.5, 1).loss == losses[-1]
    assert lr_find.train(early, 1e30, 1).loss == math.inf


def test_sets_have_each_spec_once_and_every_optimizer() -> None:
    specs = [spec for group in lr_find.SETS.values() for spec in group]
    assert len(specs) == len(set(specs)) >= 40
    types = set()
    for spec, change in specs:
        tree = config.read(ROOT / "configs" / f"{spec}.yaml", [change] if change else [])
        types.add(config.check(tree).experiment.optimizer.type)
    assert types >= {"sgd", "adam", "adagrad", "rmsprop"}


def test_page_shows_the_saved_results() -> None:
    saved = json.loads((ROOT / "benchmarks" / "lr_find.json").read_text())
    assert (ROOT / "docs" / "rates.md").read_text() == lr_find.page(saved)
    assert saved["seeds"] == 5
    for group in (*lr_find.SETS, lr_find.GENERATED):
        results = [lr_find.holds(each, "default") for each in saved["specs"].values() if each["set"] == group]
        assert len(results) == len(lr_find.SETS.get(group, range(lr_find.COUNT)))
        assert sum(noise for _, noise in results) >= 0.9 * len(results)
