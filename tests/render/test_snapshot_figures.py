"""The figures of snapshots, read back: weights, activations, gradients."""

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
    """Compute the loss of NET from its formula, without dropout, with the penalty."""
    first, second, third = (params[f"layers.{n}.weights"] for n in (0, 2, 3))
    b1, b2, b3 = (params[f"layers.{n}.biases"] for n in (0, 2, 3))
    y = np.tanh(np.maximum(x @ first + b1, 0) @ second + b2) @ third + b3
    return np.mean((t - y) ** 2) + 0.01 * np.sum(first**2) + 0.02 * np.sum(np.abs(b1))


def parameters(model, epochs):
    """Return all parameters after that many epochs by name, as float64."""
    from nncli.checkpoint import named_arrays

    then = model.after(epochs)
    return {name: array.astype(np.float64) for name, array in named_arrays(then.network, then.params).items()}


class TestGradients:
    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_norms_equal_finite_differences(self, tmp_path, precision):
        model = trained(tmp_path, NET, precision=precision)
        samples = model.part("train")[1]
        x, t = samples.x.astype(np.float64), samples.t.astype(np.float64)
        contents = gradients_of(model)
        assert contents.epochs == [*range(7)] == model.snapshots()
        for epochs in (0, 5):
            params = parameters(model, epochs)
            for number, (name, norms) in zip((0, 2, 3), contents.gradient.items(), strict=True):
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
                assert contents.weights[name][epochs] == pytest.approx(np.linalg.norm(np.concatenate(both)))

    def test_draws_norms_and_their_ratio_to_the_weights(self):
        gradient = {"a": np.array([1.0, 0.1, 0.01]), "b": np.array([2.0, NAN, 0.0])}
        contents = Gradients("t", [0, 1, 2], gradient, {"a": np.full(3, 2.0), "b": np.array([0.0, 1, 1])})
        left, right = (figure := neat(gradients(contents))).axes
        np.testing.assert_array_equal([line.get_ydata() for line in left.get_lines()], [*gradient.values()])
        np.testing.assert_array_equal(
            [line.get_ydata() for line in right.get_lines()], [[0.5, 0.05, 0.005], [NAN, NAN, 0]]
        )
        assert left.get_yscale() == right.get_yscale() == "log"
        assert legend_texts(figure) == ["a", "b"]
        assert left.get_xlabel() == "epochs trained"

    @pytest.mark.parametrize("value", [0.0, NAN, np.inf, 1.0])
    @pytest.mark.parametrize("epochs", [[5], [0, 1, 4, 9, 16]])
    def test_norms_can_be_zero_or_not_finite(self, value, epochs):
        each = {"layer 0: dense": np.full(len(epochs), value)}
        neat(gradients(Gradients("t", epochs, each, each)))

    def test_batch_norm_uses_the_statistics_of_the_samples(self, tmp_path):
        contents = gradients_of(trained(tmp_path, CLASSES))
        assert list(contents.gradient) == ["layer 0: dense 6 relu", "layer 1: batch_norm", "layer 2: dense 3 softmax"]
        assert all((norms > 0).all() for norms in contents.gradient.values())


class TestWeights:
    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_percentiles_of_each_snapshot(self, tmp_path, precision):
        model = trained(tmp_path, NET, precision=precision)
        contents = weights_of(model)
        assert contents.epochs == [*range(7)]
        assert [*contents.spread][:2] == [
            ("layer 0: dense 5 relu", "weights, 1 × 5"),
            ("layer 0: dense 5 relu", "biases, 5"),
        ]
        for epochs in contents.epochs:
            array = model.after(epochs).params.links[0]["weights"]
            needed = np.percentile(array.astype(float), (0, 5, 25, 50, 75, 95, 100))
            np.testing.assert_allclose(contents.spread["layer 0: dense 5 relu", "weights, 1 × 5"][epochs], needed)

    def test_draws_bands_around_the_median(self, tmp_path):
        figure = neat(weights(weights_of(trained(tmp_path, NET))))
        assert len(figure.axes) == 6, "weights above biases of three layers"
        panel = figure.axes[0]
        (median,) = panel.get_lines()
        spans = [np.ptp(band.get_paths()[0].vertices[:, 1]) for band in panel.collections]
        assert spans == sorted(spans, reverse=True)
        assert len(median.get_xdata()) == 7
        assert legend_texts(figure) == ["median", "middle half", "middle 90%", "all"]
        assert figure.axes[3].get_title() == "layer 0: dense 5 relu\nbiases, 5"

    def test_many_layers_are_sampled_evenly(self, tmp_path):
        text = NET.replace("  - {type: dropout, rate: 0.3}\n", "  - {type: dense, units: 2, activation: tanh}\n" * 28)
        contents = weights_of(trained(tmp_path, text, train__epochs=1))
        numbers = [int(layer.split(":")[0].removeprefix("layer ")) for layer, _ in contents.spread][::2]
        assert len(numbers) == 12
        assert (numbers[0], numbers[-1]) == (0, 30)

    @pytest.mark.long
    @pytest.mark.parametrize("layers", [5, 12])
    def test_many_layers_are_neat(self, layers):
        spread = {
            (f"layer {n}: dense 64 relu", f"{kind}, 64 × 64"): np.ones((2, 7)) for n in range(layers) for kind in "wb"
        }
        assert len(neat(weights(Weights("t", [0, 5], spread))).axes) == 2 * layers

    @pytest.mark.parametrize("dark", [False, True])
    def test_weights_can_be_not_finite(self, dark):
        with on_page(dark=dark):
            spread = {("layer 0: dense", "weights, 1 × 1"): np.full((3, 7), NAN), ("b", "c"): np.zeros((3, 7))}
            figure = neat(weights(Weights("t", [0, 5, 10], spread)))
        assert [text.get_text() for text in figure.axes[0].texts] == ["no finite value"]


class TestActivations:
    @pytest.mark.parametrize("precision", PRECISIONS)
    def test_outputs_of_every_layer_without_dropout(self, tmp_path, precision):
        model = trained(tmp_path, NET, precision=precision)
        contents, x = activations_of(model), model.part("train")[1].x.astype(np.float64)
        assert list(contents.spread) == ["layer 0: dense 5 relu", "layer 2: dense 4 tanh", "layer 3: dense 1"]
        for epochs in (0, 6):
            params = parameters(model, epochs)
            first = np.maximum(x @ params["layers.0.weights"] + params["layers.0.biases"], 0)
            second = np.tanh(first @ params["layers.2.weights"] + params["layers.2.biases"])
            third = second @ params["layers.3.weights"] + params["layers.3.biases"]
            for spread, outputs in zip(contents.spread.values(), (first, second, third), strict=True):
                np.testing.assert_allclose(spread[epochs], percentiles(outputs), atol=1e-9)
            assert contents.zeros["layer 0: dense 5 relu"][epochs] == np.mean(first == 0)
            assert contents.dead["layer 0: dense 5 relu"][epochs] == np.mean((first == 0).all(axis=0))
        assert list(contents.zeros) == list(contents.dead) == ["layer 0: dense 5 relu"]

    def test_last_outputs_of_classes_are_probabilities(self, tmp_path):
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
        contents = activations_of(trained(tmp_path, text))
        assert contents.dead["layer 0: dense 4 relu"].tolist() == [1, 1, 1]

    @pytest.mark.parametrize("dark", [False, True])
    def test_draws_a_panel_for_each_layer_and_one_of_zeros(self, tmp_path, dark):
        with on_page(dark=dark):
            figure = neat(activations(activations_of(trained(tmp_path, NET))))
        assert [axes.get_title() for axes in figure.axes][2:] == ["layer 3: dense 1", "zero outputs of relu layers"]
        assert legend_texts(figure)[-1] == "dead units: zero for every sample"
        zeros, dead = figure.axes[-1].get_lines()
        assert (zeros.get_linestyle(), dead.get_linestyle()) == ("-", "--")

    def test_no_panel_of_zeros_without_relu(self):
        figure = neat(activations(Activations("t", [0], {"layer 0: dense": np.zeros((1, 7))}, {}, {})))
        assert len(figure.axes) == 1


@pytest.mark.parametrize("of_model", [weights_of, activations_of, gradients_of])
def test_refuses_runs_without_snapshots_with_a_hint(tmp_path, of_model):
    with pytest.raises(UsageError, match="has no snapshots of its weights") as caught:
        of_model(trained(tmp_path, NET, train__snapshots=0))
    assert caught.value.hint.endswith("config.yaml train.snapshots=100")


def test_run_that_stopped_early_ends_with_its_checkpoint(tmp_path):
    early = NET.replace("epochs: 6,", "epochs: 1000, early_stopping: {patience: 5, min_delta: 100},")
    model = trained(tmp_path, early)
    assert model.snapshots()[-1] < 6 == weights_of(model).epochs[-1]


def test_epochs_of_long_runs_have_a_square_root_scale():
    epochs = [round(10_000 * (i / 50) ** 2) for i in range(51)]
    each = {"a": np.linspace(1, 2, 51)}
    axes = neat(gradients(Gradients("t", epochs, each, each))).axes[0]
    assert axes.get_xlabel() == "epochs trained (square-root scale)"
    assert axes.get_xticks().tolist() == [0, 600, 2000, 6000, 10_000]
    places = axes.transData.transform([(0, 1.5), (2500, 1.5), (10_000, 1.5)])[:, 0]
    assert places[1] - places[0] == pytest.approx(places[2] - places[1])
