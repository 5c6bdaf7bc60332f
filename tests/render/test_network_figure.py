"""The figure of a network's layers, read back: units, lines and text."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.patches import FancyBboxPatch

from nncli.render.figures import style
from nncli.render.figures.network import MAX_LINE_WIDTH, MAX_UNITS, Column, Columns, network, network_of
from nncli.render.figures.palette import LIGHT, on_page
from tests.render.drawing import legend_texts, neat, trained

SMALL = """
data: {type: moons, samples: 20}
layers:
  - {type: dense, units: 3, activation: tanh}
  - {type: dropout, rate: 0.1}
  - {type: batch_norm}
  - {type: dense, units: 1, activation: sigmoid}
loss: binary_crossentropy
train: {epochs: 2}
"""


def words(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_small_network_is_drawn_with_units_and_weights(tmp_path):
    model = trained(tmp_path, SMALL)
    figure = neat(network(network_of(model)))
    axes = figure.axes[0]
    circles = [each for each in axes.collections if isinstance(each, PathCollection)]
    assert [len(each.get_offsets()) for each in circles] == [2, 3, 3, 3, 1]
    first = next(each for each in axes.collections if isinstance(each, LineCollection))
    weights = model.params.links[0]["weights"].reshape(-1)
    greatest = max(np.abs(link["weights"]).max() for link in model.params.links if "weights" in link)
    drawn = np.abs(weights) >= 0.02 * greatest
    np.testing.assert_allclose(first.get_linewidths(), MAX_LINE_WIDTH * np.abs(weights[drawn]) / greatest, rtol=1e-6)
    signs = [tuple(colour[:3]) for colour in first.get_edgecolors()]
    blue, vermilion = (style.blend("white", colour, 1) for colour in (LIGHT.blue, LIGHT.vermilion))
    assert signs == [blue if weight >= 0 else vermilion for weight in weights[drawn]]


def test_text_has_shapes_parameters_and_activations(tmp_path):
    figure = network(network_of(trained(tmp_path, SMALL)))
    assert [text for text in words(figure) if "\n" in text or text == "dropout"] == [
        "inputs\nmoons\n2",
        "dense\ntanh\n2 × 3\n9 parameters",
        "dropout",
        "batch_norm\n6 parameters",
        "dense\nsigmoid\n3 × 1\n4 parameters",
    ]
    assert {"x", "y", "class 1"} <= set(words(figure))
    assert figure.get_suptitle().endswith("2 epochs, 19 parameters")
    assert legend_texts(figure)[2:] == ["thinner: closer to 0", "filled: bias"]


@pytest.mark.parametrize("dark", [False, True])
def test_large_network_is_drawn_as_boxes(tmp_path, dark):
    np.savez(tmp_path / "a.npz", x=np.random.default_rng(0).random((30, 784)), y=np.arange(30) % 10)
    text = """
data: {type: npz, path: a.npz}
layers: [{type: dense, units: 32, activation: relu}, {type: dense, units: 10, activation: softmax}]
loss: categorical_crossentropy
train: {epochs: 1}
"""
    with on_page(dark=dark):
        figure = neat(network(network_of(trained(tmp_path, text))))
    assert words(figure)[:3] == ["784", "32", "10"]
    assert "dense\nrelu\n784 × 32\n25,120 parameters" in words(figure)
    heights = [patch.get_height() for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)]
    assert heights == sorted(heights, reverse=True)
    assert figure.legends == []


@pytest.mark.parametrize("units", [1, MAX_UNITS, MAX_UNITS + 1, 10**6])
@pytest.mark.parametrize("layers", [1, 30])
def test_wide_and_deep_networks_are_neat(units, layers):
    columns = [Column(units, ("inputs", "n" * 12))] + [Column(units, ("dense", "leaky_relu"), 10**9)] * layers
    names = ["n" * 300 + str(number) for number in range(min(units, MAX_UNITS))]
    neat(network(Columns("t" * 300, columns, names, names)))


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_weights_can_be_zero_or_not_finite(value):
    column = Column(2, ("dense", "linear"), 6, np.full((2, 2), value), np.full(2, value))
    neat(network(Columns("t", [Column(2, ("inputs", "csv")), column], ["a", "b"], ["c", "d"])))
