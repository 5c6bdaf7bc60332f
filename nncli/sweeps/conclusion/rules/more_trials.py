"""The use of more trials."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nncli.number_format import format_number, format_percent
from nncli.sweeps.conclusion.analysis import Analysis
from nncli.sweeps.conclusion.statement import Statement
from nncli.text import count_of

NAME = "more trials"
MIN_TRIALS = 10  # of fewer, the gain of more cannot be estimated
SMALL_GAIN = 0.01  # of the best objective, or of its distance to the median one: not worth more trials
NO_USE = "probably no use"
LIKELY, UNLIKELY = 0.2, 0.05  # chances of a better trial


def more_trials(analysis: Analysis) -> Statement | None:
    """Return the chance that more trials beat the best, and by how much: for a grid only what is left."""
    table, plan = analysis.table, analysis.table.plan
    if analysis.best is None:
        return None
    left = max(plan.trials - len(table.trials), 0)
    if plan.sampler.type == "grid":
        if left:
            return Statement(NAME, f"{left} of {plan.trials} trials are left", {"left": left})
        size = plan.space.size or plan.trials
        if size > plan.trials:
            return Statement(NAME, f"{size - plan.trials} points of the grid are left", {"left": size - plan.trials})
        text = "all points of the grid are done; only a wider or finer one can find better settings"
        return Statement(NAME, text, {"left": 0})
    if plan.sampler.learns:
        return _learning(analysis, left)
    return _independent(analysis, left)


def _independent(analysis: Analysis, left: int) -> Statement:
    """Judge trials whose order does not matter.

    Each of N + n is the best with equal probability, so that n more beat N with n / (N + n). If noise makes m of N as
    good as the best, all m that good must be among the n: about (n / (N + n))^m. The gain is that of the last doubling,
    mean(best of N / 2) - best of N over all orders, times log2(1 + n / N).
    """
    table = analysis.table
    costs = np.sort(table.costs[analysis.order])
    tried = len(table.having("done", "diverged", "pruned"))
    more = left or tried
    chance = (more / (tried + more)) ** (1 + analysis.as_good)
    numbers: dict[str, Any] = {"tried": tried, "more": more, "chance": chance, "as_good": analysis.as_good}
    change = [] if left else [f"sweep.trials={table.plan.trials + more}"]
    after = f"after {count_of(tried, 'trial')}, "
    beat = f"{more} more {'has' if more == 1 else 'have'} a chance of {_percent(chance)} to beat the best"
    if tried < MIN_TRIALS:
        return Statement(NAME, after + beat, numbers, change)
    gain = _gain_of_doubling(costs, tried) * math.log2(1 + more / tried)
    numbers["gain"] = gain
    small = gain <= SMALL_GAIN * min(abs(costs[0]), np.median(costs) - costs[0])
    verdict = _verdict(0 if small else chance, noise_is_known=analysis.noise is not None)
    noise = "" if analysis.noise is None else " beyond noise"
    text = f"{verdict}: {beat}{noise}; expected gain in {analysis.metric} {format_number(float(f'{gain:.2g}'))}"
    return Statement(NAME, text, numbers, [] if verdict == NO_USE else change)


def _learning(analysis: Analysis, left: int) -> Statement:
    """Judge trials that depend on earlier ones: by the progress of the best in the last half of them."""
    table = analysis.table
    best = np.fmin.accumulate(np.where(np.isfinite(table.costs), table.costs, np.inf))
    tried, half = len(best), len(best) // 2
    before = float(best[half - 1]) if half else math.inf
    gain = before - float(best[-1]) if math.isfinite(before) else math.inf
    since = tried - 1 - int(np.argmin(best))
    limit = analysis.noise if analysis.noise is not None else SMALL_GAIN * abs(float(best[-1]))
    numbers = {"tried": tried, "left": left, "since_best": since, "gain": gain if math.isfinite(gain) else None}
    change = [] if left else [f"sweep.trials={2 * table.plan.trials}"]
    if tried < MIN_TRIALS:
        return Statement(NAME, f"{count_of(tried, 'trial')} cannot show how useful others are", numbers, change)
    if gain > limit:
        text = f"probably useful: the last {tried - half} improved {analysis.metric}"
        text += f" by {format_number(float(f'{gain:.2g}'))}" if math.isfinite(gain) else ""
        return Statement(NAME, text, numbers, change)
    text = f"{NO_USE}: the last {tried - half} improved {analysis.metric} by "
    return Statement(NAME, text + ("less than noise" if gain > 0 else "nothing"), numbers)


def _verdict(chance: float, *, noise_is_known: bool) -> str:
    if chance < UNLIKELY:
        return NO_USE
    return "probably useful" if chance >= LIKELY and noise_is_known else "perhaps useful"


def _percent(chance: float) -> str:
    return "less than 1%" if chance < 0.01 else format_percent(chance)


def _gain_of_doubling(costs: np.ndarray[Any, Any], tried: int) -> float:
    """Return how much worse the best of a random half of the trials is than the best of all, on average.

    P(the best of the half is number i of all, from 0) = C(tried - 1 - i, half - 1) / C(tried, half)
    """
    half = tried // 2
    probability, total, mean = half / tried, 0.0, 0.0
    for i, cost in enumerate(costs):
        total += probability
        mean += probability * float(cost - costs[0])
        if tried - 1 - i < half:
            break
        probability *= (tried - i - half) / (tried - 1 - i)
    worst = float(costs[-1] - costs[0])  # stands for trials without a finite objective
    return mean + (1 - total) * worst
