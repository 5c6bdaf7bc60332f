"""The figure of residuals, read back from its axes."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.data.description import Description
from nncli.errors import UsageError
from nncli.render.figures.figure_inputs import Predictions
from nncli.render.figures.palette import on_page
from nncli.render.figures.residuals import residuals, residuals_of
from tests.render.drawing import neat, trained

HOUSES = """
data: {type: csv, path: houses.csv, target: price, split: {test: 0.25}}
layers: [{type: dense, units: 3, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 5}
"""


def make_predictions(y, t, *names):
    y, t = np.asarray(y, float).reshape(-1, len(names)), np.asarray(t, float).reshape(-1, len(names))
    return Predictions("t", y, t, Description.of_numbers(len(y), ("x",), names))


def test_residuals_are_in_the_units_of_the_data(tmp_path):
    rows = "".join(f"{i},{200_000 + 1_000 * i}\n" for i in range(40))
    (tmp_path / "houses.csv").write_text("size,price\n" + rows)
    model = trained(tmp_path, HOUSES)
    predictions, samples = residuals_of(model, None), model.samples("test")
    assert predictions.title.endswith("5 epochs, test data, 10 samples")
    np.testing.assert_allclose(predictions.y, model.predict(samples.x), rtol=1e-5)
    np.testing.assert_allclose(predictions.t.reshape(-1), samples.t.reshape(-1))
    assert 190_000 < predictions.t.min() < 240_001
    axes = neat(residuals(predictions)).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted price", "true − predicted\nprice")
    np.testing.assert_allclose(axes.get_lines()[1].get_ydata(), (predictions.t - predictions.y)[:, 0])


def test_histogram_counts_every_sample_and_shares_the_axis():
    random = np.random.default_rng(0)
    y, t = random.normal(size=(2, 500))
    figure = neat(residuals(make_predictions(y, t, "a")))
    scatter, histogram = figure.axes
    assert sum(patch.get_width() for patch in histogram.patches) == 500
    assert scatter.get_ylim() == histogram.get_ylim()
    mean, root = f"{np.mean(t - y):.3g}".replace("-", "−"), f"{np.sqrt(np.mean((t - y) ** 2)):.3g}"
    assert histogram.get_title() == f"mean {mean}\nRMSE {root}"


@pytest.mark.parametrize(
    ("y", "t", "dark"),
    [
        ([1, 1, 1], [1, 1, 1], True),
        ([1], [2], False),
        ([1, np.nan, np.inf], [1, 2, 3], True),
        ([1e9, -1e9], [1e-9, 0], False),
        ([1e308], [-1e308], False),
    ],
)
def test_neat_for_any_numbers(y, t, dark):
    with on_page(dark=dark):
        neat(residuals(make_predictions(y, t, "price in $ " * 20)))


def test_note_if_no_prediction_is_finite():
    figure = neat(residuals(make_predictions([np.nan], [1], "a")))
    assert [text.get_text() for text in figure.axes[0].texts] == ["no finite prediction"]


def test_each_target_has_a_row():
    figure = neat(residuals(make_predictions(np.zeros((5, 6)), np.ones((5, 6)), *"abcdef")))
    assert [axes.get_xlabel() for axes in figure.axes[::2]] == [f"predicted {name}" for name in "abcd"]
    assert figure.get_suptitle() == "t, the first 4 targets"


def test_refuses_classes_with_a_hint(tmp_path):
    text = """
data: {type: moons, samples: 10}
layers: [{type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
train: {epochs: 1}
"""
    with pytest.raises(UsageError, match="predicts classes, and residuals need numbers") as caught:
        residuals_of(trained(tmp_path, text), None)
    assert "--what confusion" in caught.value.hint
