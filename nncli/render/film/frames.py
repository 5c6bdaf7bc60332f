"""The pictures of a film: the fit of each run above, the loss running along below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nncli.render.divergence import divergence_text
from nncli.render.figures import style
from nncli.render.figures.curves import DECADES_FOR_LOG
from nncli.render.figures.palette import LIGHT
from nncli.render.figures.vertical_lines import plot_vertical_line
from nncli.render.film.filmed_runs import FilmedRun
from nncli.render.film.scenes import Scene, scene_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (LIGHT.vermilion, LIGHT.blue)  # of the runs, in their fits and in the panel of the loss
WIDTHS, FIT_HEIGHT, SQUARE_HEIGHT, LOSS_HEIGHT = (5.6, 4.4), 3.2, 4.4, 1.7  # inches; widths: of one, of each of two
DPI = 100
FADED = 0.25


def frame_epochs(runs: Sequence[FilmedRun], count: int) -> list[int]:
    """After how many epochs there is a frame: at every snapshot of a run, or at `count` of them, the ends included."""
    every = sorted({epochs for run in runs for epochs in run.snapshot_epochs})
    if len(every) <= count:
        return every
    chosen = np.linspace(len(every) - 1, 0, count).round().astype(int)  # from the end, which a film of one frame shows
    return [every[index] for index in sorted(set(chosen))]


class Picture:
    """The figure of a film, changed in place from moment to moment: axes stay, and only what moves is drawn anew."""

    def __init__(self, runs: Sequence[FilmedRun]) -> None:
        self._runs = runs
        with style.apply():
            self.figure, fits, self.loss = _panels(runs)
            make = scene_of(runs[0].data)
            pairs = list(zip(fits, runs, COLOURS, strict=False))
            self.scenes: list[Scene] = [make(axes, run, runs, colour) for axes, run, colour in pairs]
            self.captions = [_Caption(axes, run, self._name_colour(colour)) for axes, run, colour in pairs]
            self._curves = [_Curve(self.loss, run, colour) for _, run, colour in pairs]
            _finish(self.loss, runs)
            for axes in fits[1:]:
                axes.set_ylabel("")
            if self.scenes[0].legend:
                style.legend_below(self.figure, self.scenes[0].legend)
            self._background = self._drawn_once()

    def _name_colour(self, colour: Any) -> Any:
        return colour if len(self._runs) > 1 else LIGHT.ink

    def _moving(self) -> list[tuple[Axes, Artist]]:
        scenes = [(scene.axes, artist) for scene in self.scenes for artist in scene.moving]
        captions = [(each.axes, text) for each in self.captions for text in each.texts]
        return [*scenes, *captions, *((self.loss, artist) for curve in self._curves for artist in curve.artists)]

    def _drawn_once(self) -> Any:
        """The layout, found once for all frames, and the pixels of what never moves."""
        self.show(max(run.snapshot_epochs[-1] for run in self._runs))
        self.figure.canvas.draw()
        self.figure.set_layout_engine("none")
        moving = [artist for _, artist in self._moving()]
        for artist in moving:
            artist.set_animated(True)
        self.figure.canvas.draw()
        for artist in moving:
            artist.set_animated(False)
        return self.figure.canvas.copy_from_bbox(self.figure.bbox)  # type: ignore[attr-defined]

    def show(self, epochs: int) -> None:
        """Changes all that moves to what it was after so many epochs."""
        for run, scene, caption, curve in zip(self._runs, self.scenes, self.captions, self._curves, strict=True):
            moment = run.moment(epochs)
            scene.show(run.network(moment))
            caption.show(moment)
            curve.show(moment)

    def pixels(self, epochs: int) -> NDArray[np.uint8]:
        """The picture after so many epochs as pixels (height, width, 3)."""
        canvas: Any = self.figure.canvas
        with style.apply():
            self.show(epochs)
            canvas.restore_region(self._background)
            for axes, artist in self._moving():
                axes.draw_artist(artist)
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()


class _Caption:
    """What tells a run from the other, its epoch and its loss, over its fit."""

    def __init__(self, axes: Axes, run: FilmedRun, colour: Any) -> None:
        self.axes, self._run = axes, run
        # Digits are all of one width, so from its left end a text does not tremble while it counts.
        self._epoch = self._text(0, 4, ha="left")
        self._loss = self._text(1, 4, ha="right")
        self.texts = [self._epoch, self._loss]
        name = self._text(0, 18, ha="left", color=colour, weight="bold")
        name.set_text(style.text(run.label))
        longest, room = len(run.label), axes.get_window_extent().width
        while longest > 8 and name.get_window_extent().width > room:
            longest -= 1
            name.set_text(style.text(run.label, longest))

    def _text(self, x: float, points: float, **how: Any) -> Any:
        """A text some points over the fit, so that lines keep their distance whatever its height."""
        place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
        return self.axes.annotate("", (x, 1), xytext=(0, points), va="bottom", annotation_clip=False, **place, **how)

    def show(self, epochs: int) -> None:
        loss, diverged = self._run.loss(epochs), self._run.diverged
        words = f"loss {loss:.4f}" if 0.01 <= loss < 1e4 else f"loss {loss:.2e}"
        self._epoch.set_text(f"epoch {epochs:,}")
        self._loss.set_text(words if diverged is None or epochs < diverged else divergence_text([diverged]))


class _Curve:
    """The loss up to an epoch, and a dot where it is; what is to come is faint."""

    def __init__(self, axes: Axes, run: FilmedRun, colour: Any) -> None:
        self._run = run
        self._losses = style.drawable(run.losses)
        axes.plot(run.epochs, self._losses, color=colour, linewidth=0.8, alpha=FADED)
        if run.diverged is not None:
            plot_vertical_line(axes, run.diverged, colour)
        (self._line,) = axes.plot([], [], color=colour)
        (self._dot,) = axes.plot([], [], color=colour, marker="o", markersize=5, markeredgecolor="white", zorder=5)
        self.artists = [self._line, self._dot]

    def show(self, epochs: int) -> None:
        count = self._run.until(epochs)
        self._line.set_data(self._run.epochs[:count], self._losses[:count])
        self._dot.set_data(self._run.epochs[count - 1 : count], self._losses[count - 1 : count])


def _panels(runs: Sequence[FilmedRun]) -> tuple[Figure, list[Axes], Axes]:
    """A figure with a panel for the fit of each run, which share their axes, and one below for the loss of all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = SQUARE_HEIGHT if scene_of(runs[0].data).square else FIT_HEIGHT  # type: ignore[attr-defined]
    size = (len(runs) * WIDTHS[len(runs) - 1], height + LOSS_HEIGHT)
    figure = Figure(figsize=size, dpi=DPI)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, len(runs), height_ratios=(height, LOSS_HEIGHT))
    fits = [figure.add_subplot(grid[0, column]) for column in range(len(runs))]
    return figure, fits, figure.add_subplot(grid[1, :])


def _finish(panel: Axes, runs: Sequence[FilmedRun]) -> None:
    """Scale, labels and limits of the loss, which stay as they are through the film."""
    losses = np.concatenate([style.drawable(run.losses) for run in runs])
    finite = losses[np.isfinite(losses)]
    positive = finite[finite > 0]
    if not len(finite):
        style.note(panel, "no finite loss")
    elif len(positive) and math.log10(positive.max() / positive.min()) > DECADES_FOR_LOG:
        panel.set_yscale("log", nonpositive="mask")
    panel.set(xlabel="epoch", ylabel="loss")
    style.whole_ticks(panel, 0, max(run.snapshot_epochs[-1] for run in runs))
    panel.set_ylim(panel.get_ylim())
