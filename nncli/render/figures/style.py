"""The style of figures: sizes, lines and text. Fonts are in matplotlib_settings.py, colours in palette.py."""

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
    """Apply the style in this context, whatever matplotlibrc contains, and restore the settings afterwards."""
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        # Characters that the font lacks are drawn as boxes; the figure is still useful.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(RC | _colours_of(palette()))
        yield


def _colours_of(colours: Palette) -> dict[str, str]:
    """Return the settings that depend on the palette."""
    ink = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color")
    page = ("figure.facecolor", "axes.facecolor", "savefig.facecolor")
    return dict.fromkeys(ink, colours.ink) | dict.fromkeys(page, colours.page) | {"grid.color": colours.faint}


def edge() -> dict[str, Any]:
    """Return the edge that separates overlapping points."""
    return {"markeredgewidth": 0.4, "markeredgecolor": palette().page}


def new_figure(panels: int, size: Size, beside: Size = (0, 0), columns: int | None = None) -> tuple[Figure, list[Axes]]:
    """Return a figure of that many panels in `columns` columns, by default at most three.

    `size` is the size of a panel in inches, `beside` the size of the area to the right of all panels.
    """
    columns = columns or {1: 1, 2: 2, 4: 2}.get(panels, 3)
    rows = -(-panels // columns)
    figure = blank_figure((columns * size[0] + beside[0], max(rows * size[1], beside[1])))
    return figure, [figure.add_subplot(rows, columns, number + 1) for number in range(panels)]


def blank_figure(size: Size) -> Figure:
    """Return a figure without panels; the size is in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size)
    FigureCanvasAgg(figure)  # attaches itself to the figure
    return figure


def colours(count: int) -> list[Any]:
    """Return colours for that many lines or classes: those of the palette, or ordered shades if it has too few."""
    if count <= len(palette().lines):
        return list(palette().lines[:count])
    import matplotlib

    return list(matplotlib.colormaps["viridis"](np.linspace(*palette().shades, count)))


def colour_map(*through: str) -> Any:
    """Return a colour map from the page's colour to another, or from one colour through the page's to a second."""
    from matplotlib.colors import LinearSegmentedColormap

    page = palette().page
    ends = (page, through[0]) if len(through) == 1 else (through[0], page, through[1])
    return LinearSegmentedColormap.from_list("colour_map", ends)


def blend(one: Any, other: Any, share: float) -> Any:
    """Blend two colours, with that share of the second."""
    from matplotlib.colors import to_rgb

    return tuple((1 - share) * a + share * b for a, b in zip(to_rgb(one), to_rgb(other), strict=True))


def readable_on(colour: Any) -> str:
    """Return the ink or the page's colour, whichever has more contrast with a colour."""
    ink, page = palette().ink, palette().page
    return ink if contrast(colour, ink) >= contrast(colour, page) else page


def contrast(one: Any, other: Any) -> float:
    """Return the contrast ratio of two colours, from 1 to 21.

        (L₁ + 0.05) / (L₂ + 0.05), L₁ the greater of the relative luminances

    Source: Web Content Accessibility Guidelines 2.2.
    """
    from matplotlib.colors import to_rgb

    parts = np.array([to_rgb(one), to_rgb(other)])
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    darker, lighter = sorted(linear @ LUMINANCE)
    return float((lighter + 0.05) / (darker + 0.05))


def format_number(value: float) -> str:
    """Format a number with three significant digits, without an exponent from 1,000 to 10 million."""
    return (f"{value:,.0f}" if 1000 <= abs(value) < 1e7 else f"{value:.3g}").replace("-", "−")


def label(words: str, longest: int = MAX_LABEL_LENGTH) -> str:
    """Prepare words for Matplotlib: escaped, and cut in the middle if they are long, since runs differ at the end."""
    if len(words) > longest:
        tail = longest // 2
        words = f"{words[: longest - tail - 1]}…{words[-tail:]}"
    words = words.replace("$", r"\$")  # not a formula
    return f" {words}" if words.startswith("_") else words  # Matplotlib hides labels that begin with an underscore


def wrap(words: str) -> str:
    """Wrap words over several lines; a single word that is too long is cut."""
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= MAX_LABEL_LENGTH:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(map(label, lines))


def title(figure: Figure, words: str) -> None:
    """Set the title of a figure. Lines that are wider than the figure are cut."""
    lines = words.splitlines()
    longest = max(map(len, lines))
    artist = figure.suptitle("\n".join(map(label, lines, [longest] * len(lines))))
    room = 0.97 * figure.bbox.width
    while longest > 10 and (width := artist.get_window_extent().width) > room:
        longest = min(longest - 1, int(longest * room / width))
        artist.set_text("\n".join(map(label, lines, [longest] * len(lines))))


def drawable(values: Any) -> NDArray[np.float64]:
    """Replace numbers that are too large or not finite with NaN, which is drawn as a gap."""
    numbers = np.asarray(values, np.float64)
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(numbers) < LARGEST, numbers, np.nan)


def plot_line(axes: Axes, x: Any, y: Any, **options: Any) -> None:
    """Draw a line with gaps for NaN. A point between two gaps gets a dot, since no line would show it."""
    x, y = thin(np.asarray(x), drawable(y))
    finite = np.isfinite(y)
    padded = np.concatenate(([False], finite, [False]))
    isolated = np.flatnonzero(finite & ~padded[:-2] & ~padded[2:])
    (line,) = axes.plot(x, y, **options)
    if len(isolated):
        line.set(marker="o", markersize=4, markevery=[int(index) for index in isolated])


def plot_band(axes: Axes, x: Any, low: Any, high: Any, **options: Any) -> None:
    """Fill the area between two lines. A long band is thinned to the extremes of short pieces."""
    x, low, high = thin_band(np.asarray(x), drawable(low), drawable(high))
    low, high = drawable(low), drawable(high)  # a piece without numbers is a gap
    axes.fill_between(x, low, high, **{"alpha": 0.22, "linewidth": 0, **options})


def plot_points(axes: Axes, x: Any, y: Any, **options: Any) -> None:
    """Draw points; their size decreases with their number."""
    size = float(np.clip(90 / np.sqrt(max(len(x), 1)), 2.2, 5))
    look: dict[str, Any] = {"marker": "o", "markersize": size, "markeredgewidth": 0, "linestyle": "none"}
    # Thousands of vector points make an SVG slow to display.
    axes.plot(x, drawable(y), rasterized=len(x) > MANY_POINTS, **{**look, **options})


def legend_below(figure: Figure, entries: Sequence[Artist]) -> None:
    """Add a legend in rows below the panels."""
    from matplotlib.lines import Line2D

    widths = [legend_size([entry])[0] for entry in entries]
    fits = sum(widths) <= figure.get_figwidth()
    columns = len(widths) if fits else max(int(figure.get_figwidth() / max(widths)), 1)
    legend = figure.legend(handles=list(entries), loc="outside lower center", ncols=columns)
    for handle in legend.legend_handles:
        if isinstance(handle, Line2D):
            handle.set_markersize(5)  # the markers of thousands of points are too small to show their colour


def integer_ticks(axes: Axes, first: float, last: float) -> None:
    """Put ticks of an x axis at whole numbers, and set its limits from the first to the last value, with a margin."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    margin = 0.5 if first == last else 0.02 * (last - first)
    axes.set_xlim(first - margin, last + margin)


def log_scale(axes: Axes) -> None:
    """Set a log scale on the y axis if its lines have positive values."""
    values = np.concatenate([np.asarray(line.get_ydata(), float) for line in axes.get_lines()])
    if np.any(values > 0):
        axes.set_yscale("log", nonpositive="mask")
    elif not np.isfinite(values).any():
        note(axes, "no finite value")


def note(axes: Axes, words: str) -> None:
    """Write words in the middle of a panel."""
    box = {"facecolor": palette().page, "edgecolor": "none", "alpha": 0.8}
    axes.text(
        0.5, 0.5, words, transform=axes.transAxes, ha="center", va="center", color=palette().muted, zorder=6, bbox=box
    )


def legend_size(entries: Sequence[Artist]) -> Size:
    """Return the approximate size of a legend of one column."""
    lines = [line for entry in entries for line in str(entry.get_label()).split("\n")]
    return 0.6 + 0.068 * max(map(len, lines)), 0.3 + 0.175 * len(lines)
