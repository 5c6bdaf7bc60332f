"""The frames of a film: the fit of each run above, and below the loss up to the same epoch."""

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

COLOURS = (LIGHT.vermilion, LIGHT.blue)  # one for each run
WIDTHS, FIT_HEIGHT, SQUARE_HEIGHT, LOSS_HEIGHT = (5.6, 4.4), 3.2, 4.4, 1.7  # inches; width of one fit, of each of two
DPI = 100
FADED = 0.25  # opacity of the loss curve after the current epoch


def frame_epochs(runs: Sequence[FilmedRun], count: int) -> list[int]:
    """Return the epochs of the frames: all snapshots, or `count` of them including the first and the last."""
    snapshots = sorted({epochs for run in runs for epochs in run.snapshot_epochs})
    if len(snapshots) <= count:
        return snapshots
    # Count from the end, so that a film of one frame shows the last snapshot.
    indices = np.linspace(len(snapshots) - 1, 0, count).round().astype(int)
    return [snapshots[index] for index in sorted(set(indices))]


class Picture:
    """The figure of a film. It is laid out once; for each frame, only the parts that move are drawn again."""

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
            self._background = self._draw_background()

    def _name_colour(self, colour: Any) -> Any:
        return colour if len(self._runs) > 1 else LIGHT.ink

    def _moving(self) -> list[tuple[Axes, Artist]]:
        scenes = [(scene.axes, artist) for scene in self.scenes for artist in scene.moving]
        captions = [(each.axes, text) for each in self.captions for text in each.texts]
        return [*scenes, *captions, *((self.loss, artist) for curve in self._curves for artist in curve.artists)]

    def _draw_background(self) -> Any:
        """Lay out the figure, and return the pixels of the parts that do not move."""
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
        """Update the moving parts to the state after that many epochs."""
        for run, scene, caption, curve in zip(self._runs, self.scenes, self.captions, self._curves, strict=True):
            snapshot = run.last_snapshot(epochs)
            scene.show(run.network(snapshot))
            caption.show(snapshot)
            curve.show(snapshot)

    def pixels(self, epochs: int) -> NDArray[np.uint8]:
        """Draw the state after that many epochs as pixels (height, width, 3)."""
        canvas: Any = self.figure.canvas
        with style.apply():
            self.show(epochs)
            canvas.restore_region(self._background)
            for axes, artist in self._moving():
                axes.draw_artist(artist)
        return np.asarray(canvas.buffer_rgba())[..., :3].copy()


class _Caption:
    """The caption above the fit of a run: its label, epoch and loss."""

    def __init__(self, axes: Axes, run: FilmedRun, colour: Any) -> None:
        self.axes, self._run = axes, run
        # Digits have equal widths, so a text that is aligned to the left does not jitter as the number grows.
        self._epoch = self._text(0, 4, ha="left")
        self._loss = self._text(1, 4, ha="right")
        self.texts = [self._epoch, self._loss]
        name = self._text(0, 18, ha="left", color=colour, weight="bold")
        name.set_text(style.label(run.label))
        longest, room = len(run.label), axes.get_window_extent().width
        while longest > 8 and name.get_window_extent().width > room:
            longest -= 1
            name.set_text(style.label(run.label, longest))

    def _text(self, x: float, points: float, **options: Any) -> Any:
        """Add a text some points above the fit, so that the spacing of lines does not depend on its height."""
        options |= {"xycoords": "axes fraction", "textcoords": "offset points"}
        return self.axes.annotate("", (x, 1), xytext=(0, points), va="bottom", annotation_clip=False, **options)

    def show(self, epochs: int) -> None:
        loss, diverged = self._run.loss(epochs), self._run.diverged
        words = f"loss {loss:.4f}" if 0.01 <= loss < 1e4 else f"loss {loss:.2e}"
        self._epoch.set_text(f"epoch {epochs:,}")
        self._loss.set_text(words if diverged is None or epochs < diverged else divergence_text([diverged]))


class _Curve:
    """The loss of a run: a line up to the current epoch with a dot at its end, and a faint line for later epochs."""

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
        count = self._run.count_losses(epochs)
        self._line.set_data(self._run.epochs[:count], self._losses[:count])
        self._dot.set_data(self._run.epochs[count - 1 : count], self._losses[count - 1 : count])


def _panels(runs: Sequence[FilmedRun]) -> tuple[Figure, list[Axes], Axes]:
    """Return a figure, its panels for the fits side by side, and the panel below for the losses."""
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
    """Set the scale, labels and limits of the loss panel for the whole film."""
    losses = np.concatenate([style.drawable(run.losses) for run in runs])
    finite = losses[np.isfinite(losses)]
    positive = finite[finite > 0]
    if not len(finite):
        style.note(panel, "no finite loss")
    elif len(positive) and math.log10(positive.max() / positive.min()) > DECADES_FOR_LOG:
        panel.set_yscale("log", nonpositive="mask")
    panel.set(xlabel="epoch", ylabel="loss")
    style.integer_ticks(panel, 0, max(run.snapshot_epochs[-1] for run in runs))
    panel.set_ylim(panel.get_ylim())
