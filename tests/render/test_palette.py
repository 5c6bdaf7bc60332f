"""The colours: visible on their page, and distinguishable with colour blindness."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from nncli.render.figures import style
from nncli.render.figures.palette import DARK, LIGHT, on_page, palette

# Machado, Oliveira and Fernandes 2009, table 1, severity 1: the matrices that transform linear red, green and blue.
SIGHT = {
    "full": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]])
WHITE = XYZ.sum(axis=1)


def lab(colour, sight):
    """Return CIE L*a*b* of a colour as perceived with a kind of sight."""
    parts = np.array(to_rgb(colour))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    relative = XYZ @ np.clip(np.asarray(sight) @ linear, 0, 1) / WHITE
    x, y, z = np.where(relative > 216 / 24389, np.cbrt(relative), 841 / 108 * relative + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", SIGHT)
def test_line_colours_differ_for_all_kinds_of_sight(colours, sight):
    seen = [lab(colour, SIGHT[sight]) for colour in colours.lines]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 12, "2.3 is just noticeable"


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_contrast_with_their_page(colours):
    assert min(style.contrast(colour, colours.page) for colour in colours.lines) > 2.2
    assert style.contrast(colours.ink, colours.page) > 12
    assert style.contrast(colours.muted, colours.page) > 4.4


def test_contrast_follows_the_guidelines():
    assert style.contrast("black", "white") == pytest.approx(21)
    assert style.contrast("#777777", "white") == pytest.approx(4.48, abs=0.005)


def test_text_has_the_more_readable_colour():
    assert style.readable_on("#0A2A45") == LIGHT.page
    assert style.readable_on("#FFE9A0") == LIGHT.ink


def test_page_is_dark_only_inside_the_context():
    with on_page(dark=True):
        assert palette() is DARK
        with on_page(dark=False):
            assert palette() is LIGHT
        assert style.colours(2) == [DARK.blue, DARK.vermilion]
    assert palette() is LIGHT
