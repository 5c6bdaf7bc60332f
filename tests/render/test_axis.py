"""The axes of plots in characters, read back from their labels."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.render.terminal.axis import axis_of
from nncli.render.terminal.canvas import Capabilities, Series, panel
from nncli.render.terminal.curve import Line, loss_panel

PLAIN, DOTS = Capabilities(False, False), Capabilities(True, False)
SIZE = (60, 20)
RANGES = {
    "between 0 and 1": (0.26, 0.69),
    "to an integer": (0.1, 1.4),
    "tiny": (1.2e-7, 9.3e-7),
    "huge": (3.1e12, 8.8e12),
    "negative": (-0.93, -0.12),
    "around zero": (-3.2e-4, 2.9e-4),
    "tens of thousands": (12_345.0, 12_391.0),
    "close together": (0.693147, 0.693151),
    "constant": (0.6931, 0.6931),
    "zero": (0.0, 0.0),
}


def labels(rows):
    """Return the numbers right of the frame by row, in the unit of the title, and the contents of the frame."""
    unit = re.search(r"\(times 10\^(-?\d+)\)", rows[0])
    power = int(unit[1]) if unit else 0
    plain = [row.replace("│", "|").split("|") for row in rows if row[0] in "│|"]
    texts = [row[-1].strip().replace(",", "") for row in plain]
    return {number: float(f"{text}e{power}") for number, text in enumerate(texts) if text}, [row[1] for row in plain]


@pytest.mark.parametrize("terminal", [PLAIN, DOTS])
@pytest.mark.parametrize("size", [(39, 20), (79, 20), (119, 20), (40, 9)], ids=str)
@pytest.mark.parametrize("ends", RANGES.values(), ids=RANGES)
def test_labels_are_beside_their_values(ends, size, terminal):
    both = [Series(np.arange(1.0, 3.0), np.array(ends), "red", "#")]
    ticks, inside = labels(panel("loss", both, size, terminal))
    assert len(ticks) >= 2
    room = 0.05 * (ends[1] - ends[0]) or 0.5
    limits = {"y_min": ends[0] - room, "y_max": ends[1] + room}
    assert all(limits["y_min"] <= value <= limits["y_max"] for value in ticks.values())
    points = [Series(np.full(len(ticks), 1.5), np.array([*ticks.values()]), "red", "#")]
    again, inside = labels(panel("loss", points, size, terminal, x_min=1.0, x_max=2.0, **limits))
    assert again == ticks
    middle = len(inside[0]) // 2
    assert {number for number, row in enumerate(inside) if row[middle - 2 : middle + 2].strip(" ▁─▔-")} == {*ticks}


def test_labels_of_a_small_range_have_one_decimal():
    ticks, _ = labels(loss_panel([Line("training", np.arange(2.0), np.array([0.69, 0.26]))], 1, SIZE, DOTS))
    assert sorted(ticks.values()) == [0.3, 0.4, 0.5, 0.6, 0.7]


def test_labels_of_nearly_equal_numbers_are_short():
    rows = panel("r2", [Series(np.arange(2.0), np.array([1.0, 1 + 1e-15]), "red", "#")], (20, 6), DOTS)
    assert max(map(len, rows)) <= 20
    assert len(labels(rows)[0]) >= 2


@given(
    st.floats(-1e90, 1e90, allow_subnormal=False),
    st.floats(-1e90, 1e90, allow_subnormal=False),
    st.integers(2, 20),
)
def test_labels_equal_their_ticks(one, other, most):
    axis = axis_of(np.array([one, other]), None)
    ticks = axis.ticks(most)
    assert 2 <= len(ticks) <= most
    assert [float(tick.label.replace(",", "")) for tick in ticks] == [tick.value for tick in ticks]
    ulp = np.spacing(max(abs(axis.low), abs(axis.high)))
    assert all(axis.low - ulp <= tick.value <= axis.high + ulp for tick in ticks)
    assert len(set(ticks)) == len(ticks)
    np.testing.assert_allclose(np.diff([tick.value for tick in ticks], 2), 0, atol=1e-6 * (axis.high - axis.low))


@pytest.mark.parametrize("terminal", [PLAIN, DOTS])
@pytest.mark.parametrize("width", [30, 79, 119])
@pytest.mark.parametrize("last", [0, 1, 2, 7, 49, 399, 10_000, 2_000_000])
def test_epoch_labels_are_whole_and_below_their_points(last, width, terminal):
    def numbers(rows):
        spans = [(*match.span(), int(match[0].replace(",", ""))) for match in re.finditer(r"[\d,]+", rows[-1])]
        return spans, [row[1] for row in (row.replace("│", "|").split("|") for row in rows if row[0] in "│|")]

    epochs = np.arange(last + 1.0) if last < 1000 else np.linspace(0, last, 5)
    spans, _ = numbers(loss_panel([Line("training", epochs, np.ones(len(epochs)))], last, (width, 9), terminal))
    assert len(spans) >= min(last + 1, 2)
    for start, end, epoch in spans:
        one = [Line("training", np.array([float(epoch)]), np.ones(1))]
        again, inside = numbers(loss_panel(one, last, (width, 9), terminal))
        assert again[0][2] == 0
        (place,) = {row.index(row.strip()) + 1 for row in inside if row.strip()}
        assert start - 1 <= place <= end, (spans, place)


@pytest.mark.parametrize("terminal", [PLAIN, DOTS])
def test_log_scale_labels_are_powers_of_ten(terminal):
    powers = 10.0 ** np.arange(-6, 6)
    rows = loss_panel([Line("training", np.arange(12.0), powers)], 11, (60, 40), terminal)
    inside = [row.replace("│", "|").split("|") for row in rows if row[0] in "│|"]
    texts = {number: row[2].strip() for number, row in enumerate(inside) if row[2].strip()}
    exponents = {n: int(text[3:]) if "^" in text else round(np.log10(float(text))) for n, text in texts.items()}
    assert len(exponents) >= 6
    for number, exponent in exponents.items():  # the line rises through the power of ten 10^e at epoch e + 6
        row = inside[number][1]
        places = [place for place, sign in enumerate(row) if sign != " "]
        assert min(places) - 1 <= (exponent + 6.11) / 11.22 * len(row) <= max(places) + 1


def test_scaled_x_axis_shows_its_unit():
    rows = panel("y", [Series(np.array([2e-7, 9e-7]), np.arange(2.0), "red", "#")], SIZE, DOTS)
    assert rows[-1].endswith(" times 10^-7")
    assert {"2", "4", "6"} <= set(rows[-1].split())
