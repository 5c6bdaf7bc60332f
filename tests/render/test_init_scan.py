"""The scan of initial weights, as a table and as a figure."""

from __future__ import annotations

import io

import pytest

from nncli.remedies.init_scan import InitScales, LayerScale
from nncli.render.figures.init_scan import init_scan
from nncli.render.init_scan import print_init_scan
from tests.render.drawing import legend_texts, neat

SMALL = [LayerScale(0, 0.00123, 1e-5, "signal too small, gradient too small"), LayerScale(2, 0.0, None, "healthy")]
SCANS = [
    InitScales("normal 0.01 (spec)", [], SMALL),
    InitScales("he_normal", ["init=he_normal"], [LayerScale(0, 1.0, 0.1, "healthy"), LayerScale(2, 2.0, 1, "healthy")]),
]


def test_table_has_a_row_for_each_layer() -> None:
    file = io.StringIO()
    print_init_scan(SCANS, file)
    assert file.getvalue() == (
        "init                layer  signal  gradient  verdict\n"
        "normal 0.01 (spec)      0  0.0012     1e-05  signal too small, gradient too small\n"
        "normal 0.01 (spec)      2       0            healthy\n"
        "he_normal               0       1       0.1  healthy\n"
        "he_normal               2       2         1  healthy\n"
    )


@pytest.mark.parametrize("layers", [1, 2])
def test_figure_has_a_line_for_each_initializer_and_the_bands(layers: int) -> None:
    scans = [scan._replace(layers=scan.layers[:layers]) for scan in SCANS]
    figure = neat(init_scan(scans, "wave"))
    signal, gradient = figure.axes
    assert signal.get_yscale() == gradient.get_yscale() == "log"
    assert legend_texts(figure) == ["normal 0.01 (spec)", "he_normal", "healthy"]
    assert len(signal.get_lines()) == len(gradient.get_lines()) == 2
    assert len(signal.collections) == layers - 1
