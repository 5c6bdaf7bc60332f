"""The figure of hidden units, read back: their contributions add up to the prediction."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.errors import UsageError
from nncli.render.figures.hidden import grid, hidden_of, kinks
from nncli.render.figures.palette import on_page
from nncli.render.figures.units import MAX_UNITS, largest, units
from tests.render.drawing import legend_texts, neat, trained

SINE = """
data: {type: sine, samples: 40}
layers: [{type: dense, units: 6, activation: ACTIVATION}, {type: dropout, rate: 0.1}, {type: dense, units: 1}]
init: {type: normal, scale: 1}
loss: mse
optimizer: {type: adam, learning_rate: 0.05}
train: {epochs: 40}
"""
DEEP = """
data: {type: csv, path: a.csv, target: price}
layers:
  - {type: dense, units: 5, activation: tanh}
  - {type: dense, units: 40, activation: relu}
  - {type: batch_norm}
  - {type: dense, units: 1}
loss: mse
train: {epochs: 20}
"""
MOONS = """
data: {type: moons, samples: 40}
layers: [{type: dense, units: 5, activation: relu}, {type: dense, units: OUTPUTS, activation: LAST}]
loss: LOSS
optimizer: {type: adam, learning_rate: 0.05}
train: {epochs: 20}
"""
SIGMOID = MOONS.replace("OUTPUTS", "1").replace("LAST", "sigmoid").replace("LOSS", "binary_crossentropy")
SOFTMAX = MOONS.replace("OUTPUTS", "2").replace("LAST", "softmax").replace("LOSS", "categorical_crossentropy")


def houses(folder):
    rows = "".join(f"{size},{3_000 * size + 40 * size**2}\n" for size in range(40, 200, 3))
    (folder / "a.csv").write_text("size,price\n" + rows)
    return DEEP


class TestOneInput:
    @pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "gelu"])
    def test_curves_and_bias_add_up_to_the_prediction(self, tmp_path, activation):
        precision = "book" if activation == "tanh" else "float32"
        model = trained(tmp_path, SINE.replace("ACTIVATION", activation), precision=precision)
        hidden = hidden_of(model)
        figure = neat(units(hidden))
        parts = [line for line in figure.axes[0].get_lines() if len(line.get_xdata()) == len(hidden.x)]
        assert len(parts) == len(largest(hidden.outputs * hidden.weights[:, 0])[0])
        total = sum(line.get_ydata() for line in parts) + hidden.bias[0]
        np.testing.assert_allclose(total, model.predict(hidden.x)[:, 0], atol=1e-5)
        _truth, together, *_ = figure.axes[1].get_lines()
        np.testing.assert_allclose(together.get_ydata(), model.predict(hidden.x)[:, 0], atol=1e-5)
        assert (hidden.preactivations is not None) == ("relu" in activation)

    def test_kinks_are_where_the_preactivation_is_0(self, tmp_path):
        model = trained(tmp_path, SINE.replace("ACTIVATION", "relu"))
        hidden = hidden_of(model)
        views = model.params.links[0]
        expected = -views["biases"] / views["weights"][0]
        low, high = hidden.x.min(), hidden.x.max()
        kinks_of_units = kinks(hidden.x[:, 0], hidden.preactivations)
        assert any(low < place < high for place in expected)
        for places, place in zip(kinks_of_units, expected, strict=True):
            np.testing.assert_allclose(places, [place] if low < place < high else [], rtol=1e-4)
        figure = units(hidden)
        dots = np.concatenate([line.get_xydata() for line in figure.axes[0].get_lines() if line.get_marker() == "o"])
        np.testing.assert_allclose(np.sort(dots[:, 0]), np.sort(np.concatenate(kinks_of_units)))
        np.testing.assert_allclose(dots[:, 1], 0, atol=1e-9)
        slopes = np.diff(hidden.outputs, axis=0) / np.diff(hidden.x, axis=0)
        for unit, place in enumerate(expected):
            for side in (hidden.x[:-1, 0] > place - 1e-7, hidden.x[1:, 0] < place + 1e-7):
                assert not side.any() or np.ptp(slopes[side, unit]) < 1e-4, "straight on both sides"

    def test_deep_network_is_drawn_in_the_units_of_the_data(self, tmp_path):
        model = trained(tmp_path, houses(tmp_path))
        hidden = hidden_of(model)
        assert hidden.title.endswith("20 epochs, 40 units of layer 1")
        total = hidden.outputs @ hidden.weights + hidden.bias
        np.testing.assert_allclose(total, model.predict(hidden.x), rtol=1e-4)
        figure = neat(units(hidden))
        assert [axes.get_ylabel() for axes in figure.axes] == ["contribution of a unit", "price"]
        assert figure.axes[1].get_xlabel() == "size"
        chosen, shares = largest(hidden.outputs * hidden.weights[:, 0])
        assert len(chosen) <= MAX_UNITS
        assert shares.sum() == pytest.approx(1)
        rest = [text for text in legend_texts(figure) if text.startswith("sum of the other")]
        assert rest == [f"sum of the other {40 - len(chosen)}"]
        lines = [line for line in figure.axes[0].get_lines() if len(line.get_xdata()) == len(hidden.x)]
        np.testing.assert_allclose(sum(line.get_ydata() for line in lines) + hidden.bias, total[:, 0], rtol=1e-6)

    def test_each_target_has_a_row(self, tmp_path):
        (tmp_path / "a.csv").write_text("x,u,v\n" + "".join(f"{n},{n},{n * n}\n" for n in range(20)))
        text = SINE.replace("ACTIVATION", "relu").replace("units: 1}", "units: 2}")
        text = text.replace("{type: sine, samples: 40}", "{type: csv, path: a.csv, target: [u, v]}")
        figure = neat(units(hidden_of(trained(tmp_path, text))))
        assert [axes.get_ylabel() for axes in figure.axes[1::2]] == ["u", "v"]

    def test_units_of_classes_add_up_to_the_preactivation(self, tmp_path):
        (tmp_path / "a.csv").write_text("x,c\n" + "".join(f"{n},{'yes' if n > 9 else 'no'}\n" for n in range(20)))
        text = SIGMOID.replace("{type: moons, samples: 40}", "{type: csv, path: a.csv, target: c}")
        model = trained(tmp_path, text)
        hidden = hidden_of(model)
        logits = hidden.outputs @ hidden.weights + hidden.bias
        np.testing.assert_allclose(1 / (1 + np.exp(-logits)), model.predict(hidden.x), rtol=1e-4)
        assert neat(units(hidden)).axes[1].get_ylabel() == "yes\nbefore sigmoid"


class TestTwoInputs:
    @pytest.mark.parametrize("dark", [False, True])
    def test_maps_of_one_output_show_contributions(self, tmp_path, dark):
        model = trained(tmp_path, SIGMOID)
        hidden = hidden_of(model)
        with on_page(dark=dark):
            figure = neat(units(hidden))
        maps = {axes.get_title(): axes.get_images()[0] for axes in figure.axes if axes.get_images()}
        together = np.asarray(maps.pop("sum + bias").get_array()).reshape(-1)
        np.testing.assert_allclose(1 / (1 + np.exp(-together)), model.predict(hidden.x)[:, 0], rtol=1e-4)
        parts = [np.asarray(image.get_array()).reshape(-1) for image in maps.values()]
        np.testing.assert_allclose(sum(parts) + hidden.bias[0], together, atol=1e-9)
        assert all(title.startswith("unit ") for title in maps)

    def test_line_in_a_map_is_where_the_unit_switches_on(self, tmp_path):
        model = trained(tmp_path, SIGMOID)
        figure = units(hidden_of(model))
        views, lines = model.params.links[0], 0
        for axes in figure.axes[1:-1]:
            unit = int(axes.get_title().split(":")[0].removeprefix("unit "))
            for path in (path for contour in axes.collections for path in contour.get_paths()):
                turned = path.vertices @ views["weights"][:, unit] + views["biases"][unit]
                np.testing.assert_allclose(turned, 0, atol=1e-5)
                lines += len(path.vertices)
        assert lines > 0

    def test_maps_of_several_outputs_show_the_units(self, tmp_path):
        hidden = hidden_of(trained(tmp_path, SOFTMAX))
        figure = neat(units(hidden))
        for axes in figure.axes[:-1]:
            unit = int(axes.get_title().split(":")[0].removeprefix("unit "))
            pixels = np.asarray(axes.get_images()[0].get_array()).reshape(-1)
            np.testing.assert_allclose(pixels, hidden.outputs[:, unit])
        assert figure.axes[-1].get_ylabel() == "output of a unit"

    @pytest.mark.long
    def test_at_most_32_units_are_drawn(self, tmp_path):
        figure = neat(units(hidden_of(trained(tmp_path, SIGMOID, layers__0__units=100))))
        assert len(figure.axes) == 1 + MAX_UNITS + 1, "with that of all, and the scale of colours"


@pytest.mark.parametrize("value", [0.0, np.nan])
@pytest.mark.parametrize("inputs", [1, 2])
def test_constant_units_are_not_drawn(tmp_path, value, inputs):
    hidden = hidden_of(trained(tmp_path, SIGMOID if inputs == 2 else SINE.replace("ACTIVATION", "relu")))
    nothing = np.full(hidden.outputs.shape, value)
    neat(units(hidden._replace(outputs=nothing, preactivations=nothing)))


def test_refuses_a_network_without_hidden_layer(tmp_path):
    text = SINE.replace("{type: dense, units: 6, activation: ACTIVATION}, {type: dropout, rate: 0.1}, ", "")
    with pytest.raises(UsageError, match="has no hidden layer") as caught:
        hidden_of(trained(tmp_path, text))
    assert caught.value.hint == "use --what fit"


def test_refuses_three_inputs_with_a_hint(tmp_path):
    (tmp_path / "a.csv").write_text("a,b,c,price\n" + "1,2,3,4\n5,6,7,8\n")
    with pytest.raises(UsageError, match="units can be drawn for 1 or 2 inputs, and this data has 3") as caught:
        hidden_of(trained(tmp_path, DEEP))
    assert "--what network" in caught.value.hint


def test_grid_spans_the_data_with_a_margin():
    square = grid(np.array([[0.0, 10], [1, 30]]))
    assert square.shape == (81 * 81, 2)
    assert square.min(axis=0) == pytest.approx([-0.03, 9.4])
    assert grid(np.array([[5.0]])).max() == 5.5
