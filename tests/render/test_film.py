"""Films, read back from their frames and from the figure of the frames."""

from __future__ import annotations

import io
import itertools
import json

import numpy as np
import pytest
from PIL import Image

import nncli
from nncli.errors import UsageError
from nncli.render.figures.fit_panel import line_inputs
from nncli.render.film.film import film
from nncli.render.film.filmed_runs import filmed_runs
from nncli.render.film.frames import Picture, frame_epochs
from nncli.render.film.scenes import AgainstTruth, Confusion, Line, Map, Probabilities
from nncli.store import Run, save_arrays
from nncli.store.run import SNAPSHOTS
from nncli.store.snapshots import EPOCHS, load_snapshots
from tests.trainings import prepare

SINE = {"data": {"type": "sine", "samples": 30}, "out": {"units": 1}, "loss": "mse"}
CLASSES = {"out": {"units": 3, "activation": "softmax"}, "loss": "categorical_crossentropy"}
SPIRAL = {"data": {"type": "spiral", "samples": 20, "classes": 3}, **CLASSES}
RIGHT = {"optimizer.learning_rate": 0.05}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Return a function that trains a small network on data as a new run."""
    folder = tmp_path_factory.mktemp("film")
    numbers = np.random.default_rng(0).normal(size=(40, 3))
    rows = [(*row, "abc"[i % 3], row.sum()) for i, row in enumerate(numbers)]
    table = "\n".join(["u,v,w,kind,total", *(",".join(map(str, row)) for row in rows)])
    (folder / "table.csv").write_text(table + "\n")
    count = itertools.count()

    def train(of, changes=None, epochs=20, name="net"):
        layers = [{"type": "dense", "units": 8, "activation": "tanh"}, {"type": "dense", **of["out"]}]
        spec = {"name": name, "data": of["data"], "layers": layers, "loss": of["loss"], "train": {"epochs": epochs}}
        path = folder / f"{next(count)}.json"
        path.write_text(json.dumps(spec))
        return nncli.train(path, {**RIGHT, **(changes or {})}, runs_dir=folder / "runs")

    return train


@pytest.fixture(scope="module")
def sine(trained):
    return trained(SINE)


def table(target, inputs, out):
    ignored = [name for name in ("u", "v", "w", "kind", "total") if name not in (target, *inputs)]
    data = {"type": "csv", "path": "table.csv", "target": target, "ignore": ignored}
    classes = {"loss": "categorical_crossentropy"} if target == "kind" else {"loss": "mse"}
    return {"data": data, "out": out, **classes}


def read(data):
    """Return the frames of a GIF as pixels (frames, height, width, 3), their durations and the loop count."""
    image = Image.open(io.BytesIO(data))
    frames, durations = [], []
    for number in range(image.n_frames):
        image.seek(number)
        frames.append(np.asarray(image.convert("RGB")).astype(int))
        durations.append(image.info["duration"])
    return np.array(frames), durations, image.info["loop"]


def texts(picture):
    """Return the epoch and the loss in the caption of each run."""
    return [tuple(text.get_text() for text in caption.texts) for caption in picture.captions]


def untrained(run):
    """Return the untrained network of a run, computed from the experiment alone."""
    plan, at = prepare(nncli.load(run).experiment)
    return lambda x: plan.network.predict(at.params, x, plan.evaluation_ops)


class TestFrames:
    def test_one_frame_for_each_snapshot_and_the_last_stays(self, sine):
        frames, durations, loop = read(film([sine], 100, 12.5))
        assert len(frames) == len(nncli.load(sine).snapshots()) == 21
        assert durations == [80] * 20 + [2000]
        assert loop == 0, "forever"
        assert frames.shape[1:] == (490, 560, 3)

    def test_frames_show_their_snapshots(self, sine):
        """Colours may differ slightly because of the palette, but lines must not move."""
        frames, _, _ = read(film([sine], 6, 12.5))
        picture = Picture(filmed_runs([sine]))
        epochs = frame_epochs(filmed_runs([sine]), 6)
        wanted = np.array([picture.pixels(each) for each in epochs]).astype(int)
        assert (frames.shape, epochs[0], epochs[-1]) == (wanted.shape, 0, 20)
        off = np.abs(frames[:, np.newaxis] - wanted).mean(axis=(2, 3, 4))
        np.testing.assert_array_equal(np.argmin(off, axis=1), range(6))
        assert off.diagonal().max() < 0.5
        assert (frames[:, :5, :5] == 255).all(), "the background is white"

    def test_frame_count_is_limited_and_includes_both_ends(self, sine):
        filmed = filmed_runs([sine])
        assert frame_epochs(filmed, 100) == list(range(21))
        assert frame_epochs(filmed, 3) == [0, 10, 20]
        assert frame_epochs(filmed, 1) == [20]

    def test_frame_rate(self, sine):
        assert read(film([sine], 3, 50))[1] == [20, 20, 2000]

    def test_only_panels_and_captions_change(self, trained):
        """Between two snapshots, nothing changes outside the panels and the captions."""
        picture = Picture(filmed_runs([trained(SINE), trained(SINE, {"init.scale": 2, "init.type": "normal"})]))
        first, last = picture.pixels(0).astype(int), picture.pixels(20).astype(int)
        changed = np.abs(first - last).max(axis=2) > 0
        assert changed.any()
        height = len(first)
        for axes in (*(scene.axes for scene in picture.scenes), picture.loss):
            box = axes.get_window_extent()
            caption = 20 if axes is not picture.loss else 5
            rows = slice(int(height - box.y1) - caption, int(height - box.y0) + 6)
            changed[rows, int(box.x0) - 6 : int(box.x1) + 6] = False
        assert not changed.any()


class TestOneRun:
    def test_begins_untrained_and_ends_with_the_final_fit(self, sine):
        picture = Picture(filmed_runs([sine]))
        (scene,) = picture.scenes
        truth, line = scene.axes.get_lines()
        x = line_inputs(nncli.load(sine).samples("train").x)
        picture.pixels(0)
        np.testing.assert_allclose(line.get_ydata(), untrained(sine)(x)[:, 0], rtol=1e-6)
        picture.pixels(20)
        np.testing.assert_allclose(line.get_ydata(), nncli.load(sine).predict(x)[:, 0], rtol=1e-6)
        np.testing.assert_array_equal(truth.get_ydata(), nncli.load(sine).samples("train").t[:, 0])

    def test_captions_show_the_loss_of_the_snapshot(self, sine):
        picture = Picture(filmed_runs([sine]))
        losses = [*sine.metrics()["loss"], sine.summary()["final"]["loss"]]
        for epoch in (0, 7, 20):
            picture.pixels(epoch)
            assert texts(picture) == [(f"epoch {epoch}", f"loss {losses[epoch]:.4f}")]
            curve, dot = picture.loss.get_lines()[-2:]
            np.testing.assert_allclose(curve.get_xydata(), list(enumerate(losses[: epoch + 1])))
            np.testing.assert_allclose(dot.get_xydata(), [(epoch, losses[epoch])])

    def test_ends_with_the_checkpoint_after_the_last_snapshot(self, trained):
        early = {"train.early_stopping": {"patience": 1, "monitor": "loss"}, "optimizer.learning_rate": 1e-30}
        run = trained(SINE, early, epochs=10_000)
        filmed = filmed_runs([run])
        assert filmed[0].snapshot_epochs == (0, 1, run.summary()["epochs"])
        assert run.summary()["epochs"] not in nncli.load(run).snapshots()

    def test_film_of_one_epoch_has_two_frames(self, trained):
        frames, durations, _ = read(film([trained(SINE, epochs=1)], 100, 10))
        assert (len(frames), durations) == (2, [100, 2000])

    def test_note_for_frames_without_finite_predictions(self, trained):
        run = trained(SINE)
        numbers, arrays = load_snapshots(run.path / SNAPSHOTS)
        for array in arrays.values():
            array[10] = np.nan
        save_arrays(run.path / SNAPSHOTS, {EPOCHS: np.array(numbers), **arrays})
        picture = Picture(filmed_runs([run]))
        visible = []
        for epoch in (9, 10, 11):
            picture.pixels(epoch)
            visible.append(picture.scenes[0]._note.get_visible())
        assert visible == [False, True, False]

    def test_film_of_a_diverged_run_ends_with_it(self, trained):
        run = trained(SINE, {"optimizer": "sgd", "optimizer.learning_rate": 1e6}, epochs=40)
        assert run.status == "diverged"
        frames, _, _ = read(film([run], 100, 10))
        (filmed,) = filmed_runs([run])
        assert len(frames) == len(filmed.snapshot_epochs) == run.summary()["epochs"] + 1 < 40

    def test_long_name_stays_inside_the_figure(self, trained):
        picture = Picture(filmed_runs([trained(SINE, epochs=1, name="w" * 100)]))
        picture.pixels(1)
        (axes,) = (scene.axes for scene in picture.scenes)
        boxes = [text.get_window_extent() for text in axes.texts if text.get_text() and text.get_visible()]
        assert len(boxes) == 3
        assert all(box.x0 >= 0 and box.x1 <= picture.figure.bbox.x1 for box in boxes)
        assert all(box.y1 <= picture.figure.bbox.y1 for box in boxes)
        assert not any(a.overlaps(b) for a, b in itertools.combinations(boxes, 2))


class TestTwoRuns:
    def test_two_runs_share_axes_and_are_labelled_by_difference(self, trained):
        runs = [trained(SINE, {"init.type": "normal", "init.scale": scale}) for scale in (0.01, 3)]
        picture = Picture(filmed_runs(runs))
        first, second = (scene.axes for scene in picture.scenes)
        assert [axes.texts[-1].get_text() for axes in (first, second)] == ["init.scale=0.01", "init.scale=3.0"]
        assert first.get_xlim() == second.get_xlim()
        assert first.get_ylim() == second.get_ylim()
        assert len(picture.loss.get_lines()) == 6

    def test_shorter_run_stays_at_its_end(self, trained):
        short, long = trained(SINE, epochs=5), trained(SINE, epochs=20)
        filmed = filmed_runs([short, long])
        assert frame_epochs(filmed, 100) == list(range(21))
        picture = Picture(filmed)
        line = picture.scenes[0].axes.get_lines()[1]
        picture.pixels(5)
        ended = line.get_ydata().copy()
        picture.pixels(20)
        np.testing.assert_array_equal(line.get_ydata(), ended)
        assert [epoch for epoch, _ in texts(picture)] == ["epoch 5", "epoch 20"]
        assert picture.loss.get_xlim()[1] > 20

    def test_refuses_runs_with_different_data(self, sine, trained):
        with pytest.raises(UsageError, match="runs side by side must have the same inputs, targets and classes"):
            filmed_runs([sine, trained(SPIRAL, epochs=1)])


class TestOtherData:
    def test_two_inputs_are_drawn_as_a_class_map(self, trained):
        run = trained(SPIRAL)
        picture = Picture(filmed_runs([run]))
        (scene,) = picture.scenes
        assert isinstance(scene, Map)
        (image,) = scene.axes.get_images()
        picture.pixels(0)
        before = np.array(image.get_array())
        picture.pixels(20)
        assert np.abs(image.get_array() - before).max() > 0.1
        paths = [path.vertices for each in scene.axes.collections for path in each.get_paths()]
        p = np.sort(nncli.load(run).predict(np.concatenate(paths)), axis=1)
        np.testing.assert_allclose(p[:, -1], p[:, -2], atol=0.02)
        order = [type(artist).__name__ for artist in scene.moving]
        assert order.index("AxesImage") < order.index("QuadContourSet") < order.index("Line2D")
        assert sum(len(line.get_xdata()) for line in scene.axes.get_lines()) == 60

    def test_more_inputs_are_drawn_as_a_confusion_matrix(self, trained):
        run = trained(table("kind", ["u", "v", "w"], CLASSES["out"]))
        picture = Picture(filmed_runs([run]))
        (scene,) = picture.scenes
        assert isinstance(scene, Confusion)
        picture.pixels(20)
        samples = nncli.load(run).samples("train")
        predicted = nncli.load(run).predict(samples.x).argmax(axis=1)
        counts = np.zeros((3, 3), int)
        np.add.at(counts, (samples.t, predicted), 1)
        written = [int(text.get_text() or 0) for text in scene._texts]
        assert written == counts.flatten().tolist()
        assert [label.get_text() for label in scene.axes.get_yticklabels()] == ["a", "b", "c"]

    def test_one_input_is_drawn_as_class_probabilities(self, trained):
        run = trained(table("kind", ["u"], CLASSES["out"]))
        picture = Picture(filmed_runs([run]))
        (scene,) = picture.scenes
        assert isinstance(scene, Probabilities)
        picture.pixels(20)
        lines = scene.axes.get_lines()[:3]
        x = lines[0].get_xdata().reshape(-1, 1)
        wanted = nncli.load(run).predict(x)
        np.testing.assert_allclose(np.stack([line.get_ydata() for line in lines], axis=1), wanted, rtol=1e-5)

    def test_regression_of_more_inputs_is_drawn_against_true_values(self, trained):
        run = trained(table("total", ["u", "v", "w"], {"units": 1}))
        picture = Picture(filmed_runs([run]))
        (scene,) = picture.scenes
        assert isinstance(scene, AgainstTruth)
        assert not isinstance(scene, Line)
        picture.pixels(20)
        samples = nncli.load(run).samples("train")
        wanted = np.stack([samples.t.reshape(-1), nncli.load(run).predict(samples.x)[:, 0]], axis=1)
        np.testing.assert_allclose(scene.axes.get_lines()[0].get_xydata(), wanted, rtol=1e-5)
        assert scene.axes.get_xlim() == scene.axes.get_ylim()


@pytest.mark.parametrize(
    ("changes", "hint"),
    [({"train.snapshots": 0}, "train with snapshots: nncli train .*config.yaml train.snapshots=100"), ({}, "8 MiB")],
)
def test_refuses_runs_without_snapshots(trained, changes, hint):
    run = trained(SINE, changes, epochs=1)
    (run.path / SNAPSHOTS).unlink(missing_ok=True)
    with pytest.raises(UsageError, match=f"has no snapshots, which a film needs\nhint: .*{hint}"):
        filmed_runs([Run(run.path)])
