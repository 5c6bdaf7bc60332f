"""The scan of initial weights as a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

from nncli.remedies.init_scan import InitScales
from nncli.render.table import print_table

COLUMNS = ("init", "layer", "signal", "gradient", "verdict")


def print_init_scan(scans: Sequence[InitScales], file: TextIO) -> None:
    """Print a row for each layer with each initializer."""
    rows = [
        (scan.name, each.layer, _short(each.signal), _short(each.gradient), each.verdict)
        for scan in scans
        for each in scan.layers
    ]
    print_table(COLUMNS, rows, file)


def _short(scale: float | None) -> float | None:
    return None if scale is None else float(f"{scale:.2g}")
