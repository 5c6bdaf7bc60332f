"""How figures look: the one place for colours, fonts, sizes and lines."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

Size: TypeAlias = tuple[float, float]  # width and height in inches

# Okabe and Ito 2008: told apart by the colour-blind too. Their yellow is left out, as it cannot be seen on white.
BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE, BLACK = (
    *("#0072B2", "#D55E00", "#009E73", "#CC79A7"),
    *("#56B4E9", "#E69F00", "#000000"),
)
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE, BLACK)
INK, MUTED, FAINT = "#222222", "#777777", "#E8E8E8"

TRAINING, DATA_LOSS, VALIDATION = "-", (0, (1, 1.4)), (0, (4, 1.6))
EDGE: Any = {"markeredgewidth": 0.4, "markeredgecolor": "white"}  # parts points that lie on one another
LONGEST_LABEL = 40  # characters
MANY_POINTS = 5_000
LARGEST = 1e100  # what lies beyond has no place on an axis, and overflows where its limits are computed

_RC: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so figures are the same everywhere
    "font.size": 9,
    "axes.titlesize": 9,
    "figure.titlesize": 10,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.grid.which": "major",
    "axes.axisbelow": True,
    "axes.formatter.useoffset": False,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.major.size": 3,
    "ytick.major.size": 3,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "lines.linewidth": 1.2,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.handlelength": 2.0,
    "image.interpolation": "bilinear",
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.w_pad": 0.08,
    "figure.constrained_layout.h_pad": 0.06,
    "svg.hashsalt": "nncli",  # the same figure is the same file
    "pdf.fonttype": 42,  # text that can be searched, as journals ask for
}


@contextmanager
def styled() -> Iterator[None]:
    """Draws in this style whatever matplotlibrc says, and leaves matplotlib as it was."""
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes; the figure is still worth having.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)
        yield


def new_figure(panels: int, size: Size, beside: Size = (0, 0)) -> tuple[Figure, list[Axes]]:
    """A figure of that many panels, at most three in a row.

    `size` is that of a panel in inches, `beside` that of what stands to the right of them all.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = panels if panels < 4 else 2
    rows = -(-panels // columns)
    figure = Figure(figsize=(columns * size[0] + beside[0], max(rows * size[1], beside[1])))
    FigureCanvasAgg(figure)  # the canvas makes itself the figure's own
    axes = [figure.add_subplot(rows, columns, number + 1) for number in range(panels)]
    return figure, axes


def colours(count: int) -> list[Any]:
    """A colour for each of some lines or classes; for more than the palette has, shades from dark to light in order."""
    if count <= len(PALETTE):
        return list(PALETTE[:count])
    import matplotlib

    return list(matplotlib.colormaps["viridis"](np.linspace(0, 0.92, count)))


def text(words: str, longest: int = LONGEST_LABEL) -> str:
    """Words as they are to be shown: cut in the middle where they are long, since runs differ at the end."""
    if len(words) > longest:
        tail = longest // 2
        words = f"{words[: longest - tail - 1]}…{words[-tail:]}"
    words = words.replace("$", r"\$")  # no formula is meant
    return f" {words}" if words.startswith("_") else words  # with an underscore in front, matplotlib would hide it


def wrapped(words: str) -> str:
    """Words over as many lines as they need, each cut where a single word is too long."""
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= LONGEST_LABEL:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(map(text, lines))


def title(figure: Figure, words: str) -> None:
    """The title of a figure, each of its lines cut where it is wider than the figure."""
    lines = words.splitlines()
    longest = max(map(len, lines))
    shown = figure.suptitle("\n".join(map(text, lines, [longest] * len(lines))))
    room = 0.97 * figure.bbox.width
    while longest > 10 and (width := shown.get_window_extent().width) > room:
        longest = min(longest - 1, int(longest * room / width))
        shown.set_text("\n".join(map(text, lines, [longest] * len(lines))))


def drawable(values: Any) -> NDArray[np.float64]:
    """Numbers with NaN, which is drawn as a gap, for all that no axis can hold."""
    numbers = np.asarray(values, np.float64)
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(numbers) < LARGEST, numbers, np.nan)


def plot_line(axes: Axes, x: Any, y: Any, **how: Any) -> None:
    """A line with gaps for NaN; a point that stands alone, which no line would show, gets a dot."""
    y = drawable(y)
    there = np.isfinite(y)
    padded = np.concatenate(([False], there, [False]))
    alone = np.flatnonzero(there & ~padded[:-2] & ~padded[2:])
    (line,) = axes.plot(x, y, **how)
    if len(alone):
        line.set(marker="o", markersize=4, markevery=[int(index) for index in alone])


def plot_points(axes: Axes, x: Any, y: Any, **how: Any) -> None:
    """Points, the smaller the more there are."""
    size = float(np.clip(90 / np.sqrt(max(len(x), 1)), 2.2, 5))
    look: dict[str, Any] = {"marker": "o", "markersize": size, "markeredgewidth": 0, "linestyle": "none"}
    # From some thousands on they are pixels in an SVG too, which would else be slow to show.
    axes.plot(x, drawable(y), rasterized=len(x) > MANY_POINTS, **{**look, **how})


def legend_below(figure: Figure, entries: Sequence[Artist]) -> None:
    """The legend in rows under the panels, where it hides nothing."""
    from matplotlib.lines import Line2D

    widths = [legend_size([entry])[0] for entry in entries]
    fits = sum(widths) <= figure.get_figwidth()
    columns = len(widths) if fits else max(int(figure.get_figwidth() / max(widths)), 1)
    legend = figure.legend(handles=list(entries), loc="outside lower center", ncols=columns)
    for handle in legend.legend_handles:
        if isinstance(handle, Line2D):
            handle.set_markersize(5)  # of thousands of points, one alone would be too small to show its colour


def whole_ticks(axes: Axes, first: float, last: float) -> None:
    """An x axis that counts, with room to either side where there is a single value."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    room = 0.5 if first == last else 0.02 * (last - first)
    axes.set_xlim(first - room, last + room)


def note(axes: Axes, words: str) -> None:
    """Words in the middle of a panel."""
    box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8}
    axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=MUTED, zorder=6, bbox=box)


def legend_size(entries: Sequence[Artist]) -> Size:
    """About how much room a legend of one column takes."""
    lines = [line for entry in entries for line in str(entry.get_label()).split("\n")]
    return 0.6 + 0.068 * max(map(len, lines)), 0.3 + 0.175 * len(lines)
