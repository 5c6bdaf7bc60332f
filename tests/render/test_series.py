"""The data of training curves, read from runs."""

from __future__ import annotations

import numpy as np
import pytest

import nncli
from nncli.errors import NncliError
from nncli.render.figures.series import series_of
from nncli.store import Run

SPEC = """
data: {type: csv, path: a.csv, target: price}
layers: [{type: dense, units: 2, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 3}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return runs with two rates and two seeds each, then a run with another name."""
    folder = tmp_path_factory.mktemp("series")
    (folder / "a.csv").write_text("x,price\n" + "".join(f"{n},{n}\n" for n in range(9)))
    (folder / "a.yaml").write_text(SPEC)
    several = [{"optimizer.learning_rate": rate, "seed": seed} for rate in (0.1, 0.2) for seed in (0, 1)]
    several.append({"optimizer.learning_rate": 0.1, "seed": 2, "name": "b"})
    return [nncli.train(folder / "a.yaml", changes, runs_dir=folder) for changes in several]


def test_runs_are_labelled_by_the_settings_that_differ(runs):
    series = series_of(runs)
    assert [each.label for each in series[:4]] == [
        f"optimizer.learning_rate={r} seed={s}" for r in (0.1, 0.2) for s in "01"
    ]
    assert {each.target for each in series} == {"price"}
    assert all(each.seeds == 1 and not each.ranges for each in series)


def test_seeds_are_combined_even_if_names_differ(runs):
    first, second = series_of(runs, by_seed=True)
    assert [first.label, second.label] == [
        f"optimizer.learning_rate={rate} ({n} seeds)" for rate, n in ((0.1, 3), (0.2, 2))
    ]
    assert (first.name, second.name) == ("a, b", "a")
    losses = np.array([runs[n].metrics()["loss"] for n in (0, 1, 4)])
    np.testing.assert_array_equal(first.columns["loss"], np.median(losses, axis=0))
    np.testing.assert_array_equal(first.ranges["loss"], (losses.min(axis=0), losses.max(axis=0)))
    assert first.best_epoch is None


def test_single_group_is_labelled_by_its_experiment(runs):
    (only,) = series_of(runs[2:4], by_seed=True)
    assert (only.name, only.label, only.seeds) == ("a", "a (2 seeds)", 2)


def test_settings_are_read_from_the_file_without_a_copy(runs, tmp_path):
    for number, run in enumerate(runs[::2][:2]):
        folder = tmp_path / "a" / str(number)
        folder.mkdir(parents=True)
        for name in ("config.yaml", "metrics.jsonl"):
            text = (run.path / name).read_text().replace("path: a.csv", f"path: {run.path.parents[1]}/a.csv")
            (folder / name).write_text(text)
    series = series_of([Run(tmp_path / "a" / str(number)) for number in range(2)])
    assert [each.label for each in series] == ["optimizer.learning_rate=0.1", "optimizer.learning_rate=0.2"]


def test_refuses_runs_without_epochs(tmp_path):
    (tmp_path / "metrics.jsonl").touch()
    with pytest.raises(NncliError, match="has not finished an epoch"):
        series_of([Run(tmp_path)])
