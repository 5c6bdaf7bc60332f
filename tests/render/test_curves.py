"""The figure of training curves, read back from its axes."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.render.figures import style
from nncli.render.figures.curves import curves
from nncli.render.figures.palette import LIGHT, on_page
from nncli.render.figures.series import Series, combine_seeds
from tests.render.drawing import drawn, inside, legend_texts, neat

NAN = float("nan")


def series(losses, *, name="sine/20250101-000000-0000", label=None, validation=None, best=None, **columns) -> Series:
    """Return the series of a run with the given losses and further columns."""
    loss = np.array(losses, float)
    values = {"epoch": np.arange(len(loss), dtype=float), "loss": loss, "data_loss": loss}
    values |= {key: np.array(values, float) for key, values in columns.items()}
    if validation is not None:
        values["val_loss"] = np.array(validation, float)
    return Series(name, label or name, values, best)


def lines_of(axes, linestyle):
    return [line for line in axes.get_lines() if line.get_linestyle() == linestyle]


class TestOneRun:
    def test_has_a_panel_for_the_loss_and_one_for_each_metric(self):
        figure = curves([series([3, 2, 1], accuracy=[0.1, 0.5, 0.9], mae=[3, 2, 1])])
        assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy", "mae"]
        assert {axes.get_xlabel() for axes in figure.axes} == {"epoch"}
        (line,) = figure.axes[0].get_lines()
        assert line.get_xdata().tolist() == [0, 1, 2]
        assert line.get_ydata().tolist() == [3, 2, 1]
        assert figure.get_suptitle() == "sine/20250101-000000-0000"

    def test_draws_at_most_three_metrics_and_never_time(self):
        columns = {name: [1, 2] for name in ("m1", "m_2", "m3", "m4", "seconds")}
        figure = curves([series([2, 1], learning_rate=[0.1, 0.1], **columns)])
        assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "m1", "m 2", "m3"]

    def test_label_of_an_error_names_the_target(self):
        houses = series([2, 1], mae=[9, 8], r2=[0, 1])._replace(target="price_in_dollars_of_the_year_2000")
        labels = [axes.get_ylabel() for axes in neat(curves([houses])).axes]
        assert labels == ["loss", "mae of price_in_do…he_year_2000", "r2"]
        others = [axes.get_ylabel() for axes in curves([houses, houses._replace(target="size")]).axes]
        assert others == ["loss", "mae", "r2"]

    def test_draws_a_learning_rate_that_changes(self):
        rates = [0.1 / (1 + epoch) for epoch in range(500)]
        figure = neat(curves([series([2] * 500, accuracy=[1] * 500, learning_rate=rates)]))
        rate = figure.axes[-1]
        assert rate.get_ylabel() == "learning rate"
        assert rate.get_lines()[0].get_ydata().tolist() == rates
        assert rate.get_yscale() == "log", "it spans more than two decades"
        assert curves([series([2, 1], learning_rate=[0.1, 0.05])]).axes[-1].get_yscale() == "linear"

    def test_without_penalty_or_validation_needs_no_legend(self):
        figure = curves([series([2, 1], regularization_loss=[0, 0])])
        assert legend_texts(figure) == []
        assert len(figure.axes[0].get_lines()) == 1

    def test_draws_data_loss_and_penalty_separately(self):
        run = series([3, 2, 1], data_loss=[2.5, 1.5, 0.5], regularization_loss=[0.5, 0.5, 0.5])
        figure = curves([run])
        assert legend_texts(figure) == ["training: data loss + penalty", "data loss", "penalty"]
        assert sorted(line.get_ydata()[0] for line in figure.axes[0].get_lines()) == [0.5, 2.5, 3]

    def test_dashes_validation_and_marks_its_best_epoch(self):
        run = series([4, 3, 2], accuracy=[0.1, 0.2, 0.3], validation=[4, 2, 3], val_accuracy=[0, 0.2, 0.1], best=1)
        figure = curves([run])
        for axes, value in zip(figure.axes, (2, 0.2), strict=True):
            assert len(lines_of(axes, "--")) == 1
            (mark,) = lines_of(axes, "None")
            assert (mark.get_xdata().tolist(), mark.get_ydata().tolist()) == ([1], [value])
        assert legend_texts(figure) == ["training", "validation", "best epoch (1)"]

    @pytest.mark.parametrize(("last", "scale"), [(0.02, "linear"), (0.005, "log")])
    def test_log_scale_if_the_loss_spans_more_than_two_decades(self, last, scale):
        figure = curves([series([1, 0.5, last], accuracy=[0.001, 0.5, 1])])
        assert figure.axes[0].get_yscale() == scale
        assert figure.axes[1].get_yscale() == "linear"

    def test_only_positive_values_decide_the_scale(self):
        figure = drawn(curves([series([1, 0.001, 0])]))
        assert figure.axes[0].get_yscale() == "log"
        assert drawn(curves([series([0, 0, 0])])).axes[0].get_yscale() == "linear"

    def test_nan_is_a_gap_and_an_isolated_point_a_dot(self):
        figure = drawn(curves([series([5, 4, NAN, 3, NAN, 2, 1])]))
        (line,) = figure.axes[0].get_lines()
        assert np.flatnonzero(np.isnan(line.get_ydata())).tolist() == [2, 4]
        assert (line.get_marker(), line.get_markevery()) == ("o", [3])

    def test_shows_a_single_epoch(self):
        figure = drawn(curves([series([0.5], validation=[0.6], best=0)]))
        training, validation, _best = figure.axes[0].get_lines()
        assert training.get_marker() == validation.get_marker() == "o"
        low, high = figure.axes[0].get_xlim()
        assert low < 0 < high
        assert [tick for tick in figure.axes[0].get_xticks() if low < tick < high] == [0]

    def test_shows_a_constant_loss_within_its_limits(self):
        figure = curves([series([0.5] * 10)])
        low, high = figure.axes[0].get_ylim()
        assert low < 0.5 < high

    def test_diverged_run_is_drawn_without_huge_values(self):
        figure = drawn(curves([series([1, 1e30, 1e200, 1e308, NAN], validation=[1e308, 1, NAN, NAN, NAN], best=1)]))
        assert figure.axes[0].get_ylim()[1] < 1e40

    def test_note_if_no_value_is_finite(self):
        figure = drawn(curves([series([NAN, NAN])]))
        assert [text.get_text() for text in figure.axes[0].texts] == ["no finite value"]

    def test_long_name_is_cut_in_the_middle(self):
        figure = drawn(curves([series([2, 1], name="n" * 100 + "/20250101-000000-0000")]))
        title = figure.get_suptitle()
        assert 30 < len(title) < 70
        assert "…" in title
        assert title.endswith("/20250101-000000-0000")
        assert inside(figure, figure._suptitle)

    @pytest.mark.parametrize("dark", [False, True])
    def test_nothing_overlaps_or_is_cut_off(self, dark):
        run = series([4, 3, 2], validation=[4, 2, 3], regularization_loss=[1, 1, 1], accuracy=[0, 0, 1], best=1)
        with on_page(dark=dark):
            neat(curves([run]))
            neat(curves([series([1e-9, 1e5, 3], name="n" * 200, m1=[1e9, 1, 2], m2=[1e-9, 0, 1], m3=[0, 0, 0])]))

    def test_long_run_is_thinned_without_losing_extremes(self):
        loss = np.exp(-np.arange(10_001) / 2000)
        loss[[3333, 7777]] = [30, 1e-6]
        loss[5000:5100] = NAN
        (line,) = curves([series(loss)]).axes[0].get_lines()
        x, y = line.get_xydata().T
        assert len(x) < 2_000
        assert (x[0], x[-1], np.nanmax(y), np.nanmin(y)) == (0, 10_000, 30, 1e-6)
        assert {3333, 7777} <= set(x)
        assert np.isnan(y).any()
        assert (np.diff(x) > 0).all()
        np.testing.assert_array_equal(loss[x.astype(int)], y)

    def test_dark_page_has_light_ink(self):
        with on_page(dark=True):
            figure = curves([series([2, 1])])
        red, green, blue, _ = figure.get_facecolor()
        assert max(red, green, blue) < 0.2
        assert figure.axes[0].xaxis.label.get_color() == "#E4E6E8"


class TestSeveralRuns:
    def test_runs_have_different_colours_and_labels(self):
        figure = curves([series([2, 1], label="init.scale=0.01"), series([3, 2, 1], label="init.scale=0.1")])
        assert legend_texts(figure) == ["init.scale=0.01", "init.scale=0.1"]
        colours = [line.get_color() for line in figure.axes[0].get_lines()]
        assert colours == [handle.get_color() for handle in figure.legends[0].legend_handles] == [*LIGHT.lines[:2]]
        assert figure.get_suptitle() == "sine, 2 runs"
        assert figure.axes[0].get_xlim()[1] > 2

    def test_legend_has_one_entry_for_each_kind_of_line(self):
        with_validation = series([2, 1], label="a", validation=[3, 2], regularization_loss=[1, 1], best=1)
        figure = curves([with_validation, series([2, 1], label="b", name="spiral/1")])
        assert legend_texts(figure) == ["a", "b", "data loss (without penalty)", "validation", "best epoch"]
        assert figure.get_suptitle() == "2 runs"

    def test_runs_can_have_different_metrics(self):
        figure = curves([series([2, 1], accuracy=[0, 1]), series([2, 1], mae=[2, 1])])
        assert [len(axes.get_lines()) for axes in figure.axes] == [2, 1, 1]

    def test_twenty_runs_have_colours_and_whole_labels(self):
        runs = [series([2, 1.5, 1 + n], label=f"optimizer.learning_rate={n}", validation=[3, 2, 1]) for n in range(20)]
        figure = drawn(curves(runs))
        assert len({tuple(line.get_color()) for line in figure.axes[0].get_lines()}) == 20
        assert len(legend_texts(figure)) == 21
        assert inside(figure, figure.legends[0])
        assert figure.axes[-1].get_window_extent().x1 < figure.legends[0].get_window_extent().x0
        assert figure.axes[0].get_window_extent().width > 300, "the legend must not crowd out the panels"

    def test_legend_counts_the_runs_that_do_not_fit(self):
        figure = drawn(curves([series([2, 1], label=f"seed={n}") for n in range(100)]))
        assert legend_texts(figure)[-2:] == ["seed=35", "and 64 more"]
        assert inside(figure, figure.legends[0])

    def test_long_labels_are_wrapped_and_long_words_cut(self):
        label = f"optimizer.learning_rate=0.0005 layers.0.units=128 data.path={'d' * 300}.csv"
        figure = drawn(curves([series([2, 1], label=label), series([2, 1], label="b")]))
        lines = legend_texts(figure)[0].split("\n")
        assert lines[:2] == ["optimizer.learning_rate=0.0005", "layers.0.units=128"]
        assert len(lines[2]) == style.MAX_LABEL_LENGTH
        assert inside(figure, figure.legends[0])

    def test_names_are_not_formulas_and_never_hidden(self):
        figure = drawn(curves([series([2, 1], label="_a$x$"), series([2, 1], label="$y$")]))
        assert legend_texts(figure) == [r" _a\$x\$", r"\$y\$"]


class TestSeeds:
    RUNS = (
        {"epoch": np.arange(4.0), "loss": np.array([4.0, 3, 2, 1]), "val_loss": np.array([5.0, 4, 3, 2])},
        {"epoch": np.arange(3.0), "loss": np.array([6.0, 5, NAN]), "val_loss": np.array([7.0, 6, 5])},
        {"epoch": np.arange(4.0), "loss": np.array([5.0, 1, 9, NAN]), "val_loss": np.array([6.0, 5, 4, NAN])},
    )

    def test_seeds_are_drawn_as_median_and_range(self):
        figure = neat(curves([combine_seeds("sine", "sine", self.RUNS)]))
        training, validation = figure.axes[0].get_lines()
        assert training.get_ydata().tolist() == [5, 3, 5.5, 1]
        assert validation.get_ydata().tolist() == [6, 5, 4, 2]
        band = figure.axes[0].collections[0].get_paths()[0].vertices
        edges = {x: (band[band[:, 0] == x, 1].min(), band[band[:, 0] == x, 1].max()) for x in range(4)}
        assert edges == {0: (4, 6), 1: (1, 5), 2: (2, 9), 3: (1, 1)}
        assert figure.get_suptitle() == "sine, 3 seeds"
        assert legend_texts(figure) == ["training", "validation", "line: median; shaded: range"]

    def test_each_setting_has_its_own_colour(self):
        runs = [combine_seeds("sine", f"init.scale={scale} (3 seeds)", self.RUNS) for scale in (0.1, 0.01)]
        figure = neat(curves([*runs, series([2, 1], label="alone")]))
        faces = {tuple(band.get_facecolor()[0][:3]) for band in figure.axes[0].collections}
        assert len(faces) == 2
        assert legend_texts(figure)[:3] == ["init.scale=0.1 (3 seeds)", "init.scale=0.01 (3 seeds)", "alone"]
        assert figure.get_suptitle() == "sine, 7 runs"

    def test_range_of_long_runs_keeps_its_extremes(self):
        epochs = np.arange(10_001.0)
        spike = np.where(epochs == 4321, 50, 1.0)
        runs = [{"epoch": epochs, "loss": spike}, {"epoch": epochs, "loss": 1 / spike}]
        figure = neat(curves([combine_seeds("a", "a", runs)]))
        band = figure.axes[0].collections[0].get_paths()[0].vertices
        assert (band[:, 1].max(), band[:, 1].min()) == (50, 0.02)
        assert (band[:, 0].min() <= 0, band[:, 0].max() >= 10_000, len(band) < 3000) == (True, True, True)

    def test_note_if_no_seed_has_a_finite_value(self):
        nothing = {"epoch": np.arange(2.0), "loss": np.full(2, NAN)}
        figure = neat(curves([combine_seeds("a", "a", [nothing, nothing])]))
        assert [text.get_text() for text in figure.axes[0].texts] == ["no finite value"]
