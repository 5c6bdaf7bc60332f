"""The figure of a fit, read back from its axes."""

from __future__ import annotations

import numpy as np
import pytest

import nncli
from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.errors import UsageError
from nncli.render.figures import classes, style
from nncli.render.figures.fit import fit
from nncli.render.figures.fit_panel import CHUNK, Fit, fit_of

NAN = float("nan")
X = np.linspace(-1, 1, 21, dtype=np.float32).reshape(-1, 1)
POINTS = np.random.default_rng(0).normal(size=(60, 2))


def make_fit(
    predict, x, t, *, inputs=("x",), targets=("y",), class_names=(), title="sine/1\n10 epochs, training loss 0.1"
):
    return Fit(title, predict, Samples(x, t), Description.of_numbers(len(x), inputs, targets, class_names=class_names))


def of_classes(predict, t, class_names=("0", "1"), x=POINTS):
    return make_fit(predict, x, t, inputs=("x", "y"), targets=("class",), class_names=class_names)


def drawn(contents):
    """Lay out and draw the figure, as saving does. Warnings about layout and glyphs are errors in tests."""
    figure = fit(contents)
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
    def test_true_values_are_points_and_predictions_a_line(self):
        figure = fit(make_fit(lambda x: 2 * x, X[::-1], X[::-1] ** 2))
        truth, prediction = figure.axes[0].get_lines()
        assert (truth.get_linestyle(), truth.get_marker()) == ("None", "o")
        np.testing.assert_array_equal(truth.get_xydata(), np.hstack([X, X**2])[::-1])
        x, y = prediction.get_xydata().T
        assert (np.diff(x) > 0).all(), "in the order of x, not of the samples"
        assert set(X[:, 0]) <= set(x)
        assert (x.min(), x.max()) == (-1, 1)
        np.testing.assert_allclose(y, 2 * x, rtol=1e-6)

    def test_labels_of_axes_legend_and_title(self):
        figure = drawn(make_fit(lambda x: x, X, X, inputs=("size",), targets=("price ($)",)))
        assert (figure.axes[0].get_xlabel(), figure.axes[0].get_ylabel()) == ("size", r"price (\$)")
        assert legend_texts(figure) == ["truth", "prediction"]
        assert figure.get_suptitle() == "sine/1\n10 epochs, training loss 0.1"

    def test_nothing_overlaps_a_long_title(self):
        figure = drawn(make_fit(lambda x: x, X, X, title="W" * 300 + "\n10 epochs"))
        renderer = figure.canvas.get_renderer()
        boxes = [figure.axes[0].get_tightbbox(renderer), figure.legends[0].get_window_extent(renderer)]
        title = figure._suptitle.get_window_extent(renderer)
        assert not boxes[0].overlaps(boxes[1])
        assert not boxes[0].overlaps(title)
        assert title.x0 >= 0
        assert title.x1 <= figure.bbox.x1

    def test_single_sample(self):
        truth, prediction = drawn(make_fit(lambda x: x, X[:1], X[:1])).axes[0].get_lines()
        assert len(truth.get_xdata()) == 1
        assert prediction.get_marker() == "o"

    def test_predictions_that_are_not_finite_leave_gaps(self):
        figure = drawn(make_fit(lambda x: np.where(x > 0, np.inf, x), X, X))
        assert np.isnan(figure.axes[0].get_lines()[1].get_ydata()).any()
        assert figure.axes[0].get_ylim()[1] < 2
        nothing = drawn(make_fit(lambda x: x * NAN, X, X))
        assert legend_texts(nothing) == ["truth", "prediction: no finite value"]

    def test_predictions_are_computed_in_chunks(self):
        sizes = []
        x = np.linspace(0, 1, 2 * CHUNK + 1).reshape(-1, 1)
        fit(make_fit(lambda x: sizes.append(len(x)) or x, x, x))
        assert max(sizes) == CHUNK
        assert sum(sizes) >= len(x)

    def test_more_inputs_are_drawn_against_true_values(self):
        t = POINTS[:, :1] * 3
        figure = fit(make_fit(lambda x: x[:, :1], POINTS, t, inputs=("a", "b"), targets=("price",)))
        axes = figure.axes[0]
        points, diagonal = axes.get_lines()
        np.testing.assert_array_equal(points.get_xydata(), np.hstack([t, POINTS[:, :1]]))
        assert axes.get_xlim() == axes.get_ylim() == tuple(diagonal.get_xdata()) == tuple(diagonal.get_ydata())
        assert axes.get_aspect() == 1
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("true price", "predicted price")
        assert legend_texts(figure) == ["prediction = truth"]

    def test_each_output_has_its_own_colour(self):
        figure = fit(make_fit(lambda x: np.hstack([x, -x]), X, np.hstack([X, X]), targets=("u", "v")))
        first, second, _diagonal = figure.axes[0].get_lines()
        assert first.get_color() != second.get_color()
        assert legend_texts(figure) == ["u", "v", "prediction = truth"]
        assert figure.axes[0].get_xlabel() == "true"

    @pytest.mark.parametrize("value", [0.5, NAN])
    def test_predictions_can_be_constant_or_not_finite(self, value):
        true = np.full((60, 1), 0.5)
        figure = drawn(make_fit(lambda x: np.full((len(x), 1), value), POINTS, true, inputs=("a", "b")))
        notes = [text.get_text() for text in figure.axes[0].texts]
        assert notes == (["no finite prediction"] if np.isnan(value) else [])


class TestClasses:
    @pytest.mark.parametrize("t", [POINTS[:, 0] > 0, (POINTS[:, :1] > 0).astype(float)], ids=["numbers", "column"])
    def test_map_of_a_sigmoid_has_its_boundary_at_one_half(self, t):
        figure = fit(of_classes(sigmoid, t.astype(np.intp) if t.ndim == 1 else t))
        axes, bar = figure.axes
        (image,) = axes.get_images()
        assert image.get_array().shape == (classes.FINENESS, classes.FINENESS, 3)
        np.testing.assert_allclose(boundary(axes)[:, 0], 0, atol=1e-6)
        assert bar.get_ylabel() == "probability of class 1"
        assert axes.get_aspect() == 1
        assert (axes.get_xlabel(), axes.get_ylabel()) == ("x", "y")
        assert legend_texts(figure) == ["class 0", "class 1"]

    def test_map_is_tinted_by_class_and_white_at_the_boundary(self):
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

    def test_boundaries_are_where_the_likeliest_class_changes(self):
        p = np.sort(softmax(boundary(fit(of_classes(softmax, np.arange(60) % 3, ("a", "b", "c"))).axes[0])), axis=1)
        np.testing.assert_allclose(p[:, -1], p[:, -2], atol=0.02)

    @pytest.mark.parametrize("value", [0.0, 0.5, 1.0, NAN])
    def test_constant_predictions_have_no_boundary(self, value):
        figure = drawn(of_classes(lambda x: np.full((len(x), 1), value), np.zeros((60, 1))))
        assert len(boundary(figure.axes[0])) == 0
        notes = [text.get_text() for text in figure.axes[0].texts]
        assert notes == (["no finite prediction"] if np.isnan(value) else [])

    def test_inputs_with_different_ranges_are_not_drawn_to_scale(self):
        figure = drawn(of_classes(sigmoid, np.zeros((60, 1)), x=POINTS * [1, 1000]))
        assert figure.axes[0].get_aspect() == "auto"

    def test_legend_names_the_first_of_many_classes(self):
        names = tuple(str(number) for number in range(15))
        figure = drawn(of_classes(lambda x: np.full((len(x), 15), 1 / 15), np.arange(60) % 15, names))
        assert legend_texts(figure) == [f"class {number}" for number in range(classes.MAX_LABELS)]

    def test_one_input_is_drawn_as_class_probabilities(self):
        numbers = (X[:, 0] > 0).astype(np.intp)
        figure = fit(make_fit(sigmoid, X, numbers, targets=("class",), class_names=("no", "yes")))
        first, second, no, yes = figure.axes[0].get_lines()
        np.testing.assert_allclose(first.get_ydata() + second.get_ydata(), 1, rtol=1e-6)
        assert second.get_ydata()[-1] > 0.9
        assert (no.get_xdata().max() <= 0, yes.get_xdata().min() > 0) == (True, True)
        assert legend_texts(figure) == ["no", "yes"]

    def test_refuses_classes_of_three_inputs(self):
        contents = make_fit(sigmoid, np.zeros((5, 3)), np.zeros((5, 1)), inputs=("a", "b", "c"), class_names=("0", "1"))
        with pytest.raises(UsageError, match="needs 1 or 2 inputs, and this data has 3"):
            fit(contents)


def boundary(axes):
    """Return the points of all boundaries of a map."""
    paths = [path.vertices for collection in axes.collections for path in collection.get_paths()]
    return np.concatenate([np.empty((0, 2)), *paths])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Train a run with validation and a penalty."""
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
    def test_title_has_epochs_and_loss_of_the_part(self, run, part, name, count):
        model = nncli.load(run)
        contents = fit_of(model, part)
        assert len(contents.samples.x) == count
        loss = float(np.mean((contents.samples.t - model.predict(contents.samples.x)) ** 2))
        assert contents.title == f"{run.name}\n1,200 epochs, {name} loss {loss:.4g}"
        assert fit(contents).axes[0].get_ylabel() == "y"

    def test_title_names_the_best_checkpoint(self, run):
        best = run.summary()["best"]["epoch"] + 1
        assert f"\n{best:,} epochs (best), training data loss" in fit_of(nncli.load(run, "best"), "train").title

    def test_refuses_a_part_that_is_missing(self, run):
        with pytest.raises(UsageError, match="has no test data"):
            fit_of(nncli.load(run), "test")


def test_inputs_for_which_no_unit_fires_are_shaded():
    x = np.linspace(0, 1, 101).reshape(-1, 1)
    contents = make_fit(lambda x: x, x, x)._replace(dark=lambda x: x[:, 0] > 0.6)
    axes = drawn(contents).axes[0]
    (shaded,) = [patch for patch in axes.patches if patch.get_label() == "no unit of the first layer fires"]
    assert shaded.get_x() == pytest.approx(0.6, abs=0.01)
    assert shaded.get_x() + shaded.get_width() == pytest.approx(1)
    assert not fit(contents._replace(dark=lambda x: x[:, 0] > 2)).axes[0].patches
