"""Figures in a page: SVG that follows the colours of the page, which is light, dark or printed."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING

from nncli.render.figures import style
from nncli.render.figures.palette import LIGHT, Palette
from nncli.render.report.markup import Markup, tag

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def css_variables(palette: Palette) -> str:
    """Return a palette as variables of a style sheet."""
    return " ".join(f"--{name}: {value};" for name, value in palette._asdict().items() if isinstance(value, str))


@style.apply()
def svg(figure: Figure, label: str) -> Markup:
    """Return a figure as an SVG element. Screen readers read the label."""
    image = BytesIO()
    figure.savefig(image, format="svg", transparent=True, metadata={"Date": None})
    text = image.getvalue().decode()
    svg = text[text.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    # A size in points would make the figure wider than a phone; the view box alone keeps its proportions.
    svg = re.sub(r'(<svg[^>]*?) (?:width|height)="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) (?:width|height)="[^"]*"', r"\1", svg, count=1)
    for name, colour in LIGHT._asdict().items():
        if isinstance(colour, str):
            svg = re.sub(f"{colour}(?![0-9a-f])", f"var(--{name})", svg, flags=re.IGNORECASE)
    return Markup(svg.replace("<svg", f'<svg role="img" aria-label="{tag("i", label)[3:-4]}"', 1))
