"""The curves of a range test, in characters and as a figure."""

from __future__ import annotations

import math

import numpy as np
import pytest

from nncli.remedies.lr_range import Curve, RangeTest
from nncli.remedies.rate_trials import Trial
from nncli.render.figures.range_test import range_test
from nncli.render.terminal.canvas import SMALLEST, Capabilities, visible_width
from nncli.render.terminal.range_test import range_lines, range_panel
from tests.render.drawing import legend_texts, neat

RATES = [float(rate) for rate in np.geomspace(1e-5, 1, 100)]
FALLING = [float(loss) for loss in 1 + (np.log10(RATES) + 2) ** 2]  # lowest at 0.01
FLAT = [1.0] * 100
CURVES = [Curve(0, RATES, FALLING, FALLING), Curve(1, RATES[:40], FLAT[:40], FLAT[:40])]
TEST = RangeTest(CURVES, [Trial(0.1, 250, [math.inf]), Trial(0.01, 250, [4.0, 1.0]), Trial(0.001, 1000, [0.5])], 0.001)


@pytest.mark.parametrize("terminal", [Capabilities(False, False), Capabilities(True, True)])
@pytest.mark.parametrize("size", [(20, 6), (80, 20)])
def test_panel_fits_its_size(terminal: Capabilities, size: tuple[int, int]) -> None:
    rows = range_panel(TEST, size, terminal)
    assert len(rows) == max(size[1], SMALLEST[1])
    assert max(map(visible_width, rows)) <= size[0]


def test_panel_has_decades_and_the_suggestion() -> None:
    rows = range_panel(TEST, (80, 20), Capabilities(False, False))
    assert rows[0] == "smoothed loss by learning rate  * seed 0  o seed 1  | suggestion 0.001"
    assert rows[-1].split() == ["10^-5", "0.0001", "0.001", "0.01", "0.1", "1"]
    column = rows[-1].index("0.001") + 2
    assert {row[column] for row in rows[2:-2]} >= {"|", "*"}


def test_losses_over_many_decades_are_on_a_log_scale() -> None:
    steep = Curve(0, RATES, FALLING, [float(loss) for loss in np.geomspace(1e-3, 1, 100)])
    rows = range_panel(RangeTest([steep], [], 0.001), (80, 20), Capabilities(False, False))
    assert rows[0].startswith("smoothed loss by learning rate (log scales)")


def test_each_seed_and_each_candidate_have_a_line() -> None:
    assert range_lines(TEST) == [
        "seed 0: lowest loss 1 at rate 0.0095",
        "seed 1: the loss falls at no learning rate",
        "rate 0.001: loss 0.5 after 1,000 steps",
        "rate 0.01: loss 2 after 250 steps",
        "rate 0.1: diverged within 250 steps",
    ]
    short = Curve(2, RATES[:60], FALLING[:60], FALLING[:60])
    (line,) = range_lines(RangeTest([short], [], 0.001))
    assert line == f"seed 2: lowest loss 1 at rate {RATES[59]:.2g}; stopped after step 60, at rate {RATES[59]:.2g}"


def test_figure_has_a_line_for_each_seed_and_the_suggestion() -> None:
    figure = neat(range_test(TEST, "wave"))
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert legend_texts(figure) == ["seed 0", "seed 1", "suggestion 0.001"]
    assert list(axes.get_lines()[1].get_ydata()) == FALLING
    assert list(axes.get_lines()[-1].get_xdata()) == [0.001, 0.001]
