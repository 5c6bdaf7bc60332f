"""The figure of probes, read back."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.diagnosis.probe_rows import probes_of
from nncli.render.figures.palette import on_page
from nncli.render.figures.probes import Series, probes, series_of
from nncli.store.run import PROBES
from tests.render.drawing import legend_texts, neat, trained

NAN = float("nan")
NET = """
data: {type: sine, samples: 30}
layers:
  - {type: dense, units: 5, activation: relu}
  - {type: dense, units: 4, activation: tanh}
  - {type: dense, units: 1}
loss: mse
train: {epochs: 6}
"""
RELU, TANH, LAST = "layer 0: dense 5 relu", "layer 1: dense 4 tanh", "layer 2: dense 1"
LINEAR = """
data: {type: sine, samples: 30}
layers: [{type: dense, units: 1}]
loss: mse
train: {epochs: 6}
"""


def titles(figure):
    return [axes.get_title() for axes in figure.axes]


def test_series_are_the_numbers_of_the_probes(tmp_path):
    model = trained(tmp_path, NET)
    series, measured = series_of(model), probes_of(model)
    assert series.epochs == [*range(7)]
    assert series.dark.tolist() == [each.dark for each in measured]
    assert series.spread.tolist() == [each.output_spread for each in measured]
    assert {name: y.tolist() for name, y in series.dead.items()} == {RELU: [each.layers[0].dead for each in measured]}
    assert {name: y.tolist() for name, y in series.saturated.items()} == {
        TANH: [each.layers[1].saturated for each in measured]
    }
    assert list(series.gradients) == list(series.updates) == [RELU, TANH, LAST]
    assert series.gradients[LAST].tolist() == [each.layers[2].gradient_scale for each in measured]
    np.testing.assert_array_equal(series.updates[LAST], [*(each.layers[2].update_ratio for each in measured[:6]), NAN])


@pytest.mark.parametrize("dark", [False, True])
def test_panel_for_each_number(tmp_path, dark):
    with on_page(dark=dark):
        figure = neat(probes(series_of(trained(tmp_path, NET))))
    assert titles(figure) == [
        "dead units and dark samples",
        "saturated outputs",
        "gradient by the weights",
        "change of the weights in an epoch",
        "spread of outputs",
    ]
    assert sorted(legend_texts(figure)) == ["dark samples: no unit fires", RELU, TANH, LAST]
    assert [axes.get_yscale() for axes in figure.axes] == ["linear", "linear", "log", "log", "log"]


def test_run_without_a_file_is_drawn_from_its_snapshots(tmp_path):
    model = trained(tmp_path, LINEAR)
    with_file = titles(neat(probes(series_of(model))))
    (model.run.path / PROBES).unlink()
    without = titles(neat(probes(series_of(model))))
    assert with_file == ["gradient by the weights", "change of the weights in an epoch", "spread of outputs"]
    assert without == ["gradient by the weights", "spread of outputs"]


@pytest.mark.parametrize("value", [0.0, NAN, 1e300, 1.0])
@pytest.mark.parametrize("epochs", [[5], [0, 1, 4, 9, 16]])
def test_numbers_can_be_zero_or_missing(value, epochs):
    y = np.full(len(epochs), value)
    neat(probes(Series("t", epochs, np.minimum(y, 1), y, {}, {}, {"layer 0: dense": y}, {"layer 0: dense": y})))


def test_epoch_of_divergence_is_marked(tmp_path):
    text = NET.replace("loss: mse", "loss: mse\noptimizer: {type: sgd, learning_rate: 1e20}")
    assert any("diverged at epoch" in text for text in legend_texts(neat(probes(series_of(trained(tmp_path, text))))))
