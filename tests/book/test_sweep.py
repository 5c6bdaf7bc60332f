"""Chapter 17 as one sweep: the numbers of its eight experiments, bit for bit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nncli import bundled_configs, config, training
from nncli.config.choices import read_tree
from nncli.events import EpochEnded
from nncli.sweeps.plan import make_plan
from nncli.sweeps.session import Session

BOOK = bundled_configs.configs() / "book"
SWEEP = BOOK / "ch17-sweep.yaml"
EIGHT = [
    f"ch17-sine-2x64{scale}{rate}" for scale in ("", "-init0.1") for rate in ("", "-lr0.005", "-lr0.01", "-lr0.05")
]


def test_trials_are_the_experiments_of_the_chapter() -> None:
    plan = make_plan(read_tree(SWEEP, [], {}))
    assert plan.trials == len(EIGHT)
    for number, name in enumerate(EIGHT):
        trial = plan.load(plan.sampler.settings(plan.space, number)).experiment
        separate = config.load(BOOK / f"{name}.yaml").experiment
        assert config.dump(trial).partition("\n")[2] == config.dump(separate).partition("\n")[2], name


def test_the_sweep_is_no_experiment_of_the_book() -> None:
    assert SWEEP not in bundled_configs.book()
    assert Path("configs/book/ch17-sweep.yaml") in bundled_configs.experiments()


@pytest.mark.long
def test_sweep_gives_the_numbers_of_the_separate_experiments(tmp_path: Path) -> None:
    compare(tmp_path, epochs=301)


@pytest.mark.longest
def test_sweep_gives_all_numbers_of_the_separate_experiments(tmp_path: Path) -> None:
    compare(tmp_path, epochs=10001)


def compare(runs_dir: Path, epochs: int) -> None:
    """Compare every row of the sweep's runs with those of the separate experiments."""
    changes = [f"train.epochs={epochs}"]
    with Session.new(read_tree(SWEEP, changes, {}), runs_dir, ["nncli", "sweep"]) as session:
        for _ in session.run(lambda: False):
            pass
    for number, name in enumerate(EIGHT):
        rows = session.directory.run(f"{number:05d}-seed0").path.joinpath("metrics.jsonl").read_text().splitlines()
        loaded = config.load(BOOK / f"{name}.yaml", changes).resolved
        events = [event for event in training.start(loaded) if isinstance(event, EpochEnded)]
        assert len(rows) == len(events) == epochs
        for row, event in zip(map(json.loads, rows), events, strict=True):
            assert {key: row[key] for key in event.metrics} == dict(event.metrics), (name, event.epoch)
