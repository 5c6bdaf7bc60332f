"""The figures over the epochs of the weights that were kept, read back: weights, activations, gradients."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.errors import UsageError
from nncli.render.figures.activations import Activations, activations, activations_of
from nncli.render.figures.bands import percentiles
from nncli.render.figures.gradients import Gradients, gradients, gradients_of
from nncli.render.figures.palette import on_page
from nncli.render.figures.weights import Weights, weights, weights_of
from tests.render.drawing import legend_texts, neat, trained

NAN = float("nan")
NET = """
data: {type: sine, samples: 30}
layers:
  - {type: dense, units: 5, activation: relu, weight_l2: 0.01, bias_l1: 0.02}
  - {type: dropout, rate: 0.3}
  - {type: dense, units: 4, activation: tanh}
  - {type: dense, units: 1}
loss: mse
optimizer: {type: adam, learning_rate: 0.05}
train: {epochs: 6, batch_size: 10}
"""
CLASSES = """
data: {type: blobs, samples: 20, classes: 3}
layers: [{type: dense, units: 6, activation: relu}, {type: batch_norm}, {type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
train: {epochs: 4}
"""
PRECISIONS = ("float32", "float64", "book")


def loss_of(model, params, x, t):
    """The loss of the network above, written out: without dropout, with its penalty."""
    first, second, third = (params[f"layers.{n}.weights"] for n in (0, 2, 3))
    b1, b2, b3 = (params[f"layers.{n}.biases"] for n in (0, 2, 3))
    y = np.tanh(np.maximum(x @ first + b1, 0) @ second + b2) @ third + b3
    return np.mean((t - y) ** 2) + 0.01 * np.sum(first**2) + 0.02 * np.sum(np.abs(b1))


def parameters(model, epochs):
    """All parameters after so many epochs by name, as float64."""
    from nncli.checkpoint import named

    then = model.after(epochs)
    return {name: array.astype(np.float64) for name, array in named(then.network, then.params).items()}


class TestGradients:
    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_are_those_of_small_steps_along_every_parameter(self, tmp_path, precision):
        model = trained(tmp_path, NET, precision=precision)
        samples = model.part("train")[1]
        x, t = samples.x.astype(np.float64), samples.t.astype(np.float64)
        found = gradients_of(model)
        assert found.epochs == [*range(7)] == model.snapshots()
        for epochs in (0, 5):
            params = parameters(model, epochs)
            for number, (name, norms) in zip((0, 2, 3), found.gradient.items(), strict=True):
                squares = 0.0
                for array in (params[f"layers.{number}.weights"], params[f"layers.{number}.biases"]):
                    for place in np.ndindex(array.shape):
                        slopes, before = [], array[place]
                        for step in (1e-6, -1e-6):
                            array[place] = before + step
                            slopes.append(loss_of(model, params, x, t))
                        array[place] = before
                        slope = (slopes[0] - slopes[1]) / 2e-6
                        if before == 0 and number == 0 and array.ndim == 1:
                            slope += 0.02  # the kink of |b|, whose slope the book takes as 1
                        squares += slope**2
                assert norms[epochs] == pytest.approx(np.sqrt(squares), rel=1e-4), (name, epochs)
                both = [params[f"layers.{number}.{kind}"].reshape(-1) for kind in ("weights", "biases")]
                assert found.weights[name][epochs] == pytest.approx(np.linalg.norm(np.concatenate(both)))

    def test_shows_norms_and_their_ratio_to_the_weights(self):
        gradient = {"a": np.array([1.0, 0.1, 0.01]), "b": np.array([2.0, NAN, 0.0])}
        shown = Gradients("t", [0, 1, 2], gradient, {"a": np.full(3, 2.0), "b": np.array([0.0, 1, 1])})
        left, right = (figure := neat(gradients(shown))).axes
        np.testing.assert_array_equal([line.get_ydata() for line in left.get_lines()], [*gradient.values()])
        np.testing.assert_array_equal(
            [line.get_ydata() for line in right.get_lines()], [[0.5, 0.05, 0.005], [NAN, NAN, 0]]
        )
        assert left.get_yscale() == right.get_yscale() == "log"
        assert legend_texts(figure) == ["a", "b"]
        assert left.get_xlabel() == "epochs trained"

    @pytest.mark.parametrize("value", [0.0, NAN, np.inf, 1.0])
    @pytest.mark.parametrize("epochs", [[5], [0, 1, 4, 9, 16]])
    def test_can_be_anything_at_any_moment(self, value, epochs):
        each = {"layer 0: dense": np.full(len(epochs), value)}
        neat(gradients(Gradients("t", epochs, each, each)))

    def test_of_classes_take_the_batch_as_training_does(self, tmp_path):
        found = gradients_of(trained(tmp_path, CLASSES))
        assert list(found.gradient) == ["layer 0: dense 6 relu", "layer 1: batch_norm", "layer 2: dense 3 softmax"]
        assert all((norms > 0).all() for norms in found.gradient.values())


class TestWeights:
    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_are_the_percentiles_at_each_moment(self, tmp_path, precision):
        model = trained(tmp_path, NET, precision=precision)
        found = weights_of(model)
        assert found.epochs == [*range(7)]
        assert [*found.spread][:2] == [
            ("layer 0: dense 5 relu", "weights, 1 × 5"),
            ("layer 0: dense 5 relu", "biases, 5"),
        ]
        for epochs in found.epochs:
            array = model.after(epochs).params.links[0]["weights"]
            needed = np.percentile(array.astype(float), (0, 5, 25, 50, 75, 95, 100))
            np.testing.assert_allclose(found.spread["layer 0: dense 5 relu", "weights, 1 × 5"][epochs], needed)

    def test_show_bands_around_the_median(self, tmp_path):
        figure = neat(weights(weights_of(trained(tmp_path, NET))))
        assert len(figure.axes) == 6, "weights above biases of three layers"
        panel = figure.axes[0]
        (median,) = panel.get_lines()
        spans = [np.ptp(band.get_paths()[0].vertices[:, 1]) for band in panel.collections]
        assert spans == sorted(spans, reverse=True)
        assert len(median.get_xdata()) == 7
        assert legend_texts(figure) == ["median", "middle half", "middle 90%", "all"]
        assert figure.axes[3].get_title() == "layer 0: dense 5 relu\nbiases, 5"

    def test_of_many_layers_are_those_spread_over_all(self, tmp_path):
        text = NET.replace("  - {type: dropout, rate: 0.3}\n", "  - {type: dense, units: 2, activation: tanh}\n" * 28)
        found = weights_of(trained(tmp_path, text, train__epochs=1))
        numbers = [int(layer.split(":")[0].removeprefix("layer ")) for layer, _ in found.spread][::2]
        assert len(numbers) == 12
        assert (numbers[0], numbers[-1]) == (0, 30)

    @pytest.mark.long
    @pytest.mark.parametrize("layers", [5, 12])
    def test_of_many_layers_are_neat(self, layers):
        spread = {
            (f"layer {n}: dense 64 relu", f"{kind}, 64 × 64"): np.ones((2, 7)) for n in range(layers) for kind in "wb"
        }
        assert len(neat(weights(Weights("t", [0, 5], spread))).axes) == 2 * layers

    @pytest.mark.parametrize("dark", [False, True])
    def test_can_be_no_numbers(self, dark):
        with on_page(dark=dark):
            spread = {("layer 0: dense", "weights, 1 × 1"): np.full((3, 7), NAN), ("b", "c"): np.zeros((3, 7))}
            figure = neat(weights(Weights("t", [0, 5, 10], spread)))
        assert [text.get_text() for text in figure.axes[0].texts] == ["no finite value"]


class TestActivations:
    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_are_the_outputs_of_every_layer_without_dropout(self, tmp_path, precision):
        model = trained(tmp_path, NET, precision=precision)
        found, x = activations_of(model), model.part("train")[1].x.astype(np.float64)
        assert list(found.spread) == ["layer 0: dense 5 relu", "layer 2: dense 4 tanh", "layer 3: dense 1"]
        for epochs in (0, 6):
            params = parameters(model, epochs)
            first = np.maximum(x @ params["layers.0.weights"] + params["layers.0.biases"], 0)
            second = np.tanh(first @ params["layers.2.weights"] + params["layers.2.biases"])
            third = second @ params["layers.3.weights"] + params["layers.3.biases"]
            for spread, outputs in zip(found.spread.values(), (first, second, third), strict=True):
                np.testing.assert_allclose(spread[epochs], percentiles(outputs), atol=1e-9)
            assert found.zeros["layer 0: dense 5 relu"][epochs] == np.mean(first == 0)
            assert found.dead["layer 0: dense 5 relu"][epochs] == np.mean((first == 0).all(axis=0))
        assert list(found.zeros) == list(found.dead) == ["layer 0: dense 5 relu"]

    def test_of_classes_end_in_probabilities(self, tmp_path):
        last = [*activations_of(trained(tmp_path, CLASSES)).spread.values()][-1]
        assert last.min() > 0
        assert last.max() < 1

    def test_dead_units_are_counted(self, tmp_path):
        (tmp_path / "a.csv").write_text("x,y\n" + "".join(f"{n},{n}\n" for n in range(1, 9)))
        text = """
data: {type: csv, path: a.csv, target: y, scale: none, scale_target: none}
layers: [{type: dense, units: 4, activation: relu, init: {type: constant, value: -1}}, {type: dense, units: 1}]
loss: mse
train: {epochs: 2}
"""
        found = activations_of(trained(tmp_path, text))
        assert found.dead["layer 0: dense 4 relu"].tolist() == [1, 1, 1]

    @pytest.mark.parametrize("dark", [False, True])
    def test_show_a_panel_a_layer_and_one_of_what_is_silent(self, tmp_path, dark):
        with on_page(dark=dark):
            figure = neat(activations(activations_of(trained(tmp_path, NET))))
        assert [axes.get_title() for axes in figure.axes][2:] == ["layer 3: dense 1", "zero outputs of relu layers"]
        assert legend_texts(figure)[-1] == "dead units: zero for every sample"
        zeros, dead = figure.axes[-1].get_lines()
        assert (zeros.get_linestyle(), dead.get_linestyle()) == ("-", "--")

    def test_without_relu_have_no_such_panel(self):
        figure = neat(activations(Activations("t", [0], {"layer 0: dense": np.zeros((1, 7))}, {}, {})))
        assert len(figure.axes) == 1


@pytest.mark.parametrize("of_model", [weights_of, activations_of, gradients_of])
def test_without_snapshots_say_how_to_get_them(tmp_path, of_model):
    with pytest.raises(UsageError, match="has no snapshots of its weights") as caught:
        of_model(trained(tmp_path, NET, train__snapshots=0))
    assert caught.value.hint.endswith("config.yaml train.snapshots=100")


def test_a_run_that_stopped_early_ends_with_its_last_weights(tmp_path):
    early = NET.replace("epochs: 6,", "epochs: 1000, early_stopping: {patience: 5, min_delta: 100},")
    model = trained(tmp_path, early)
    assert model.snapshots()[-1] < 6 == weights_of(model).epochs[-1]


def test_of_long_trainings_the_early_epochs_have_room():
    epochs = [round(10_000 * (i / 50) ** 2) for i in range(51)]
    each = {"a": np.linspace(1, 2, 51)}
    axes = neat(gradients(Gradients("t", epochs, each, each))).axes[0]
    assert axes.get_xlabel() == "epochs trained (square-root scale)"
    assert axes.get_xticks().tolist() == [0, 600, 2000, 6000, 10_000]
    places = axes.transData.transform([(0, 1.5), (2500, 1.5), (10_000, 1.5)])[:, 0]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1])
