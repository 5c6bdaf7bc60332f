"""How figures look: sizes, lines and text; fonts are in matplotlib_settings.py, the colours in palette.py."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nncli.render.figures.matplotlib_settings import RC
from nncli.render.figures.palette import Palette, palette
from nncli.render.figures.thinning import thin, thin_band
from nncli.render.limits import LARGEST

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

Size: TypeAlias = tuple[float, float]  # width and height in inches

TRAINING, DATA_LOSS, VALIDATION, PENALTY = "-", (0, (1, 1.4)), (0, (4, 1.6)), (0, (5, 1.4, 1, 1.4))
MAX_LABEL_LENGTH = 40  # characters
MANY_POINTS = 5_000
LUMINANCE = (0.2126, 0.7152, 0.0722)  # of red, green and blue


@contextmanager
def apply() -> Iterator[None]:
    """Draws in this style whatever matplotlibrc says, and leaves matplotlib as it was."""
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        # A name in a script that the font lacks is drawn as boxes; the figure is still worth having.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC | _colours_of(palette()))
        yield


def _colours_of(shown: Palette) -> dict[str, str]:
    """The settings that hang on the page."""
    inked = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    paged = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
    return dict.fromkeys(inked, shown.ink) | dict.fromkeys(paged, shown.page) | {"grid.color": shown.faint}


def edge() -> dict[str, Any]:
    """What parts points that lie on one another."""
    return {"markeredgewidth": 0.4, "markeredgecolor": palette().page}


def new_figure(panels: int, size: Size, beside: Size = (0, 0), columns: int | None = None) -> tuple[Figure, list[Axes]]:
    """A figure of that many panels, at most three in a row where `columns` does not say how many.

    `size` is that of a panel in inches, `beside` that of what stands to the right of them all.
    """
    columns = columns or {1: 1, 2: 2, 4: 2}.get(panels, 3)
    rows = -(-panels // columns)
    figure = blank_figure((columns * size[0] + beside[0], max(rows * size[1], beside[1])))
    return figure, [figure.add_subplot(rows, columns, number + 1) for number in range(panels)]


def blank_figure(size: Size) -> Figure:
    """A figure without panels, in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)  # the canvas makes itself the figure's own
    return figure


def colours(count: int) -> list[Any]:
    """A colour for each of some lines or classes; for more than the palette has, shades from dark to light in order."""
    if count <= len(palette().lines):
        return list(palette().lines[:count])
    import matplotlib

    return list(matplotlib.colormaps["viridis"](np.linspace(*palette().shades, count)))


def ramp(*through: str) -> Any:
    """The colours from that of the page to another; of two, from the first by way of the page to the second."""
    from matplotlib.colors import LinearSegmentedColormap

    page = palette().page
    ends = (page, through[0]) if len(through) == 1 else (through[0], page, through[1])
    return LinearSegmentedColormap.from_list("ramp", ends)


def blend(one: Any, other: Any, share: float) -> Any:
    """A colour between two, which has that share of the second."""
    from matplotlib.colors import to_rgb

    return tuple((1 - share) * a + share * b for a, b in zip(to_rgb(one), to_rgb(other), strict=True))


def readable_on(colour: Any) -> str:
    """The ink or the page's colour, whichever stands out more against another."""
    ink, page = palette().ink, palette().page
    return ink if contrast(colour, ink) >= contrast(colour, page) else page


def contrast(one: Any, other: Any) -> float:
    """How much two colours stand out against each other, from 1 to 21.

        (L₁ + 0.05) / (L₂ + 0.05), L₁ the greater of the relative luminances

    Source: Web Content Accessibility Guidelines 2.2.
    """
    from matplotlib.colors import to_rgb

    parts = np.array([to_rgb(one), to_rgb(other)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    darker, lighter = sorted(linear @ LUMINANCE)
    return float((lighter + 0.05) / (darker + 0.05))


def number(value: float) -> str:
    """A number in few digits, as one would write it."""
    return (f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}").replace("-", "−")


def text(words: str, longest: int = MAX_LABEL_LENGTH) -> str:
    """Words as they are to be shown: cut in the middle where they are long, since runs differ at the end."""
    if len(words) > longest:
        tail = longest // 2
        words = f"{words[: longest - tail - 1]}…{words[-tail:]}"
    words = words.replace("$", r"\$")  # no formula is meant
    return f" {words}" if words.startswith("_") else words  # with an underscore in front, matplotlib would hide it


def wrap(words: str) -> str:
    """Words over as many lines as they need, each cut where a single word is too long."""
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= MAX_LABEL_LENGTH:
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
    x, y = thin(np.asarray(x), drawable(y))
    there = np.isfinite(y)
    padded = np.concatenate(([False], there, [False]))
    alone = np.flatnonzero(there & ~padded[:-2] & ~padded[2:])
    (line,) = axes.plot(x, y, **how)
    if len(alone):
        line.set(marker="o", markersize=4, markevery=[int(index) for index in alone])


def plot_band(axes: Axes, x: Any, low: Any, high: Any, **how: Any) -> None:
    """The area between two lines, of a long one as wide as it is anywhere in each of many short pieces."""
    x, low, high = thin_band(np.asarray(x), drawable(low), drawable(high))
    low, high = drawable(low), drawable(high)  # a piece without numbers is a gap
    axes.fill_between(x, low, high, **{"alpha": 0.22, "linewidth": 0, **how})


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
    box = {"facecolor": palette().page, "edgecolor": "none", "alpha": 0.8}
    axes.text(
        0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=palette().muted, zorder=6, bbox=box
    )


def legend_size(entries: Sequence[Artist]) -> Size:
    """About how much room a legend of one column takes."""
    lines = [line for entry in entries for line in str(entry.get_label()).split("\n")]
    return 0.6 + 0.068 * max(map(len, lines)), 0.3 + 0.175 * len(lines)
