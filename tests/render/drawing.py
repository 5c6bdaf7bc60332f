"""What tests of figures share: drawing one as saving does, reading it back, and whether it is neat."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nncli
from nncli.render.figures import registry, style
from nncli.render.figures.figure_inputs import Request

# Those of one run, which odd networks and data can put into trouble.
OF_A_NETWORK = tuple(name for name, figure in registry.declarations().items() if not figure.several_runs)


def drawn(figure: Any) -> Any:
    """Lays the figure out and draws it, as saving does: warnings about layout and glyphs are errors here."""
    with style.apply():
        figure.canvas.draw()
    return figure


def legend_texts(figure: Any) -> list[str]:
    """All words of its legends."""
    return [text.get_text() for legend in figure.legends for text in legend.get_texts()]


def inside(figure: Any, artist: Any) -> bool:
    """Whether an artist lies within the figure, so that nothing of it is cut off."""
    box, page = artist.get_window_extent(figure.canvas.get_renderer()), figure.bbox
    return box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1 and box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1


def neat(figure: Any) -> Any:
    """The figure drawn, after asserting that no panel, legend, title or word lies on another or is cut off."""
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
        words = [text for text in [*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels()] if _shown(text, axes)]
        spans = [(text.get_text(), text.get_window_extent(renderer).padded(-1)) for text in words]
        assert [(a, b) for (a, one), (b, other) in combinations(spans, 2) if one.overlaps(other)] == []
    return figure


def _shown(text: Any, axes: Any) -> bool:
    """Whether a word is drawn: the numbers of an axis are so within its limits alone."""
    if not text.get_text() or not text.get_visible() or (not axes.axison and text not in axes.texts):
        return False
    if text in axes.texts or text.get_rotation() not in (0, 90):  # slanted ones have boxes that say nothing
        return text.get_rotation() in (0, 90)
    x, y = text.get_position()
    low, high = sorted(axes.get_xlim() if text in axes.get_xticklabels() else axes.get_ylim())
    return low <= (x if text in axes.get_xticklabels() else y) <= high


def trained(folder: Path, text: str, **changes: Any) -> nncli.Model:
    """A network that was trained as an experiment file says, with settings changed by their paths, `__` for dots."""
    path = folder / "a.yaml"
    path.write_text(text)
    changed = {name.replace("__", "."): value for name, value in changes.items()}
    return nncli.load(nncli.train(path, changed, runs_dir=folder))


def figure_of(name: str, model: nncli.Model, part: Any = None) -> Any:
    """A registered figure of a network, which need not be the one that its run has saved."""
    with patch.object(Request, "model", lambda request: model):
        return registry.load(name).draw(Request([model.run], model.checkpoint, part))
