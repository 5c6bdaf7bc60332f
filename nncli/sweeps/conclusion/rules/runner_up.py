"""How far the second best trial is behind, and whether that is noise."""

from __future__ import annotations

from nncli.number_format import format_number
from nncli.sweeps.conclusion.analysis import Analysis
from nncli.sweeps.conclusion.statement import Statement
from nncli.text import count_of

SEEDS = 3  # a usual number of seeds


def runner_up(analysis: Analysis) -> Statement | None:
    """Return the gap to the second best trial in standard deviations over seeds.

    It is noise if it is not larger than t σ √(2 / seeds), see `Analysis.noise`.
    """
    if len(analysis.order) < 2:
        return None
    best, second = analysis.order[:2]
    gap = float(analysis.table.costs[second] - analysis.table.costs[best])
    numbers = {"trial": analysis.number(second), "gap": gap, "as_good": analysis.as_good}
    text = f"trial {analysis.number(second)} has {analysis.value(second)}"
    if analysis.spread is None or analysis.noise is None:
        text += "; one seed cannot show how much of the difference is noise"
        change = [f"sweep.seeds={SEEDS}"] if len(analysis.table.plan.seeds) < SEEDS else []
        return Statement("runner-up", text, numbers, change)
    numbers |= {"spread": analysis.spread.value, "degrees": analysis.spread.degrees, "noise": analysis.noise}
    if gap <= 0:
        return Statement("runner-up", f"{text} too", numbers)
    if analysis.spread.value == 0:
        return Statement("runner-up", f"{text}; seeds make no difference", numbers)
    numbers["units"] = gap / analysis.spread.value
    text += f", {format_number(round(numbers['units'], 2))} standard deviations over seeds worse: "
    if gap > analysis.noise:
        return Statement("runner-up", f"{text}more than noise", numbers)
    others = analysis.as_good - 1
    more = f", and {count_of(others, 'other trial')} may be as good" if others else ""
    return Statement("runner-up", f"{text}noise{more}", numbers)
