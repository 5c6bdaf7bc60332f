"""The labels of runs in figures, and the data that figures read from runs."""

from __future__ import annotations

import json

import pytest

import nncli
from nncli.errors import NncliError
from nncli.render.figures.labels import labels
from nncli.render.figures.series import series_of
from nncli.store import Run, new_run


def spec(**changes):
    """Return the plain data of an experiment with some entries replaced."""
    layers = [{"type": "dense", "units": 64, "activation": {"type": "relu"}}, {"type": "dense", "units": 1}]
    optimizer = {"type": "adam", "learning_rate": 0.001, "decay": 0.0}
    return {"name": "sine", "seed": 0, "init": {"type": "normal", "scale": 0.1}, "layers": layers} | {
        "optimizer": optimizer,
        **changes,
    }


class TestLabels:
    @pytest.mark.parametrize(
        ("one", "other", "expected"),
        [
            ({}, {"init": {"type": "normal", "scale": 0.01}}, ["init.scale=0.1", "init.scale=0.01"]),
            ({"seed": 1}, {"seed": 2}, ["seed=1", "seed=2"]),
            ({}, {"name": "other"}, ["a/1", "b/2"]),
            ({}, {}, ["a/1", "b/2"]),
            ({"precision": "book"}, {"precision": "float32", "seed": 1}, ["precision=book", "precision=float32"]),
            ({}, {"init": {"type": "glorot_uniform"}}, ["init=normal", "init=glorot_uniform"]),
            ({"train": {"shuffle": True}}, {"train": {}}, ["train.shuffle=true", "train.shuffle=null"]),
            ({"data": {"validation": {"samples": 9}}}, {"data": {}},
             ["data.validation={samples:9}", "data.validation=null"]),
            ({}, {"layers": [{"type": "dense", "units": 1}]}, ["layers=64,1", "layers=1"]),
            ({}, {"optimizer": {"type": "sgd", "learning_rate": 1.0, "momentum": 0.9}},
             ["optimizer=adam optimizer.learning_rate=0.001", "optimizer=sgd optimizer.learning_rate=1.0"]),
        ],
    )  # fmt: skip
    def test_labels_have_the_settings_that_differ(self, one, other, expected):
        assert labels(["a/1", "b/2"], [spec(**one), spec(**other)]) == expected

    def test_labels_have_the_index_of_a_layer(self):
        tanh = [{"type": "dense", "units": 32, "activation": {"type": "tanh"}}, {"type": "dense", "units": 1}]
        _, second = labels(["a/1", "b/2"], [spec(), spec(layers=tanh)])
        assert second == "layers.0.units=32 layers.0.activation=tanh"

    def test_seed_and_name_are_added_only_if_needed(self):
        big, small = {"type": "normal", "scale": 0.1}, {"type": "normal", "scale": 0.01}
        specs = [spec(init=big), spec(init=big, seed=1), spec(init=small), spec(init=small)]
        assert labels(["r/1", "r/2", "r/3", "r/4"], specs) == [
            "init.scale=0.1 seed=0",
            "init.scale=0.1 seed=1",
            "init.scale=0.01 seed=0 r/3",
            "init.scale=0.01 seed=0 r/4",
        ]

    def test_very_different_runs_are_labelled_by_name(self):
        other = {"data": 1, "loss": 2, "metrics": 3, "train": 4, "precision": 5}
        assert labels(["a/1", "b/2"], [spec(), spec(**other)]) == ["a/1", "b/2"]

    def test_single_run_is_labelled_by_name(self):
        assert labels(["a/1"], [spec()]) == ["a/1"]


class TestSeriesOfRuns:
    SPEC = "data: {type: sine, samples: 20, VALIDATION}\nlayers: [{type: dense, units: 1}]\nloss: mse\noptimizer: sgd\n"

    def run(self, folder, validation="validation: {samples: 5}", **changes):
        (folder / "line.yaml").write_text(self.SPEC.replace("VALIDATION", validation))
        return nncli.train(folder / "line.yaml", {"train.epochs": 3, **changes}, runs_dir=folder / "runs")

    def test_series_have_metrics_best_epoch_and_label(self, tmp_path):
        runs = [self.run(tmp_path, **{"optimizer.learning_rate": rate}) for rate in (0.1, 0.2)]
        series = series_of(runs)
        assert [each.label for each in series] == ["optimizer.learning_rate=0.1", "optimizer.learning_rate=0.2"]
        assert [each.name for each in series] == [run.name for run in runs]
        assert [each.best_epoch for each in series] == [run.summary()["best"]["epoch"] for run in runs]
        assert series[0].epochs.tolist() == [0, 1, 2]
        assert series[0].metrics == ["regression_accuracy"]

    def test_best_epoch_of_an_unfinished_run_has_the_lowest_validation_loss(self, tmp_path):
        run = self.run(tmp_path)
        (run.path / "summary.json").unlink()
        rows = [{"epoch": epoch, "loss": 1.0, "val_loss": loss} for epoch, loss in enumerate([None, 2.0, 1.0, 3.0])]
        (run.path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        assert series_of([run])[0].best_epoch == 2

    def test_no_best_epoch_without_validation(self, tmp_path):
        run = self.run(tmp_path, validation="")
        (run.path / "summary.json").unlink()
        assert series_of([run])[0].best_epoch is None

    def test_refuses_runs_without_epochs(self, tmp_path):
        with new_run(tmp_path, "line", self.SPEC, {}) as writer:
            pass
        with pytest.raises(NncliError, match="has not finished an epoch"):
            series_of([Run(writer.path)])

    def test_runs_without_epochs_are_left_out(self, tmp_path):
        with new_run(tmp_path, "line", self.SPEC, {}) as writer:
            pass
        run = self.run(tmp_path)
        assert [series.name for series in series_of([Run(writer.path), run])] == [run.name]
