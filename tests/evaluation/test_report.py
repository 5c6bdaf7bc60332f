"""Evaluation matches training and scikit-learn; thresholds."""

from __future__ import annotations

import json
import math
import platform
from pathlib import Path

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    precision_recall_fscore_support,
    r2_score,
)

import nncli
from nncli import evaluation, store
from nncli.errors import UsageError
from nncli.evaluation.classes import Confusion
from nncli.model import Model
from nncli.nn.engine.ops import Ops
from nncli.nn.losses.binary_crossentropy import BinaryCrossentropy
from nncli.nn.losses.categorical_crossentropy import CategoricalCrossentropy
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.training.baseline import baseline_output

BOOK = Path(__file__).parents[2] / "configs" / "book"
PARTS = "validation: {samples: 40}, test: {samples: 30}"
REGRESSION = """
data: {type: sine, samples: 100, PARTS}
layers: [{type: dense, units: 8, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 20}
""".replace("PARTS", PARTS)
SOFTMAX = """
data: {type: spiral, samples: 30, classes: 3, PARTS}
layers: [{type: dense, units: 16, activation: relu}, {type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
train: {epochs: 20}
""".replace("PARTS", PARTS)
SIGMOID = """
data: {type: spiral, samples: 30, classes: 2, PARTS}
layers: [{type: dense, units: 16, activation: tanh}, {type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
metrics: [{type: accuracy, threshold: 0.4}]
train: {epochs: 20}
""".replace("PARTS", PARTS)
BALANCED = SOFTMAX.replace(
    "loss: categorical_crossentropy",
    "loss: {type: categorical_crossentropy, label_smoothing: 0.1, class_weights: balanced}\n"
    "metrics: [precision, recall, f1, {type: top_k_accuracy, k: 2}]",
)
WEIGHTED = SIGMOID.replace(
    "loss: binary_crossentropy", "loss: {type: binary_crossentropy, class_weights: [0.5, 3]}"
).replace("metrics: [", "metrics: [precision, recall, f1, {type: top_k_accuracy, k: 1}, ")
HUBER = REGRESSION.replace("loss: mse", "loss: huber\nmetrics: [rmse]")
SPECS = {
    "regression": REGRESSION,
    "softmax": SOFTMAX,
    "sigmoid": SIGMOID,
    "huber": HUBER,
    "balanced": BALANCED,
    "weighted": WEIGHTED,
}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A function that trains a spec with changes, once for all tests, and returns the model."""
    directory, models = tmp_path_factory.mktemp("evaluation"), {}

    def model(name: str, **changes) -> Model:
        key = (name, *sorted(changes.items()))
        if key not in models:
            spec = directory / f"{name}.yaml"
            spec.write_text(SPECS[name])
            settings = {path.replace("__", "."): value for path, value in changes.items()}
            models[key] = nncli.load(nncli.train(spec, settings, runs_dir=directory / "runs"))
        return models[key]

    return model


def as_table(path: Path, model: Model, part: str) -> str:
    """Write the samples of a part with all digits."""
    samples = model.samples(part)
    t = samples.t.reshape(len(samples.x), -1)
    rows = [",".join(repr(float(v)) for v in (*x, *targets)) for x, targets in zip(samples.x, t, strict=True)]
    path.write_text("\n".join([",".join((*model.data.input_names, *model.data.target_names)), *rows]))
    return str(path)


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("precision", ["float32", "float64", "book"])
@pytest.mark.parametrize("batch_size", [None, 16])
def test_metrics_have_the_bits_of_training(tmp_path, trained, name, precision, batch_size):
    model = trained(name, precision=precision, train__batch_size=batch_size)
    for part in ("train", "validation", "test"):
        expected = model.plan().evaluate(model.params, model.samples(part))
        for report in (
            evaluation.evaluate(model, part),
            evaluation.evaluate(model, data=as_table(tmp_path / "t.csv", model, part)),
        ):
            assert report.samples == len(model.samples(part).x)
            metrics = {key: report.metrics[key].value for key in expected}
            assert metrics == expected
    last = model.run.rows()[-1]
    report = evaluation.evaluate(model, "validation")
    assert {key: report.metrics[key[4:]].value for key in last if key.startswith("val_")} == {
        key: value for key, value in last.items() if key.startswith("val_")
    }


def test_class_metrics_equal_the_macro_averages(trained):
    """The report has them under `macro`."""
    report = evaluation.evaluate(trained("balanced", precision="float64"), "test")
    for metric in ("precision", "recall", "f1"):
        assert report.metrics[metric].value == pytest.approx(getattr(report.classes.macro, metric), rel=1e-14)


def test_loss_is_weighted_by_class(trained):
    """Expected: the losses of each class times its weight, divided by the number of all samples."""
    model = trained("weighted", precision="float64")
    samples = model.samples("test")
    p, true = model.predict(samples.x)[:, 0], samples.t[:, 0] == 1
    expected = np.sum(np.where(true, -3 * np.log(p), -0.5 * np.log(1 - p))) / len(p)
    assert evaluation.evaluate(model, "test").metrics["loss"].value == pytest.approx(expected, rel=1e-12)


@pytest.mark.long
def test_last_line_of_chapter_16_matches_the_book(tmp_path):
    """The validation line of the book, bit for bit on platforms for which that is promised."""
    run = nncli.train(BOOK / "ch16-spiral.yaml", runs_dir=tmp_path)
    report = evaluation.evaluate(nncli.load(run))
    result = (report.metrics["accuracy"].value, report.metrics["loss"].value)
    if platform.machine() == "x86_64":
        assert result == (0.92, 0.2374613732099533)
    else:
        assert result == pytest.approx((0.92, 0.237), abs=0.05)


@pytest.mark.parametrize(("name", "classes"), [("softmax", 3), ("sigmoid", 2)])
def test_classes_match_scikit_learn(trained, name, classes):
    model = trained(name, precision="float64")
    samples = model.samples("test")
    true = samples.t.reshape(-1).astype(int)
    p = model.predict(samples.x)
    predicted = np.argmax(p, axis=1) if classes > 2 else (p[:, 0] > 0.4).astype(int)
    report = evaluation.evaluate(model)
    assert (report.on, report.samples, report.note) == ("test", 30 * classes, "")
    result, labels = report.classes, list(range(classes))
    assert result.names == tuple(map(str, labels))
    assert np.array_equal(result.confusion, confusion_matrix(true, predicted, labels=labels))
    columns = precision_recall_fscore_support(true, predicted, labels=labels, zero_division=0)
    np.testing.assert_allclose(np.array(result.per_class).T, columns, rtol=1e-14)
    macro = precision_recall_fscore_support(true, predicted, labels=labels, zero_division=0, average="macro")
    np.testing.assert_allclose(result.macro[:3], macro[:3], rtol=1e-14)
    assert result.macro.support == len(true)
    assert report.metrics["accuracy"].value == accuracy_score(true, predicted)
    assert report.metrics["loss"].value == pytest.approx(log_loss(true, p if classes > 2 else p[:, 0], labels=labels))
    train = model.samples("train")
    dummy = DummyClassifier(strategy="prior").fit(train.x, train.t.reshape(-1))
    expected = log_loss(true, dummy.predict_proba(samples.x), labels=labels)
    assert report.metrics["loss"].baseline == pytest.approx(expected)
    if classes > 2:  # with a threshold of 0.4, a probability of 0.5 gives class 1
        assert report.metrics["accuracy"].baseline == accuracy_score(true, dummy.predict(samples.x))


def test_regression_matches_scikit_learn(trained):
    model = trained("regression", precision="float64")
    train, test = model.samples("train"), model.samples("test")
    dummy = DummyRegressor().fit(train.x, train.t)
    report = evaluation.evaluate(model, "test")
    assert list(report.metrics) == ["loss", "regression_accuracy", "mae", "r2"]
    assert report.classes is None
    functions = {"loss": mean_squared_error, "mae": mean_absolute_error, "r2": r2_score}
    for name, function in functions.items():
        metric = report.metrics[name]
        assert metric.value == pytest.approx(function(test.t, model.predict(test.x)), rel=1e-9)
        assert metric.baseline == pytest.approx(function(test.t, dummy.predict(test.x)), rel=1e-9, abs=1e-12)
        assert metric.higher_is_better == (name == "r2")
        assert metric.beats_baseline == (
            metric.value > metric.baseline if name == "r2" else metric.value < metric.baseline
        )


@pytest.mark.parametrize("seed", range(8))
def test_any_confusion_matches_scikit_learn(seed):
    """Even for classes that are never true or never predicted."""
    rng = np.random.default_rng(seed)
    classes = int(rng.integers(2, 7))
    true, predicted = rng.integers(0, classes - seed % 2, (2, 30))
    predicted[predicted == 1] = 0
    confusion = Confusion(classes, 0.5)
    for half in (slice(0, 17), slice(17, 30)):
        confusion.add(np.eye(classes)[predicted[half]], true[half])
    report = confusion.report(tuple(map(str, range(classes))))
    labels = list(range(classes))
    assert np.array_equal(report.confusion, confusion_matrix(true, predicted, labels=labels))
    columns = precision_recall_fscore_support(true, predicted, labels=labels, zero_division=0)
    np.testing.assert_allclose(np.array(report.per_class).T, columns, rtol=1e-14)


def test_class_targets_in_every_form_are_counted_alike():
    y, t = np.array([[0.1], [0.9], [0.9]]), np.array([0, 0, 1])
    confusions = []
    for targets in (t, t.reshape(-1, 1).astype(float), np.eye(2)[t]):
        confusion = Confusion(2, 0.5)
        confusion.add(y, targets)
        confusions.append(confusion.report(("a", "b")).confusion)
    assert confusions == [((1, 1), (0, 1))] * 3


def test_baseline_of_unequal_classes_matches_scikit_learn():
    t, other = np.repeat([0, 1, 2, 3], [7, 20, 3, 0]), np.array([0, 1, 1, 2, 2])
    ops = Ops.float64()
    y = np.repeat(baseline_output(t, CategoricalCrossentropy(), 4), 5, axis=0)
    p, losses, _ = CategoricalCrossentropy().forward(y, other, ops)
    dummy = DummyClassifier(strategy="prior").fit(t, t)
    np.testing.assert_allclose(p[:, :3], dummy.predict_proba(other), rtol=1e-6)
    assert np.mean(losses) == pytest.approx(log_loss(other, dummy.predict_proba(other), labels=[0, 1, 2]), rel=1e-6)
    assert np.argmax(p[0]) == dummy.predict(other)[0] == 1


@pytest.mark.parametrize("ones", [0, 3, 10])
def test_baseline_of_two_classes_is_their_share(ones):
    """The loss stays finite even if one of them does not occur."""
    t = np.repeat([1.0, 0.0], [ones, 10 - ones]).reshape(-1, 1)
    y = np.repeat(baseline_output(t, BinaryCrossentropy(), 1), 10, axis=0)
    p, losses, _ = BinaryCrossentropy().forward(y, t, Ops.float64())
    share = min(max(ones / 10, 1e-7), 1 - 1e-7)
    np.testing.assert_allclose(p, share)
    entropy = -(ones * math.log(share) + (10 - ones) * math.log(1 - share)) / 10
    assert np.mean(losses) == pytest.approx(entropy)


def test_baseline_of_values_is_the_mean_of_each_column():
    t = np.array([[1, 10], [3, 20]], np.float32)
    assert baseline_output(t, MeanSquaredError(), 2).tolist() == [[2, 15]]


def test_training_data_are_the_default_without_a_test_part(trained):
    model = trained("regression", data__test=None)
    report = evaluation.evaluate(model)
    assert (report.on, report.samples) == ("train", 100)
    assert report.note == "no test part: evaluated on the training data"
    assert evaluation.evaluate(model, "train").note == ""
    with pytest.raises(UsageError) as caught:
        evaluation.evaluate(model, "test")
    assert str(caught.value) == (
        f"{model.run.path}/config.yaml: has no test part\n"
        "hint: add one under `data:`, as in `test: {samples: 100}`, and train again; or use --data FILE"
    )
    with pytest.raises(UsageError, match=r"--on train and --data t\.csv cannot be combined"):
        evaluation.evaluate(model, "train", "t.csv")


def test_nan_weights_never_beat_the_baseline(trained):
    model = nncli.load(trained("softmax").run)
    model.params.vectors[0][...] = np.nan
    report = evaluation.evaluate(model)
    assert math.isnan(report.metrics["loss"].value)
    assert not report.metrics["loss"].beats_baseline
    assert evaluation.as_dict(report)["metrics"]["loss"] is None
    assert (
        evaluation.failed_thresholds(report, ["loss=-1"], ["loss=100"]) == ["loss is NaN, which meets no threshold"] * 2
    )


def test_eval_json_equals_the_report(trained):
    model = trained("sigmoid")
    report = evaluation.evaluate(model)
    evaluation.save(model.run, report)
    result = json.loads((model.run.path / "eval.json").read_text())
    assert result == evaluation.as_dict(report)
    assert list(result) == [
        *("format", "run", "checkpoint", "on", "data", "samples", "note", "metrics", "baseline"),
        *("classes", "macro", "confusion", "environment"),
    ]
    assert (result["run"], result["checkpoint"], result["on"]) == (str(model.run.path), "last", "test")
    assert result["metrics"]["loss"] == report.metrics["loss"].value
    assert list(result["classes"]) == ["0", "1"]
    assert result["classes"]["1"]["recall"] == report.classes.per_class[1].recall
    assert store.Run(model.run.path).has_checkpoint("last")


def test_thresholds_hold_or_fail_or_are_refused(trained):
    report = evaluation.evaluate(trained("softmax"))
    metrics = report.metrics | {
        "accuracy": evaluation.MetricValue(0.85, 0.3, True),
        "loss": evaluation.MetricValue(0.25, 1.0, False),
    }
    report = report._replace(metrics=metrics)
    failed_thresholds = evaluation.failed_thresholds
    assert failed_thresholds(report, ["accuracy=0.85", "macro_f1=0"], ["loss=0.25"]) == []
    assert failed_thresholds(report, ["accuracy=0.9", "accuracy = 0.85"], ["loss=1e-2"]) == [
        "accuracy is 0.85, under 0.9",
        "loss is 0.25, over 1e-2",
    ]
    known = "loss, accuracy, macro_precision, macro_recall, macro_f1"
    for text, message in [
        ("accurracy=0.9", f'unknown metric "accurracy"; choose from {known}'),
        ("accuracy", "must have the form METRIC=NUMBER, as in accuracy=0.9"),
        ("accuracy=", 'the threshold must be a finite number, not ""'),
        ("accuracy=high", 'the threshold must be a finite number, not "high"'),
        ("accuracy=nan", 'the threshold must be a finite number, not "nan"'),
        ("accuracy=inf", 'the threshold must be a finite number, not "inf"'),
    ]:
        with pytest.raises(UsageError) as caught:
            failed_thresholds(report, [text])
        assert str(caught.value) == f"--fail-under {text}: {message}"
        with pytest.raises(UsageError, match=r"^--fail-over "):
            failed_thresholds(report, [], [text])
