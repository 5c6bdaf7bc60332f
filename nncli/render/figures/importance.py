"""The share of the differences between trials of a sweep that each parameter explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nncli.errors import UsageError
from nncli.number_format import format_percent
from nncli.render.figures import style
from nncli.render.figures.figure_inputs import Request
from nncli.render.figures.palette import palette
from nncli.render.figures.registry import figure
from nncli.render.figures.sweep_trials import SweepTrials, sweep_trials

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BAR, AROUND, WIDTH = 0.32, 1.5, 6.0  # inches
MAX_BARS = 20
LEAST = 0.05  # share at the end of the axis, even if all are smaller
ROOM = 1.18  # for the percentage beside the longest bar
LONGEST = 34  # characters of a label


@figure(
    shows="the share of the variance that each parameter explains",
    help="share of a sweep's variance that each parameter explains",
    needs="a sweep with at least 6 results",
    sweeps="only",
    place=230,
    pictures={"importance": "sine/sweep"},
)
def draw(request: Request) -> Figure:
    """Draw the shares of the conclusion. Raises UsageError if the trials do not determine them."""
    return importance(sweep_trials(request))


@style.apply()
def importance(trials: SweepTrials) -> Figure:
    """Draw a bar for each parameter and each pair that acts in combination, largest first, and one for the rest."""
    from matplotlib.patches import Patch

    result = trials.analysis.importance
    if not result.shares:
        message = f"cannot tell which parameters matter from {result.results} results"
        raise UsageError(message, place=trials.name, hint="add trials: nncli sweep --resume SWEEP --trials N")
    looks = {
        "matters": palette().blue,
        "unclear": palette().sky,
        "does not matter": palette().muted,
        "not explained": palette().faint,
    }
    bars = [(each.name, max(each.share, 0.0), str(each.verdict)) for each in result.shares[:MAX_BARS]]
    verdicts = {verdict for *_, verdict in bars}
    if "matters" in verdicts:  # otherwise the rest is all
        bars.append(("rest, with unclear ones" if "unclear" in verdicts else "rest", result.rest, "not explained"))
    figure, (axes,) = style.new_figure(1, (WIDTH, BAR * len(bars) + AROUND))
    for position, (_, share, verdict) in enumerate(bars):
        axes.barh(position, share, height=0.68, color=looks[verdict])
        text = format_percent(share)
        axes.annotate(text, (share, position), (4, 0), textcoords="offset points", va="center", fontsize=8)
    axes.set_yticks(range(len(bars)), [style.label(name, LONGEST) for name, *_ in bars])
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_xlim(0, ROOM * max(LEAST, *(share for _, share, _ in bars)))
    axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    axes.grid(visible=False)
    axes.set_xlabel(style.label(f"share of the variance of the ranks by {trials.analysis.metric}", 60))
    axes.tick_params(axis="y", length=0)
    style.title(figure, trials.title)
    present = dict.fromkeys(verdict for *_, verdict in bars)
    style.legend_below(figure, [Patch(color=looks[verdict], label=verdict) for verdict in present])
    return figure
