"""Evaluation with several binary targets matches training, scikit-learn and the baseline."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.metrics import log_loss, precision_recall_fscore_support

import nncli
from nncli import evaluation
from nncli.evaluation.classes import LabelCounts

SPEC = """
data: {type: npz, path: t.npz, split: {validation: 0.2, test: 0.25}}
layers: [{type: dense, units: 8, activation: tanh}, {type: dense, units: 3, activation: sigmoid}]
loss: binary_crossentropy
optimizer: {type: adam, learning_rate: 0.02}
metrics: [precision, recall, f1, {type: accuracy, threshold: 0.4}]
train: {epochs: 30}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A function that trains the spec with changes, once for all tests, and returns the model."""
    folder, models = tmp_path_factory.mktemp("labels"), {}
    random = np.random.default_rng(0)
    x = random.normal(size=(120, 2))
    y = np.column_stack([x[:, 0] > 0.5, x.sum(axis=1) + random.normal(size=120) > 0, x[:, 1] > 1])
    np.savez(folder / "t.npz", x=x, y=y.astype(np.int64))
    (folder / "t.yaml").write_text(SPEC)

    def model(**changes):
        key = tuple(sorted(changes.items()))
        if key not in models:
            settings = {path.replace("__", "."): value for path, value in changes.items()}
            models[key] = nncli.load(nncli.train(folder / "t.yaml", settings, runs_dir=folder / "runs"))
        return models[key]

    return model


@pytest.mark.parametrize("precision", ["float32", "float64", "book"])
@pytest.mark.parametrize("batch_size", [None, 16])
def test_metrics_have_the_bits_of_training(tmp_path, trained, precision, batch_size):
    model = trained(precision=precision, train__batch_size=batch_size)
    for part in ("train", "validation", "test"):
        samples = model.samples(part)
        expected = model.plan().evaluate(model.params, model.part(part)[1])
        rows = [",".join(map(repr, row)) for row in np.column_stack([samples.x, samples.t]).tolist()]
        (tmp_path / "t.csv").write_text("\n".join(["x0,x1,y0,y1,y2", *rows]))
        on_part, on_table = evaluation.evaluate(model, part), evaluation.evaluate(model, data=str(tmp_path / "t.csv"))
        assert {key: on_part.metrics[key].value for key in expected} == expected
        assert on_table.samples == len(samples.x)
        if precision == "book":  # inputs are not scaled, so a table of them has the same bits
            assert {key: on_table.metrics[key].value for key in expected} == expected
    last = {key[4:]: value for key, value in model.run.rows()[-1].items() if key.startswith("val_")}
    assert {key: value.value for key, value in evaluation.evaluate(model, "validation").metrics.items()} == last


def test_metrics_of_each_label_match_scikit_learn(trained):
    model = trained(precision="float64")
    samples = model.samples("test")
    p, true = model.predict(samples.x), samples.t == 1
    report = evaluation.evaluate(model)
    assert (report.on, report.samples, report.classes.confusion) == ("test", 30, None)
    columns = precision_recall_fscore_support(true, p > 0.4, zero_division=0)
    np.testing.assert_allclose(np.array(report.classes.per_class).T, columns, rtol=1e-14)
    macro = precision_recall_fscore_support(true, p > 0.4, average="macro", zero_division=0)
    np.testing.assert_allclose(report.classes.macro[:3], macro[:3], rtol=1e-14)
    assert report.classes.macro.support == true.sum()
    macro = precision_recall_fscore_support(true, p > 0.5, average="macro", zero_division=0)
    values = [report.metrics[name].value for name in ("precision", "recall", "f1")]
    np.testing.assert_allclose(values, macro[:3], rtol=1e-14)
    assert report.metrics["accuracy"].value == np.mean((p > 0.4) == true)
    expected = np.mean([log_loss(true[:, k], p[:, k]) for k in range(3)])
    assert report.metrics["loss"].value == pytest.approx(expected, rel=1e-12)


def test_baseline_is_the_share_of_each_label(trained):
    model = trained(precision="float64")
    train, test = model.samples("train"), model.samples("test")
    dummies = [DummyClassifier(strategy="prior").fit(train.x, train.t[:, k]) for k in range(3)]
    p = np.column_stack([dummy.predict_proba(test.x)[:, 1] for dummy in dummies])
    np.testing.assert_allclose(p, np.tile(train.t.mean(axis=0), (30, 1)), rtol=1e-12)
    baseline = {name: metric.baseline for name, metric in evaluation.evaluate(model).metrics.items()}
    assert baseline["accuracy"] == np.mean((p > 0.4) == (test.t == 1))
    expected = np.mean([log_loss(test.t[:, k], p[:, k]) for k in range(3)])
    assert baseline["loss"] == pytest.approx(expected, rel=1e-12)


def test_eval_json_has_labels_but_no_confusion(trained):
    report = evaluation.evaluate(trained(precision="float64"))
    content = evaluation.as_dict(report)
    assert list(content["classes"]) == ["y0", "y1", "y2"]
    assert content["classes"]["y1"] == report.classes.per_class[1]._asdict()
    assert content["macro"] == report.classes.macro._asdict()
    assert "confusion" not in content
    f1 = content["macro"]["f1"]
    assert evaluation.failed_thresholds(report, [f"macro_f1={f1}"], []) == []
    assert evaluation.failed_thresholds(report, ["macro_f1=1"], []) == [f"macro_f1 is {f1}, under 1"]


@pytest.mark.parametrize("seed", range(8))
def test_any_counts_match_scikit_learn(seed):
    """In batches, even for labels that are never true or never predicted."""
    random = np.random.default_rng(seed)
    true, predicted = random.random((2, 30, 5)) < 0.4
    true[:, 1], predicted[:, 2], true[:, 3], predicted[:, 3] = False, False, False, False
    counts = LabelCounts(5, 0.5)
    for half in (slice(0, 17), slice(17, 30)):
        counts.add(predicted[half] * 0.9, true[half].astype(np.uint8))
    report = counts.report(tuple("abcde"))
    columns = precision_recall_fscore_support(true, predicted, zero_division=0)
    np.testing.assert_allclose(np.array(report.per_class).T, columns, rtol=1e-14)
