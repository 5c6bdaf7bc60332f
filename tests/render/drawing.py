"""Helpers of the tests of figures: draw a figure, read it back, and check its layout."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nncli
from nncli.render.figures import registry, style
from nncli.render.figures.figure_inputs import Request

# Figures of one network, to be tried with odd networks and data.
OF_A_NETWORK = tuple(
    name for name, figure in registry.declarations().items() if name != "curves" and figure.sweeps != "only"
)


def drawn(figure: Any) -> Any:
    """Lay out and draw a figure, as saving does. Warnings about layout and glyphs are errors in tests."""
    with style.apply():
        figure.canvas.draw()
    return figure


def legend_texts(figure: Any) -> list[str]:
    """Return all texts of the legends."""
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def inside(figure: Any, artist: Any) -> bool:
    """Return whether an artist lies within the figure, so that nothing of it is cut off."""
    box, page = artist.get_window_extent(figure.canvas.get_renderer()), figure.bbox
    return box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1 and box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1


def neat(figure: Any) -> Any:
    """Draw and return a figure. Assert that no panel, legend, title or text overlaps another or is cut off."""
    drawn(figure)
    renderer, page = figure.canvas.get_renderer(), figure.bbox.padded(1)
    boxes = {f"panel {number}": axes.get_tightbbox(renderer) for number, axes in enumerate(figure.axes)}
    boxes |= {f"legend {n}": legend.get_window_extent(renderer) for n, legend in enumerate(figure.legends)}
    if figure._suptitle is not None:
        boxes["title"] = figure._suptitle.get_window_extent(renderer)
    for name, box in boxes.items():
        assert page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1, f"{name} is cut off"
    touching = [(one, other) for one, other in combinations(boxes, 2) if boxes[one].overlaps(boxes[other])]
    assert touching == []
    for axes in figure.axes:
        texts = [*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels()]
        visible = [text for text in texts if _is_visible(text, axes)]
        spans = [(text.get_text(), text.get_window_extent(renderer).padded(-1)) for text in visible]
        assert [(a, b) for (a, one), (b, other) in combinations(spans, 2) if one.overlaps(other)] == []
    return figure


def _is_visible(text: Any, axes: Any) -> bool:
    """Return whether a text is drawn. The numbers of an axis are drawn only within its limits."""
    if not text.get_text() or not text.get_visible() or (not axes.axison and text not in axes.texts):
        return False
    if text in axes.texts or text.get_rotation() not in (0, 90):  # the bounding boxes of slanted texts overlap
        return text.get_rotation() in (0, 90)
    x, y = text.get_position()
    low, high = sorted(axes.get_xlim() if text in axes.get_xticklabels() else axes.get_ylim())
    return low <= (x if text in axes.get_xticklabels() else y) <= high


def trained(folder: Path, text: str, **changes: Any) -> nncli.Model:
    """Train an experiment with changes and return its model. Changes are named by path, with `__` for dots."""
    path = folder / "a.yaml"
    path.write_text(text)
    overrides = {name.replace("__", "."): value for name, value in changes.items()}
    return nncli.load(nncli.train(path, overrides, runs_dir=folder))


def figure_of(name: str, model: nncli.Model, part: Any = None) -> Any:
    """Draw a registered figure of a model, even if it differs from the one saved in its run."""
    with patch.object(Request, "model", lambda request: model):
        return registry.load(name).draw(Request([model.run], model.checkpoint, part))
