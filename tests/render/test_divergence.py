"""The marks of diverged runs, read back from every figure by epoch."""

from __future__ import annotations

import io
import json
from collections import Counter

import numpy as np
import pytest

import nncli
from nncli.events import EpochEnded, TrainingStarted
from nncli.render.divergence import divergence_epoch, divergence_text, first_nonfinite_epoch
from nncli.render.figures.activations import activations, activations_of
from nncli.render.figures.curves import curves
from nncli.render.figures.gradients import gradients, gradients_of
from nncli.render.figures.palette import LIGHT, on_page
from nncli.render.figures.series import series_of
from nncli.render.figures.weights import weights, weights_of
from nncli.render.film.filmed_runs import filmed_runs
from nncli.render.film.frames import Picture
from nncli.render.terminal.canvas import ESCAPES, Capabilities
from nncli.render.terminal.curve import Line, legend, loss_panel
from nncli.render.terminal.live import Plots
from nncli.render.terminal.marks import MARKS
from nncli.render.terminal.print_plots import print_curves
from tests.render.drawing import legend_texts, neat

NAN = float("nan")
PLAIN, DOTS, FULL = Capabilities(False, False), Capabilities(True, False), Capabilities(True, True)
SIZE = (60, 16)
SPEC = """
data: {type: sine, samples: 20, validation: {samples: 10}}
layers: [{type: dense, units: 8, activation: relu}, {type: dense, units: 1}]
loss: mse
optimizer: {type: sgd, learning_rate: 0.01}
metrics: [mae]
train: {epochs: 40}
"""
FAST = {"optimizer.learning_rate": 1e3}
LAST_STEP = {
    "data": {"type": "linear", "samples": 50},
    "layers": [*[{"type": "dense", "units": 30, "activation": "relu"}] * 2, {"type": "dense", "units": 1}],
    "train.epochs": 2,
} | FAST
FROM_THE_FIRST = {"init": {"type": "normal", "scale": 1e25}}


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    folder = tmp_path_factory.mktemp("diverged")
    (folder / "a.yaml").write_text(SPEC)
    return lambda changes=None: nncli.train(folder / "a.yaml", changes, runs_dir=folder / "runs")


@pytest.fixture(scope="module")
def fine(train):
    return train()


@pytest.fixture(scope="module")
def diverged(train):
    return train(FAST)


@pytest.fixture(scope="module")
def broken(train):
    """Return a run without a finite loss."""
    return train(FROM_THE_FIRST)


def first_null(run, name="loss"):
    """Return the epoch of the first row with null."""
    rows = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    return next(row["epoch"] for row in rows if row[name] is None)


def vertical_lines(axes):
    """Return the epoch and the colour of each vertical line."""
    lines = [line for line in axes.get_lines() if line.get_transform() == axes.get_xaxis_transform(which="grid")]
    assert all(line.get_xdata()[0] == line.get_xdata()[1] for line in lines)
    return [(line.get_xdata()[0], line.get_color()) for line in lines]


def column_of(rows, mark):
    """Return the column in which every row of a plot has a mark, as a share of the width of the frame."""
    inside = [row.split("|")[1] for row in rows if row.startswith("|")]
    (column,) = {place for place in range(len(inside[0])) if all(row[place] == mark for row in inside)}
    return (column + 0.5) / len(inside[0])


class TestEpoch:
    @pytest.mark.parametrize(
        ("values", "epoch"),
        [([3, 2, 1], None), ([3, NAN, 1], None), ([3, 2, NAN], 12), ([3, NAN, 1, np.inf, NAN], 13), ([NAN, NAN], 10)],
    )
    def test_epoch_follows_the_last_finite_value(self, values, epoch):
        assert first_nonfinite_epoch(np.arange(10.0, 10 + len(values)), np.array(values, float)) == epoch

    def test_epoch_is_that_of_the_first_null_in_the_rows(self, fine, diverged, broken):
        assert divergence_epoch(fine) is None
        assert divergence_epoch(diverged) == first_null(diverged) > 1
        assert divergence_epoch(broken) == 0

    def test_epoch_is_after_the_last_row_if_the_last_step_diverged(self, train):
        run = train(LAST_STEP)
        losses = [json.loads(line)["loss"] for line in (run.path / "metrics.jsonl").read_text().splitlines()]
        assert (run.status, len(losses), None in losses) == ("diverged", 2, False)
        assert divergence_epoch(run) == 2
        panel = neat(curves(series_of([run]))).axes[0]
        assert vertical_lines(panel)[0][0] == 2 < panel.get_xlim()[1]

    def test_text(self):
        assert divergence_text([1234]) == "diverged at epoch 1,234"
        assert divergence_text([7], 5) == "1 of 5 diverged at epoch 7"
        assert divergence_text([9, 3, 7], 5) == "3 of 5 diverged at epochs 3 to 9"


class TestCurves:
    @pytest.mark.parametrize("dark", [False, True])
    def test_one_run_is_marked_in_every_panel_and_the_legend(self, diverged, dark):
        epoch = first_null(diverged)
        with on_page(dark=dark):
            figure = neat(curves(series_of([diverged])))
        assert [[x for x, _ in vertical_lines(axes)] for axes in figure.axes] == [[epoch]] * 2
        assert legend_texts(figure)[-1] == f"diverged at epoch {epoch}"

    def test_successful_run_has_no_mark(self, fine):
        figure = curves(series_of([fine]))
        assert not any(vertical_lines(axes) for axes in figure.axes)
        assert "diverged" not in " ".join(legend_texts(figure))

    def test_run_without_finite_loss_has_a_note(self, broken):
        figure = neat(curves(series_of([broken])))
        assert [text.get_text() for text in figure.axes[0].texts] == ["no finite value"]
        assert vertical_lines(figure.axes[0])[0][0] == 0
        assert legend_texts(figure)[-1] == "diverged at epoch 0"

    def test_several_runs_are_marked_in_their_colours(self, fine, diverged, broken):
        figure = neat(curves(series_of([fine, diverged, broken])))
        marks = [(first_null(diverged), LIGHT.lines[1]), (0, LIGHT.lines[2])]
        assert [vertical_lines(axes) for axes in figure.axes] == [marks] * len(figure.axes)
        labels = [text.replace("\n", " ") for text in legend_texts(figure)]
        assert [label.partition("diverged")[2] for label in labels[:3]] == [
            "",
            f" at epoch {marks[0][0]}",
            " at epoch 0",
        ]
        assert labels[-1] == "diverged"

    def test_marks_at_the_same_epoch_alternate(self, diverged):
        (series,) = series_of([diverged])
        panel = curves([series, series._replace(label="b"), series._replace(label="c")]).axes[0]
        lines = [line for line in panel.get_lines() if line.get_transform() == panel.get_xaxis_transform(which="grid")]
        on = [line._unscaled_dash_pattern for line in lines]
        period = {sum(dashes) for _, dashes in on}
        assert len(period) == 1
        parts = sorted((offset % (total := sum(dashes)), dashes[0] / total) for offset, dashes in on)
        assert [start for start, _ in parts] == [0, 2, 4]
        assert sum(share for _, share in parts) == pytest.approx(1)

    def test_legend_by_seed_counts_the_diverged_runs(self, train):
        runs = [train({"seed": seed}) for seed in (1, 2)] + [train({"seed": seed} | FAST) for seed in (1, 2)]
        series = series_of(runs, by_seed=True)
        epochs = [first_null(run) for run in runs[2:]]
        assert [each.diverged for each in series] == [(), tuple(epochs)]
        figure = neat(curves(series))
        assert vertical_lines(figure.axes[0]) == [(epoch, LIGHT.lines[1]) for epoch in epochs]
        words = " ".join(legend_texts(figure)).replace("\n", " ")
        assert f"(2 seeds), 2 of 2 {divergence_text(epochs, 2)[7:]}" in words

    def test_metric_without_finite_values_is_marked(self, fine):
        (series,) = series_of([fine])
        lost = {**series.columns, "val_mae": np.where(series.epochs < 30, series.columns["val_mae"], np.inf)}
        figure = neat(curves([series._replace(columns=lost)]))
        assert [[x for x, _ in vertical_lines(axes)] for axes in figure.axes] == [[], [30]]
        assert legend_texts(figure)[-1] == "val_mae not finite from epoch 30"
        both = neat(curves([series._replace(columns=lost), series._replace(label="b")]))
        assert legend_texts(both)[-1] == "no finite values from here"


class TestSnapshotFigures:
    @pytest.mark.parametrize(
        ("of_model", "draw"), [(weights_of, weights), (activations_of, activations), (gradients_of, gradients)]
    )
    def test_diverged_run_is_marked_in_every_panel(self, fine, diverged, of_model, draw):
        figure = neat(draw(of_model(nncli.load(diverged))))
        epoch = first_null(diverged)
        assert {tuple(x for x, _ in vertical_lines(axes)) for axes in figure.axes} == {(epoch,)}
        assert legend_texts(figure)[-1] == f"diverged at epoch {epoch}"
        assert not any(vertical_lines(axes) for axes in draw(of_model(nncli.load(fine))).axes)


def test_film_marks_divergence_and_captions_it_from_then_on(diverged):
    epoch = first_null(diverged)
    picture = Picture(filmed_runs([diverged]))
    assert [x for x, _ in vertical_lines(picture.loss)] == [epoch]
    captions = []
    for moment in (epoch - 1, epoch, epoch + 1):
        picture.pixels(moment)
        captions.append(picture.captions[0].texts[1].get_text())
    assert captions[0].startswith("loss ")
    assert captions[1:] == [f"diverged at epoch {epoch}"] * 2


class TestTerminal:
    LOSSES = np.array([*np.linspace(1, 2, 12), NAN])
    EPOCHS = np.arange(13.0)

    @pytest.mark.parametrize("last", [12, 50])
    def test_a_column_of_marks_is_at_the_epoch(self, last):
        lines = [
            Line("training", self.EPOCHS, self.LOSSES, [12], "diverged at epoch 12"),
            Line("validation", self.EPOCHS, self.LOSSES + 1),
        ]
        rows = loss_panel(lines, last, SIZE, PLAIN)
        assert rows[:2] == ["loss by epoch  * training  o validation", "! diverged at epoch 12"]
        where = column_of(rows, "!") * 1.02 * last - 0.01 * last
        assert where == pytest.approx(12, abs=last / 50)

    def test_unicode_terminal_has_a_column_of_dots(self):
        rows = loss_panel([Line("training", self.EPOCHS, self.LOSSES, [12], "diverged at epoch 12")], 24, SIZE, DOTS)
        assert rows[0] == "loss by epoch  diverged at epoch 12"
        inside = [row.split("│")[1] for row in rows if row.startswith("│")]
        columns = Counter(place for row in inside for place, sign in enumerate(row) if sign not in " ⠀")
        assert columns[len(inside[0]) // 2] == len(inside)

    def test_marks_of_several_runs_alternate(self):
        lines = [Line("", self.EPOCHS, self.LOSSES + n, [12]) for n in range(3)]
        rows = loss_panel(lines, 24, SIZE, PLAIN)
        inside = [row.split("|")[1] for row in rows if row.startswith("|")]
        counts = Counter(row[len(row) // 2] for row in inside)
        assert set(counts) == {"*", "o", "+"}
        assert max(counts.values()) - min(counts.values()) <= 1

    @pytest.mark.parametrize("terminal", [PLAIN, DOTS, FULL])
    def test_run_without_finite_loss_is_marked_as_diverged(self, terminal):
        line = Line("training", np.zeros(1), np.full(1, NAN), [0], "diverged at epoch 0")
        rows = [ESCAPES.sub("", row) for row in loss_panel([line], 0, SIZE, terminal)]
        assert len(rows) == SIZE[1]
        assert rows[0].startswith("loss by epoch") and rows[0].endswith("diverged at epoch 0")
        assert "no finite value" in "".join(rows)

    def test_long_title_continues_in_the_next_row(self):
        rows = loss_panel(
            [Line("training", self.EPOCHS, self.LOSSES, [12], "diverged at epoch 12")], 12, (30, 12), DOTS
        )
        assert rows[:2] == ["loss by epoch", "diverged at epoch 12"]
        assert len(rows) == 12

    def test_every_run_has_its_own_mark_and_legend_row(self):
        for terminal in (PLAIN, DOTS, FULL):
            count = 12
            lines = [Line("", np.arange(9.0), np.full(9, n + 1.0)) for n in range(count)]
            rows = [ESCAPES.sub("", row) for row in loss_panel(lines, 8, (60, 40), terminal)]
            marks = [ESCAPES.sub("", row)[:2] for row in legend([f"run {n}" for n in range(count)], terminal)]
            assert all(mark[1] == " " for mark in marks)
            assert len({mark[0] for mark in marks}) == count
            inside = [row[1:55] for row in rows if row[0] in "│|"]
            order = [row.strip()[0] for row in inside if len(set(row.strip())) == 1]
            assert order == [mark[0] for mark in reversed(marks)], "from the greatest loss to the least"

    def test_runs_beyond_the_last_mark_share_one(self):
        names = [f"run {n}" for n in range(len(MARKS) + 5)]
        rows = legend(names, PLAIN)
        assert len(set(MARKS)) == len(MARKS)
        assert rows[-2:] == [f"{MARKS[-1]} run {len(MARKS) - 1}", ". 5 more"]

    def test_live_plots_mark_divergence(self):
        plots = Plots(None, io.StringIO())
        plots.start(TrainingStarted(0, 40, 10, 5, (), None))
        for epoch, loss in enumerate(self.LOSSES):
            plots.add(EpochEnded(epoch, {"loss": loss}))
        rows = plots.rows(80, 24)
        assert rows[0] == "loss by epoch  ! diverged at epoch 12"
        assert column_of(rows, "!") * 1.02 * 39 - 0.39 == pytest.approx(12, abs=1)

    def test_printed_curves_mark_divergence(self, fine, diverged):
        epoch = first_null(diverged)
        for runs, words in (([diverged], 0), ([fine, diverged], -1)):
            file = io.StringIO()
            print_curves(series_of(runs), file)
            rows = file.getvalue().splitlines()
            assert f"diverged at epoch {epoch}" in (" ".join(rows[:2]) if words == 0 else rows[words])

    @pytest.mark.parametrize("terminal", [PLAIN, DOTS])
    def test_a_single_epoch_has_one_whole_tick(self, terminal):
        rows = loss_panel([Line("training", np.zeros(1), np.full(1, 0.7))], 0, SIZE, terminal)
        assert rows[-1].split() == ["0"]
