"""Training on a table: validation and test rows do not leak, and metrics are in the user's units."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import nncli
from nncli import config, evaluation
from nncli.data.preprocessing import Preprocessing
from tests.contracts.parts import PRECISIONS
from tests.trainings import prepare, start

SPEC = """\
data: {type: csv, path: t.csv, target: price, split: {validation: 0.2, test: 0.15}}
layers: [{type: dense, units: 8, activation: tanh}, {type: dense, units: 1}]
loss: mse
metrics: [mae, r2, regression_accuracy]
optimizer: {type: adam, learning_rate: 0.02}
train: {epochs: 15}
"""
RANDOM = np.random.default_rng(4)
X = RANDOM.normal([3, -200], [1, 40], (80, 2))
PRICE = 1e5 + 3e4 * X[:, 0] - 200 * X[:, 1] + RANDOM.normal(0, 5e3, 80)


def write(folder, x, price):
    rows = [f"{a!r},{b!r},{c!r}\n" for (a, b), c in zip(x.tolist(), price.tolist(), strict=True)]
    (folder / "t.csv").write_text("rooms,area,price\n" + "".join(rows))
    (folder / "t.yaml").write_text(SPEC)


def experiment(folder, *changes):
    return config.load(folder / "t.yaml", changes).experiment


def weights_after(experiment):
    run = start(experiment)
    for _event in run:
        pass
    return run


@pytest.fixture
def folder(tmp_path):
    write(tmp_path, X, PRICE)
    return tmp_path


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("missing", ["refuse", "mean"])
def test_validation_and_test_rows_change_no_bit_of_the_weights(tmp_path, precision, missing):
    """Not even huge numbers in these rows."""
    trained = []
    scales = ["data.scale=standard", "data.scale_target=minmax", f"data.missing={missing}", f"precision={precision}"]
    for factor in (1, 1e6):
        write(tmp_path, X, PRICE)
        rows = prepare(experiment(tmp_path, *scales))[0].samples.rows
        x, price = X.copy(), PRICE.copy()
        for part in (rows.validation, rows.test):
            x[part] *= factor
            price[part] *= -factor
        write(tmp_path, x, price)
        trained.append(weights_after(experiment(tmp_path, *scales)))
    first, second = (run.arrays() for run in trained)
    for name in first:
        if name not in ("data.description", "data.digest"):  # which identify the file and the samples
            assert first[name].tobytes() == second[name].tobytes(), name
    assert trained[0].evaluate()["loss"] == trained[1].evaluate()["loss"]
    assert trained[0].evaluate()["val_loss"] != trained[1].evaluate()["val_loss"]


@pytest.mark.parametrize(("scale", "scaler"), [("standard", StandardScaler), ("minmax", MinMaxScaler)])
def test_scales_are_fitted_on_the_training_rows(folder, scale, scaler):
    run = start(experiment(folder, f"data.scale={scale}", f"data.scale_target={scale}"))
    rows, arrays = run.plan.samples.rows, run.arrays()
    scaler_of_inputs, scaler_of_target = scaler().fit(X[rows.training]), scaler().fit(PRICE[rows.training, None])
    preprocessing = Preprocessing.of_arrays(arrays)
    samples = {
        "training": run.plan.training,
        "validation": run.plan.validation,
        "test": run.plan.test(run.checkpoint.streams),
    }
    for name, part in samples.items():
        np.testing.assert_array_equal(arrays[f"split.{name}"], getattr(rows, name))
        np.testing.assert_allclose(part.x, scaler_of_inputs.transform(X[getattr(rows, name)]), rtol=1e-6, atol=1e-6)
        scaled = scaler_of_target.transform(PRICE[getattr(rows, name), None])
        np.testing.assert_allclose(part.t, scaled, rtol=1e-6, atol=1e-6)
        back = run.plan.in_data_units(part)
        np.testing.assert_allclose(back.x, X[getattr(rows, name)], rtol=1e-6, atol=1e-4)
        np.testing.assert_allclose(back.t[:, 0], PRICE[getattr(rows, name)], rtol=1e-6)
    np.testing.assert_allclose(preprocessing.inputs(X), scaler_of_inputs.transform(X), rtol=1e-6, atol=1e-9)
    assert [len(part) for part in rows] == [52, 16, 12]
    assert sorted(np.concatenate(rows).tolist()) == list(range(80))


def test_seed_determines_the_split(folder):
    rows = [prepare(experiment(folder, f"seed={seed}"))[0].samples.rows.test.tolist() for seed in (1, 1, 2)]
    assert rows[0] == rows[1] != rows[2]


def test_metrics_are_in_the_units_of_the_file_but_the_loss_is_scaled(folder, tmp_path):
    run = nncli.train(folder / "t.yaml", runs_dir=tmp_path / "runs")
    model, final = nncli.load(run), run.summary()["final"]
    rows = model.plan().samples.rows
    spread = np.std(PRICE[rows.training])
    for part, trained, prefix in (("train", rows.training, ""), ("validation", rows.validation, "val_")):
        predicted, true = model.outputs(X[trained])[:, 0], PRICE[trained]
        report = evaluation.evaluate(model, part)
        values = {name: metric.value for name, metric in report.metrics.items()}
        assert values["mae"] == pytest.approx(metrics.mean_absolute_error(true, predicted), rel=1e-5)
        assert values["r2"] == pytest.approx(metrics.r2_score(true, predicted), rel=1e-5)
        near = np.mean(np.abs(predicted - true) < spread / 250)
        assert values["regression_accuracy"] == pytest.approx(near, abs=1e-9)
        assert values["loss"] == pytest.approx(np.mean(((predicted - true) / spread) ** 2), rel=1e-4)
        for name in ("mae", "r2", "regression_accuracy"):
            assert final[f"{prefix}{name}"] == pytest.approx(values[name], rel=1e-9)
        mean = np.full(len(true), PRICE[rows.training].mean())
        assert report.metrics["mae"].baseline == pytest.approx(metrics.mean_absolute_error(true, mean), rel=1e-5)
        assert report.metrics["r2"].baseline == pytest.approx(metrics.r2_score(true, mean), abs=1e-5)
    assert values["mae"] > 1000


def test_target_statistics_are_in_the_units_of_the_file(folder):
    plan, _ = prepare(experiment(folder))
    true = PRICE[plan.samples.rows.training]
    assert plan.batch_metrics.statistics.mean == pytest.approx(true.mean(), rel=1e-6)
    assert plan.batch_metrics.statistics.standard_deviation == pytest.approx(true.std(), rel=1e-6)


def test_book_precision_scales_only_on_request(folder):
    rules = experiment(folder, "precision=book").data.rules
    assert (rules.scale, rules.scale_target) == ("none", "none")
    samples = prepare(experiment(folder, "precision=book"))[0].samples
    assert samples.training.x.tobytes() == X[samples.rows.training].tobytes()
    assert samples.training.t.tobytes() == PRICE[samples.rows.training].tobytes()
    rules = experiment(folder, "precision=book", "data.scale=minmax").data.rules
    assert (rules.scale, rules.scale_target) == ("minmax", "none")
    rules = experiment(folder).data.rules
    assert (rules.scale, rules.scale_target) == ("standard", "standard")


def test_table_and_part_with_the_same_rows_evaluate_equally(folder, tmp_path):
    model = nncli.load(nncli.train(folder / "t.yaml", runs_dir=tmp_path / "runs"))
    lines = (folder / "t.csv").read_text().splitlines(keepends=True)
    for part in ("train", "validation", "test"):
        rows = getattr(model.plan().samples.rows, "training" if part == "train" else part)
        (folder / "part.csv").write_text(lines[0] + "".join(lines[1 + row] for row in rows))
        of_part, of_file = evaluation.evaluate(model, part), evaluation.evaluate(model, data=str(folder / "part.csv"))
        assert of_part.metrics == of_file.metrics
        assert of_part.samples == of_file.samples == len(rows)
