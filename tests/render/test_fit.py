"""The figure of a fit, read back from its axes."""

from __future__ import annotations

import numpy as np
import pytest

import nncli
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.errors import UsageError
from nncli.render.figures import classes, style
from nncli.render.figures.fit import CHUNK, Fit, fit, fit_of

NAN = float("nan")
X = np.linspace(-1, 1, 21, dtype=np.float32).reshape(-1, 1)
POINTS = np.random.default_rng(0).normal(size=(60, 2))


def shown(
    predict, x, t, *, inputs=("x",), targets=("y",), class_names=(), title="sine/1\n10 epochs, training loss 0.1"
):
    return Fit(title, predict, Samples(x, t), Description.of_numbers(len(x), inputs, targets, class_names=class_names))


def of_classes(predict, t, class_names=("0", "1"), x=POINTS):
    return shown(predict, x, t, inputs=("x", "y"), targets=("class",), class_names=class_names)


def drawn(of):
    """The figure, laid out and drawn, as saving does: warnings about layout and glyphs are errors here."""
    figure = fit(of)
    with style.apply():
        figure.canvas.draw()
    return figure


def legend_texts(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def sigmoid(x):
    return 1 / (1 + np.exp(-4 * x[:, :1]))


def softmax(x):
    e = np.exp(4 * np.concatenate([x, -x.sum(axis=1, keepdims=True)], axis=1))
    return e / e.sum(axis=1, keepdims=True)


class TestRegression:
    def test_draws_the_truth_as_points_and_the_prediction_as_a_line(self):
        figure = fit(shown(lambda x: 2 * x, X[::-1], X[::-1] ** 2))
        truth, prediction = figure.axes[0].get_lines()
        assert (truth.get_linestyle(), truth.get_marker()) == ("None", "o")
        np.testing.assert_array_equal(truth.get_xydata(), np.hstack([X, X**2])[::-1])
        x, y = prediction.get_xydata().T
        assert (np.diff(x) > 0).all(), "in the order of x, whatever that of the samples"
        assert set(X[:, 0]) <= set(x)
        assert (x.min(), x.max()) == (-1, 1)
        np.testing.assert_allclose(y, 2 * x, rtol=1e-6)

    def test_names_axes_lines_and_run(self):
        figure = drawn(shown(lambda x: x, X, X, inputs=("size",), targets=("price ($)",)))
        assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("size", r"price (\$)")
        assert legend_texts(figure) == ["truth", "prediction"]
        assert figure.get_suptitle() == "sine/1\n10 epochs, training loss 0.1"

    def test_nothing_lies_on_anything_else_whatever_the_length_of_the_title(self):
        figure = drawn(shown(lambda x: x, X, X, title="W" * 300 + "\n10 epochs"))
        renderer = figure.canvas.get_renderer()
        boxes = [figure.axes[0].get_tightbbox(renderer), figure.legends[0].get_window_extent(renderer)]
        title = figure._suptitle.get_window_extent(renderer)
        assert not boxes[0].overlaps(boxes[1])
        assert not boxes[0].overlaps(title)
        assert title.x0 >= 0
        assert title.x1 <= figure.bbox.x1

    def test_a_single_sample_can_be_shown(self):
        truth, prediction = drawn(shown(lambda x: x, X[:1], X[:1])).axes[0].get_lines()
        assert len(truth.get_xdata()) == 1
        assert prediction.get_marker() == "o"

    def test_predictions_that_are_no_numbers_leave_gaps(self):
        figure = drawn(shown(lambda x: np.where(x > 0, np.inf, x), X, X))
        assert np.isnan(figure.axes[0].get_lines()[1].get_ydata()).any()
        assert figure.axes[0].get_ylim()[1] < 2
        nothing = drawn(shown(lambda x: x * NAN, X, X))
        assert legend_texts(nothing) == ["truth", "prediction: no finite value"]

    def test_asks_a_network_for_no_more_than_a_batch_at_once(self):
        sizes = []
        x = np.linspace(0, 1, 2 * CHUNK + 1).reshape(-1, 1)
        fit(shown(lambda x: sizes.append(len(x)) or x, x, x))
        assert max(sizes) == CHUNK
        assert sum(sizes) >= len(x)

    def test_of_more_inputs_is_predicted_against_true_with_the_diagonal(self):
        t = POINTS[:, :1] * 3
        figure = fit(shown(lambda x: x[:, :1], POINTS, t, inputs=("a", "b"), targets=("price",)))
        axes = figure.axes[0]
        points, diagonal = axes.get_lines()
        np.testing.assert_array_equal(points.get_xydata(), np.hstack([t, POINTS[:, :1]]))
        assert axes.get_xlim() == axes.get_ylim() == tuple(diagonal.get_xdata()) == tuple(diagonal.get_ydata())
        assert axes.get_aspect() == 1
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("true price", "predicted price")
        assert legend_texts(figure) == ["prediction = truth"]

    def test_of_more_outputs_has_a_colour_for_each(self):
        figure = fit(shown(lambda x: np.hstack([x, -x]), X, np.hstack([X, X]), targets=("u", "v")))
        first, second, _diagonal = figure.axes[0].get_lines()
        assert first.get_color() != second.get_color()
        assert legend_texts(figure) == ["u", "v", "prediction = truth"]
        assert figure.axes[0].get_xlabel() == "true"

    @pytest.mark.parametrize("value", [0.5, NAN])
    def test_predicted_against_true_can_be_constant_or_no_number(self, value):
        figure = drawn(shown(lambda x: np.full((len(x), 1), value), POINTS, np.full((60, 1), 0.5), inputs=("a", "b")))
        notes = [text.get_text() for text in figure.axes[0].texts]
        assert notes == (["no finite prediction"] if np.isnan(value) else [])


class TestClasses:
    @pytest.mark.parametrize("t", [POINTS[:, 0] > 0, (POINTS[:, :1] > 0).astype(float)], ids=["numbers", "column"])
    def test_of_a_sigmoid_are_a_map_with_the_line_of_a_half(self, t):
        figure = fit(of_classes(sigmoid, t.astype(np.intp) if t.ndim == 1 else t))
        axes, bar = figure.axes
        (image,) = axes.get_images()
        assert image.get_array().shape == (classes.FINENESS, classes.FINENESS, 3)
        np.testing.assert_allclose(boundary(axes)[:, 0], 0, atol=1e-6)
        assert bar.get_ylabel() == "probability of class 1"
        assert axes.get_aspect() == 1
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "y")
        assert legend_texts(figure) == ["class 0", "class 1"]

    def test_are_tinted_by_the_likelier_and_white_where_in_doubt(self):
        (image,) = fit(of_classes(sigmoid, np.zeros((60, 1)))).axes[0].get_images()
        row = image.get_array()[0]
        assert row[0, 2] > row[0, 0], "blue on the left, as class 0"
        assert row[-1, 0] > row[-1, 2], "red on the right, as class 1"
        assert row.min(axis=1).max() > 0.95

    @pytest.mark.parametrize("form", ["numbers", "rows"])
    def test_points_have_the_colour_of_their_true_class(self, form):
        numbers = np.arange(60) % 3
        figure = fit(of_classes(softmax, numbers if form == "numbers" else np.eye(3)[numbers], ("red", "green", "7")))
        lines = figure.axes[0].get_lines()
        assert len(lines) == 3
        for number, line in enumerate(lines):
            np.testing.assert_array_equal(line.get_xydata(), POINTS[numbers == number])
        assert len({tuple(line.get_color()) for line in lines}) == 3
        assert legend_texts(figure) == ["red", "green", "class 7"]
        assert len(figure.axes) == 1, "a scale of one probability is for two classes"

    def test_boundaries_are_where_the_likeliest_changes(self):
        p = np.sort(softmax(boundary(fit(of_classes(softmax, np.arange(60) % 3, ("a", "b", "c"))).axes[0])), axis=1)
        np.testing.assert_allclose(p[:, -1], p[:, -2], atol=0.02)

    @pytest.mark.parametrize("value", [0.0, 0.5, 1.0, NAN])
    def test_a_network_that_says_the_same_everywhere_has_no_boundary(self, value):
        figure = drawn(of_classes(lambda x: np.full((len(x), 1), value), np.zeros((60, 1))))
        assert len(boundary(figure.axes[0])) == 0
        notes = [text.get_text() for text in figure.axes[0].texts]
        assert notes == (["no finite prediction"] if np.isnan(value) else [])

    def test_inputs_of_different_size_are_not_drawn_to_scale(self):
        figure = drawn(of_classes(sigmoid, np.zeros((60, 1)), x=POINTS * [1, 1000]))
        assert figure.axes[0].get_aspect() == "auto"

    def test_of_many_classes_the_first_are_named(self):
        names = tuple(str(number) for number in range(15))
        figure = drawn(of_classes(lambda x: np.full((len(x), 15), 1 / 15), np.arange(60) % 15, names))
        assert legend_texts(figure) == [f"class {number}" for number in range(classes.MAX_LABELS)]

    def test_of_one_input_are_curves_of_probability(self):
        numbers = (X[:, 0] > 0).astype(np.intp)
        figure = fit(shown(sigmoid, X, numbers, targets=("class",), class_names=("no", "yes")))
        first, second, no, yes = figure.axes[0].get_lines()
        np.testing.assert_allclose(first.get_ydata() + second.get_ydata(), 1, rtol=1e-6)
        assert second.get_ydata()[-1] > 0.9
        assert (no.get_xdata().max() <= 0, yes.get_xdata().min() > 0) == (True, True)
        assert legend_texts(figure) == ["no", "yes"]

    def test_of_three_inputs_are_refused(self):
        of = shown(sigmoid, np.zeros((5, 3)), np.zeros((5, 1)), inputs=("a", "b", "c"), class_names=("0", "1"))
        with pytest.raises(UsageError, match="needs 1 or 2 inputs, and this data has 3"):
            fit(of)


def boundary(axes):
    """The points of all boundaries of a map."""
    paths = [path.vertices for collection in axes.collections for path in collection.get_paths()]
    return np.concatenate([np.empty((0, 2)), *paths])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A trained run with validation and a penalty."""
    spec = tmp_path_factory.mktemp("fit") / "line.yaml"
    spec.write_text(
        "data: {type: sine, samples: 20, validation: {samples: 10}}\n"
        "layers: [{type: dense, units: 1, weight_l2: 0.1}]\nloss: mse\ntrain: {epochs: 1200}\n"
    )
    return nncli.train(spec, runs_dir=spec.parent)


class TestOfARun:
    @pytest.mark.parametrize(
        ("part", "name", "count"), [("train", "training data", 20), ("validation", "validation", 10)]
    )
    def test_has_its_samples_and_says_its_epochs_and_loss(self, run, part, name, count):
        model = nncli.load(run)
        of = fit_of(model, part)
        assert len(of.samples.x) == count
        loss = float(np.mean((of.samples.t - model.predict(of.samples.x)) ** 2))
        assert of.title == f"{run.name}\n1,200 epochs, {name} loss {loss:.4g}"
        assert fit(of).axes[0].get_ylabel() == "y"

    def test_says_whether_the_weights_are_the_best(self, run):
        best = run.summary()["best"]["epoch"] + 1
        assert f"\n{best:,} epochs (best), training data loss" in fit_of(nncli.load(run, "best"), "train").title

    def test_of_a_part_that_it_lacks_is_refused(self, run):
        with pytest.raises(UsageError, match="has no test data"):
            fit_of(nncli.load(run), "test")
