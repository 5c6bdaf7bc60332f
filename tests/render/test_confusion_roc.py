"""The figures of the confusion matrix and the ROC curve, read back."""

from __future__ import annotations

import numpy as np
import pytest

from nncli import evaluation
from nncli.errors import UsageError
from nncli.render.figures.confusion import Confusion, confusion, confusion_of
from nncli.render.figures.palette import on_page
from nncli.render.figures.roc import Roc, roc, roc_of
from nncli.render.figures.roc_points import points
from tests.render.drawing import legend_texts, neat, trained

BLOBS = """
data: {{type: blobs, samples: 60, classes: {classes}, test: {{samples: 40}}}}
layers: [{{type: dense, units: 4, activation: tanh}}, {{type: dense, units: {classes}, activation: softmax}}]
loss: categorical_crossentropy
train: {{epochs: 3}}
"""
MOONS = """
data: {type: moons, samples: 60, noise: 0.3}
layers: [{type: dense, units: 4, activation: tanh}, {type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
optimizer: {type: adam, learning_rate: 0.05}
metrics: [{type: accuracy, threshold: 0.6}]
train: {epochs: 30}
"""
SINE = "data: {type: sine, samples: 20}\nlayers: [{type: dense, units: 1}]\nloss: mse\ntrain: {epochs: 1}\n"


def cells(figure):
    return [text.get_text() for text in figure.axes[0].texts]


class TestConfusion:
    @pytest.mark.parametrize(("text", "part"), [(BLOBS.format(classes=3), None), (MOONS, "train")])
    def test_counts_equal_those_of_the_evaluation(self, tmp_path, text, part):
        model = trained(tmp_path, text)
        report = evaluation.evaluate(model, part)
        matrix = confusion_of(model, part)
        assert matrix.counts.tolist() == [list(row) for row in report.classes.confusion]
        assert matrix.title.endswith(
            f"{'training' if part else 'test'} data, {report.samples} samples, "
            f"{report.metrics['accuracy'].value:.1%} correct"
        )

    def test_shows_counts_and_shares_of_the_true_class(self):
        figure = neat(confusion(Confusion("t", np.array([[3, 1], [0, 0]]), ["no", "yes"])))
        assert cells(figure) == ["3\n75%", "1\n25%", "0", "0"]
        (image,) = figure.axes[0].get_images()
        shares = np.ma.filled(image.get_array(), np.nan)
        np.testing.assert_array_equal(shares, [[0.75, 0.25], [np.nan, np.nan]])
        axes = figure.axes[0]
        assert [label.get_text() for label in axes.get_yticklabels()] == ["no", "yes"]
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted", "true")

    @pytest.mark.parametrize(
        ("size", "name", "dark"),
        [
            (2, "n" * 300, False),
            (3, "versicolor", True),
            (10, "digit 7", False),
            pytest.param(20, "$x$", True, marks=pytest.mark.long),
            (100, "_c", False),
        ],
    )
    def test_is_neat_for_any_number_and_names_of_classes(self, size, name, dark):
        counts = np.full((size, size), 12_345)
        with on_page(dark=dark):
            figure = neat(confusion(Confusion("t" * 300, counts, [f"{name} {number}" for number in range(size)])))
        assert len(cells(figure)) == (size**2 if size <= 25 else 0)

    def test_refuses_regression_with_a_hint(self, tmp_path):
        with pytest.raises(UsageError) as caught:
            confusion_of(trained(tmp_path, SINE), None)
        assert "predicts numbers, not classes" in caught.value.lines()[0]
        assert "--what residuals" in caught.value.hint


class TestRoc:
    def test_area_is_the_probability_of_a_correct_ranking(self):
        random = np.random.default_rng(0)
        scores, positive = random.integers(0, 20, 300) / 20, random.random(300) < 0.3
        pairs = scores[positive][:, None] - scores[~positive]
        assert points(scores, positive).area == pytest.approx(((pairs > 0) + 0.5 * (pairs == 0)).mean())

    def test_curve_has_a_point_for_each_threshold(self):
        curve = points(np.array([0.9, 0.8, 0.8, 0.1]), np.array([True, False, True, False]))
        assert list(zip(*curve, strict=True)) == [(0, 0), (0, 0.5), (0.5, 1), (1, 1)]

    @pytest.mark.parametrize("dark", [False, True])
    def test_shows_the_curve_its_area_and_the_threshold(self, dark):
        scores = np.array([0.9, 0.8, 0.4, 0.6, 0.3, 0.2])
        with on_page(dark=dark):
            figure = neat(roc(Roc("t" * 300, scores, np.array([1, 1, 1, 0, 0, 0], bool), "n" * 300)))
        guessing, curve, at = figure.axes[0].get_lines()
        assert curve.get_xydata().tolist()[0] == [0, 0]
        assert curve.get_xydata().tolist()[-1] == [1, 1]
        np.testing.assert_allclose(at.get_xydata(), [[1 / 3, 2 / 3]])
        assert legend_texts(figure) == [
            "threshold 0.5: 66.7% true, 33.3% false positives",
            "area under the curve: 0.8889",
            "random guessing: area 0.5",
        ]
        assert guessing.get_xydata().tolist() == [[0, 0], [1, 1]]
        assert figure.axes[0].get_xlim() == figure.axes[0].get_ylim() == (0, 1)

    @pytest.mark.parametrize("text", [MOONS, BLOBS.format(classes=2)], ids=["sigmoid", "softmax"])
    def test_scores_are_probabilities_of_the_second_class(self, tmp_path, text):
        model = trained(tmp_path, text)
        curve, samples = roc_of(model, "train"), model.samples("train")
        np.testing.assert_allclose(curve.scores, model.predict(samples.x)[:, -1], rtol=1e-6)
        np.testing.assert_array_equal(curve.positive, samples.t.reshape(-1) == 1)

    @pytest.mark.parametrize(("text", "words"), [(SINE, "no classes"), (BLOBS.format(classes=3), "3 classes")])
    def test_refuses_other_than_two_classes(self, tmp_path, text, words):
        with pytest.raises(UsageError, match=f"an ROC curve needs two classes, and this data has {words}") as caught:
            roc_of(trained(tmp_path, text), None)
        assert caught.value.hint.startswith("use `nncli plot --what ")

    def test_refuses_a_part_with_only_one_class(self, tmp_path):
        (tmp_path / "one.csv").write_text("x,c\n1,no\n2,no\n")
        (tmp_path / "two.csv").write_text("x,c\n1,no\n2,yes\n3,no\n")
        text = """
data: {type: csv, path: two.csv, target: c, test: {path: one.csv}}
layers: [{type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
train: {epochs: 1}
"""
        model = trained(tmp_path, text)
        with pytest.raises(UsageError, match="an ROC curve needs samples of both classes, and all are of no"):
            roc_of(model, None)
        assert confusion_of(model, None).counts.sum(axis=1).tolist() == [2, 0]
        assert len(roc_of(model, "train").scores) == 3
