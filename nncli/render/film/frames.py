"""The pictures of a film: the fit of each run above, the loss running along below."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nncli.render.divergence import divergence_words
from nncli.render.figures import style
from nncli.render.figures.curves import DECADES_FOR_LOG
from nncli.render.figures.palette import LIGHT
from nncli.render.figures.upright import plot_upright
from nncli.render.film.reels import Reel
from nncli.render.film.scenes import Scene, scene_of

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = (LIGHT.vermilion, LIGHT.blue)  # of the runs, in their fits and in the panel of the loss
WIDTHS, FIT_HEIGHT, SQUARE_HEIGHT, LOSS_HEIGHT = (5.6, 4.4), 3.2, 4.4, 1.7  # inches; widths: of one, of each of two
DPI = 100
FADED = 0.25


def moments(reels: Sequence[Reel], count: int) -> list[int]:
    """After how many epochs there is a frame: at every snapshot of a run, or at `count` of them, the ends included."""
    every = sorted({moment for reel in reels for moment in reel.moments})
    if len(every) <= count:
        return every
    chosen = np.linspace(len(every) - 1, 0, count).round().astype(int)  # from the end, which a film of one frame shows
    return [every[index] for index in sorted(set(chosen))]


class Picture:
    """The figure of a film, changed in place from moment to moment: axes stay, and only what moves is drawn anew."""

    def __init__(self, reels: Sequence[Reel]) -> None:
        self._reels = reels
        with style.styled():
            self.figure, fits, self.loss = _panels(reels)
            make = scene_of(reels[0].data)
            pairs = list(zip(fits, reels, COLOURS, strict=False))
            self.scenes: list[Scene] = [make(axes, reel, reels, colour) for axes, reel, colour in pairs]
            self.captions = [_Caption(axes, reel, self._name_colour(colour)) for axes, reel, colour in pairs]
            self._curves = [_Curve(self.loss, reel, colour) for _, reel, colour in pairs]
            _finish(self.loss, reels)
            for axes in fits[1:]:
                axes.set_ylabel("")
            if self.scenes[0].legend:
                style.legend_below(self.figure, self.scenes[0].legend)
            self._background = self._drawn_once()

    def _name_colour(self, colour: Any) -> Any:
        return colour if len(self._reels) > 1 else LIGHT.ink

    def _moving(self) -> list[tuple[Axes, Artist]]:
        scenes = [(scene.axes, artist) for scene in self.scenes for artist in scene.moving]
        captions = [(each.axes, text) for each in self.captions for text in each.texts]
        return [*scenes, *captions, *((self.loss, artist) for curve in self._curves for artist in curve.artists)]

    def _drawn_once(self) -> Any:
        """The layout, found once for all frames, and the pixels of what never moves."""
        self.show(max(reel.moments[-1] for reel in self._reels))
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
        for reel, scene, caption, curve in zip(self._reels, self.scenes, self.captions, self._curves, strict=True):
            moment = reel.moment(epochs)
            scene.show(reel.network(moment))
            caption.show(moment)
            curve.show(moment)

    def pixels(self, epochs: int) -> NDArray[np.uint8]:
        """The picture after so many epochs as pixels (height, width, 3)."""
        canvas: Any = self.figure.canvas
        with style.styled():
            self.show(epochs)
            canvas.restore_region(self._background)
            for axes, artist in self._moving():
                axes.draw_artist(artist)
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()


class _Caption:
    """What tells a run from the other, its epoch and its loss, over its fit."""

    def __init__(self, axes: Axes, reel: Reel, colour: Any) -> None:
        self.axes, self._reel = axes, reel
        # Digits are all of one width, so from its left end a text does not tremble while it counts.
        self._epoch = self._text(0, 4, ha="left")
        self._loss = self._text(1, 4, ha="right")
        self.texts = [self._epoch, self._loss]
        name = self._text(0, 18, ha="left", color=colour, weight="bold")
        name.set_text(style.text(reel.label))
        longest, room = len(reel.label), axes.get_window_extent().width
        while longest > 8 and name.get_window_extent().width > room:
            longest -= 1
            name.set_text(style.text(reel.label, longest))

    def _text(self, x: float, points: float, **how: Any) -> Any:
        """A text some points over the fit, so that lines keep their distance whatever its height."""
        place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points"}
        return self.axes.annotate("", (x, 1), xytext=(0, points), va="bottom", annotation_clip=False, **place, **how)

    def show(self, epochs: int) -> None:
        loss, diverged = self._reel.loss(epochs), self._reel.diverged
        words = f"loss {loss:.4f}" if 0.01 <= loss < 1e4 else f"loss {loss:.2e}"
        self._epoch.set_text(f"epoch {epochs:,}")
        self._loss.set_text(words if diverged is None or epochs < diverged else divergence_words([diverged]))


class _Curve:
    """The loss up to an epoch, and a dot where it is; what is to come is faint."""

    def __init__(self, axes: Axes, reel: Reel, colour: Any) -> None:
        self._reel = reel
        self._losses = style.drawable(reel.losses)
        axes.plot(reel.epochs, self._losses, color=colour, linewidth=0.8, alpha=FADED)
        if reel.diverged is not None:
            plot_upright(axes, reel.diverged, colour)
        (self._line,) = axes.plot([], [], color=colour)
        (self._dot,) = axes.plot([], [], color=colour, marker="o", markersize=5, markeredgecolor="white", zorder=5)
        self.artists = [self._line, self._dot]

    def show(self, epochs: int) -> None:
        count = self._reel.until(epochs)
        self._line.set_data(self._reel.epochs[:count], self._losses[:count])
        self._dot.set_data(self._reel.epochs[count - 1 : count], self._losses[count - 1 : count])


def _panels(reels: Sequence[Reel]) -> tuple[Figure, list[Axes], Axes]:
    """A figure with a panel for the fit of each run, which share their axes, and one below for the loss of all."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    height = SQUARE_HEIGHT if scene_of(reels[0].data).square else FIT_HEIGHT  # type: ignore[attr-defined]
    size = (len(reels) * WIDTHS[len(reels) - 1], height + LOSS_HEIGHT)
    figure = Figure(figsize=size, dpi=DPI)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, len(reels), height_ratios=(height, LOSS_HEIGHT))
    fits = [figure.add_subplot(grid[0, column]) for column in range(len(reels))]
    return figure, fits, figure.add_subplot(grid[1, :])


def _finish(panel: Axes, reels: Sequence[Reel]) -> None:
    """Scale, labels and limits of the loss, which stay as they are through the film."""
    losses = np.concatenate([style.drawable(reel.losses) for reel in reels])
    finite = losses[np.isfinite(losses)]
    positive = finite[finite > 0]
    if not len(finite):
        style.note(panel, "no finite loss")
    elif len(positive) and math.log10(positive.max() / positive.min()) > DECADES_FOR_LOG:
        panel.set_yscale("log", nonpositive="mask")
    panel.set(xlabel="epoch", ylabel="loss")
    style.whole_ticks(panel, 0, max(reel.moments[-1] for reel in reels))
    panel.set_ylim(panel.get_ylim())
