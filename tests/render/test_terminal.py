"""Plots in characters, read back from their lines."""

from __future__ import annotations

import io
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.errors import NncliError
from nncli.events import EpochEnded, TrainingEnded, TrainingStarted
from nncli.render import progress
from nncli.render.terminal import canvas, require_uniplot
from nncli.render.terminal.canvas import Capabilities, Series, panel, visible_width
from nncli.render.terminal.curve import Line, legend, loss_panel, thin
from nncli.render.terminal.fit import Fit, fit_panel
from nncli.render.terminal.live import MAX_EPOCHS, Plots

PLAIN, DOTS, FULL = Capabilities(False, False), Capabilities(True, False), Capabilities(True, True)
X = np.linspace(0, 1, 50)
POINTS = np.random.default_rng(0).uniform(-1, 1, (80, 2))
SIZE = (60, 16)


def plot(rows):
    """Return the contents of the frame."""
    return [row[row.index("│") + 1 : row.rindex("│")] for row in rows[2:-2]]


def make_fit(predict, x, t, class_names=()):
    names = ["u", "v", "w"][: x.shape[1]]
    return Fit(predict, Samples(x, t), Description.of_numbers(len(x), names, ("y",), class_names=class_names))


class TestPanel:
    @settings(max_examples=60)
    @given(
        size=st.tuples(st.integers(1, 140), st.integers(1, 40)),
        y=st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=8),
        terminal=st.sampled_from([PLAIN, DOTS, FULL]),
        marks=st.booleans(),
        pinned=st.booleans(),
    )
    def test_panel_fits_any_size_and_numbers(self, size, y, terminal, marks, pinned):
        ends = {"x_min": 0.0, "x_max": 9.0, "y_min": -1.0, "y_max": 1.0} if pinned else {}
        series = [Series(np.arange(len(y)), np.array(y), "red", "#", line=True, name="n" * 30)]
        rows = panel("title", series, size, terminal, marks=marks, **ends)
        assert len(rows) == max(size[1], canvas.SMALLEST[1])
        assert max(map(visible_width, rows)) <= max(size[0], canvas.SMALLEST[0])

    @pytest.mark.parametrize(("scale", "unit"), [(1, ""), (1e5, ""), (3e7, " (times 10^7)"), (2e-5, " (times 10^-5)")])
    def test_labels_are_short_and_the_title_has_their_unit(self, scale, unit):
        rows = panel("y", [Series(X, scale * (X + 1), "red", "#")], SIZE, PLAIN)
        assert rows[0] == f"y{unit}"
        assert min(len(row[: row.rindex("|")]) for row in rows[2:-2]) > 40

    def test_note_if_numbers_cannot_be_drawn(self, monkeypatch):
        monkeypatch.setattr("uniplot.plot_to_string", lambda **_: 1 / 0)
        rows = panel("y", [Series(X, X, "red", "#")], SIZE, PLAIN)
        assert len(rows) == 16
        assert "these numbers cannot be drawn" in "".join(rows)

    def test_note_if_nothing_is_finite(self):
        rows = panel("loss", [Series(X, X * np.nan, "red", "#")], (40, 9), FULL)
        assert len(rows) == 9
        assert [row.strip() for row in rows if row.strip()] == ["loss", "no finite value"]

    def test_only_ascii_on_a_terminal_without_unicode(self):
        rows = panel("y", [Series(X, X, "red", "#", line=True)], SIZE, PLAIN)
        assert "".join(rows).isascii()
        assert "#" in "".join(rows)

    def test_colours_if_the_terminal_has_them(self):
        series = [Series(X, X, "red", "#", line=True)]
        assert "\x1b[31m" in "".join(panel("y", series, SIZE, FULL))
        assert "\x1b" not in "".join(panel("y", series, SIZE, DOTS))


class TestCapabilities:
    @pytest.mark.parametrize(
        ("encoding", "environment", "unicode"),
        [
            ("utf-8", {"LANG": "en_US.UTF-8"}, True),
            ("UTF8", {"LANG": "C", "LC_ALL": "C.utf8"}, True),
            ("latin-1", {"LANG": "en_US.UTF-8"}, False),
            ("utf-8", {"LANG": "C"}, False),
            ("utf-8", {"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
            ("utf-8", {"LC_ALL": "C", "LANG": "en_US.UTF-8"}, False),
            ("utf-8", {"LC_CTYPE": "C.UTF-8", "LANG": "de_DE.UTF-8"}, True),
            ("utf-8", {}, False),
        ],
    )
    def test_unicode_depends_on_encoding_and_locale(self, monkeypatch, encoding, environment, unicode):
        """Python makes LC_CTYPE C.UTF-8 where the locale is C."""
        for name in ("LC_ALL", "LC_CTYPE", "LANG"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert canvas.capabilities_of(Terminal(encoding)).unicode is unicode

    @pytest.mark.parametrize(
        ("environment", "colour"), [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)]
    )
    def test_colour_depends_on_the_terminal_and_no_color(self, monkeypatch, environment, colour):
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert canvas.capabilities_of(Terminal()).colour is colour
        assert canvas.capabilities_of(io.StringIO()).colour is False


class TestLoss:
    @pytest.mark.parametrize(("lowest", "log"), [(0.5, False), (0.02, False), (1e-3, True), (0.0, False)])
    def test_log_scale_if_the_loss_spans_decades(self, lowest, log):
        rows = loss_panel([Line("training", X, np.linspace(1, lowest, 50))], 50, SIZE, DOTS)
        assert rows[0] == "loss by epoch" + " (log scale)" * log

    def test_axis_extends_to_the_last_epoch(self):
        rows = plot(loss_panel([Line("training", np.arange(25.0), np.full(25, 0.5))], 50, SIZE, DOTS))
        line = next(row for row in rows if "⣀" in row or "⠒" in row or "⠤" in row or "⠉" in row)
        assert 0.4 < len(line.rstrip()) / len(line) < 0.6

    def test_training_and_validation_have_different_marks(self):
        named = [Line("training", X, X + 1), Line("validation", X, X + 2)]
        without = loss_panel(named, 1, SIZE, DOTS)
        assert without[0] == "loss by epoch  * training  o validation"
        assert "*" in "".join(plot(without))
        assert "o" in "".join(plot(without))
        assert (
            loss_panel(named, 1, SIZE, FULL)[0] == "loss by epoch  \x1b[34mtraining\x1b[0m  \x1b[31mvalidation\x1b[0m"
        )
        assert legend(["a", "b"], DOTS) == ["* a", "o b"]

    def test_thinning_keeps_every_spike(self):
        y = np.ones(100_000)
        y[[7, 50_001]] = 9, -9
        x, thinned = thin(np.arange(100_000.0), y, 80)
        assert len(x) <= 80 * 4
        assert {9, -9} <= set(thinned)
        assert (np.diff(x) >= 0).all()


class TestFit:
    def test_one_input_shows_truth_and_prediction(self):
        x = X.reshape(-1, 1)
        rows = fit_panel(make_fit(lambda x: 1 - x, x, x), SIZE, DOTS)
        assert rows[0] == "y by u:  . truth  # prediction"
        first, *_, last = (row for row in plot(rows) if "#" in row)
        assert first.index("#") < 10
        assert last.rindex("#") > 40

    def test_predictions_outside_the_limits_do_not_change_them(self):
        x = X.reshape(-1, 1)
        usual = fit_panel(make_fit(lambda x: x, x, x), SIZE, DOTS)
        far = fit_panel(make_fit(lambda x: x * 1e30, x, x), SIZE, DOTS)
        assert usual[-1] == far[-1]
        nothing = fit_panel(make_fit(lambda x: x * np.nan, x, x), SIZE, DOTS)
        assert nothing[0] == "y by u:  . truth"

    @pytest.mark.parametrize("terminal", [PLAIN, FULL])
    @pytest.mark.parametrize("outputs", [1, 2])
    def test_classes_are_drawn_as_a_map_below_the_points(self, terminal, outputs):
        def predict(x):
            second = (x[:, :1] > 0).astype(float)
            return second if outputs == 1 else np.hstack([1 - second, second])

        t = (POINTS[:, 0] > 0).astype(np.intp)
        rows = fit_panel(make_fit(predict, POINTS, t, ("no", "yes")), SIZE, terminal)
        plain = [canvas.ESCAPES.sub("", row).translate(canvas.PLAIN) for row in rows]
        assert plain[0] == "y:  o no  x yes"
        inside = [row.split("|")[1] for row in plain[2:-2]]
        half = len(inside[0]) // 2
        left, right = ("".join(row[cut] for row in inside) for cut in (slice(half - 1), slice(half + 1, None)))
        assert set(left) == {".", "o"}
        assert set(right) == {" ", "x"}

    def test_note_if_no_class_prediction_is_finite(self):
        rows = fit_panel(make_fit(lambda x: x[:, :1] * np.nan, POINTS, np.arange(80) % 2, ("a", "b")), SIZE, PLAIN)
        assert rows[0].startswith("y: no finite prediction")

    def test_classes_of_one_input_are_drawn_as_probabilities(self):
        rows = fit_panel(make_fit(lambda x: x, X.reshape(-1, 1), np.arange(50) % 2, ("a", "b")), SIZE, DOTS)
        assert rows[0] == "probability by u:  o a  x b"
        inside = plot(rows)
        assert inside[0].index("o") < inside[0].index("x")

    def test_more_inputs_are_drawn_against_true_values(self):
        t = POINTS[:, :1]
        rows = fit_panel(make_fit(lambda x: x[:, :1], POINTS, t), SIZE, DOTS)
        assert rows[0] == "predicted vs. true y"
        inside = plot(rows)
        assert "o" in inside[0][-12:] + inside[1][-12:]
        assert "o" in inside[-1][:12] + inside[-2][:12]

    @pytest.mark.parametrize("terminal", [PLAIN, DOTS, FULL])
    def test_each_of_nine_targets_has_a_mark(self, terminal):
        t = POINTS[:, :1] + np.arange(9)
        names = tuple(f"t{number}" for number in range(9))
        data = Description.of_numbers(len(t), ["u", "v"], names)
        rows = fit_panel(Fit(lambda x: x[:, :1] + np.arange(9), Samples(POINTS, t), data), (90, 30), terminal)
        plain = [canvas.ESCAPES.sub("", row).translate(canvas.PLAIN) for row in rows]
        marks = dict(zip(names, "ox+*#@%AB", strict=True))
        assert plain[0] == "predicted vs. true:  " + "  ".join(f"{mark} {name}" for name, mark in marks.items())
        assert set(marks.values()) <= set("".join(plain[2:-2]))

    def test_classes_of_many_inputs_cannot_be_drawn(self):
        x = np.zeros((3, 3))
        assert not make_fit(lambda x: x, x, np.arange(3), ("a", "b", "c")).drawable
        assert make_fit(lambda x: x, x, np.zeros((3, 1))).drawable
        labels = make_fit(lambda x: x, x, np.eye(3)[:, :2]).data._replace(label_names=(("0", "1"),) * 2)
        assert not make_fit(lambda x: x, x, np.zeros((3, 1)))._replace(data=labels).drawable


class Terminal(io.StringIO):
    """A file that claims to be a terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:
        return self._encoding

    def isatty(self) -> bool:
        return True


def watched(epochs, fit=None, **metrics):
    plots = Plots(fit, Terminal())
    plots.start(TrainingStarted(0, epochs, 10, 5, (), None))
    for epoch in range(epochs):
        plots.add(EpochEnded(epoch, {"loss": 1 / (epoch + 1), **metrics}))
    return plots


class TestLive:
    LINE = make_fit(lambda x: x, X.reshape(-1, 1), X.reshape(-1, 1))

    @settings(max_examples=40)
    @given(columns=st.integers(1, 300), rows=st.integers(1, 100))
    def test_live_plots_fit_any_terminal(self, columns, rows):
        drawn = watched(5, self.LINE).rows(columns, rows)
        assert len(drawn) <= max(rows - 3, 0)
        assert all(visible_width(row) < columns for row in drawn)

    @pytest.mark.parametrize(
        ("size", "where"), [((100, 30), "beside"), ((70, 40), "below"), ((70, 12), "no fit"), ((15, 30), "nothing")]
    )
    def test_position_of_the_fit_depends_on_the_size(self, size, where):
        titles = [row for row in watched(5, self.LINE).rows(*size) if "loss by" in row or "by u" in row]
        positions = {0: "nothing", 1: "beside" if "by u" in "".join(titles) else "no fit", 2: "below"}
        assert positions[len(titles)] == where

    def test_validation_is_drawn(self):
        assert "validation" in watched(5, val_loss=0.3).rows(100, 30)[0]
        assert "validation" not in watched(5).rows(100, 30)[0]

    def test_long_run_needs_bounded_memory_and_keeps_its_highest_loss(self):
        plots = Plots(None, Terminal())
        plots.start(TrainingStarted(0, 3 * MAX_EPOCHS, 10, 5, (), None))
        for epoch in range(2 * MAX_EPOCHS):
            plots.add(EpochEnded(epoch, {"loss": 99.0 if epoch == 12_345 else 1.0}))
        assert len(plots._epochs) < MAX_EPOCHS
        assert plots._epochs[plots._losses.index(99.0)] == 12_345
        assert list(plots._epochs) == sorted(set(plots._epochs))

    def test_plots_are_below_the_live_line(self, monkeypatch):
        for name, value in {"TERM": "xterm", "COLUMNS": "100", "LINES": "30", "LANG": "C.UTF-8"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("LC_ALL", raising=False)
        started = TrainingStarted(0, 3, 10, 5, (), None)
        rows = [EpochEnded(epoch, {"loss": 0.5, "learning_rate": 0.1}) for epoch in range(3)]
        file = Terminal()
        events = [started, *rows, TrainingEnded("done")]
        progress.show(iter(events), "live", file, Plots(self.LINE, file))
        last = canvas.ESCAPES.sub("", file.getvalue()).split("3/3")[-1]
        assert "loss 0.5" in last.splitlines()[0]
        assert "loss by epoch" in last.splitlines()[1]
        assert "y by u" in last.splitlines()[1]


def test_error_without_uniplot_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "uniplot", None)
    with pytest.raises(NncliError, match="plots in the terminal need uniplot\nhint: pip install uniplot"):
        require_uniplot()
