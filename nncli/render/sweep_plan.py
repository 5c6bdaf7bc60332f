"""The plan of a sweep as text: its space, its trials and their expected duration."""

from __future__ import annotations

from typing import Any, TextIO

from nncli.number_format import format_number
from nncli.render.table import print_table
from nncli.search.domains import Choice, Range
from nncli.search.space import Parameter, labels
from nncli.sweeps.estimate import Estimate
from nncli.sweeps.plan import SweepPlan
from nncli.text import count_of, shorten

MAX_WIDTH = 60


def print_plan(plan: SweepPlan, estimate: Estimate, file: TextIO) -> None:
    """Print the space, the number of trials and the expected duration."""
    rows = [(name, values) for name, values in parameter_rows(plan)]
    print_table(("setting", "values"), rows, file, keep=2)
    trials, seeds = plan.trials, len(plan.seeds)
    trainings = f", {seeds} seeds each: {count_of(trials * seeds, 'training')}" if seeds > 1 else ""
    epochs = "best" if plan.objective.best else "last"
    print(f"\n{count_of(trials, 'trial')} ({plan.sampler.type}){trainings}", file=file)
    print(f"compared by {plan.objective.monitor.name} of the {epochs} epoch", file=file)
    print(
        f"about {duration(estimate.sweep)} with {count_of(estimate.workers, 'worker')}:"
        f" a training takes about {duration(estimate.training)}",
        file=file,
    )


def plan_as_dict(plan: SweepPlan, estimate: Estimate) -> dict[str, Any]:
    """Return the plan for JSON."""
    return {
        "space": plan.sweep.space,
        "sampler": plan.sampler.type,
        "trials": plan.trials,
        "seeds": plan.seeds,
        "objective": plan.objective.monitor.name,
        "workers": estimate.workers,
        "expected_seconds": {"training": estimate.training, "sweep": estimate.sweep},
    }


def parameter_rows(plan: SweepPlan) -> list[tuple[str, str]]:
    """Return each parameter with its values; one that exists for one option only is indented below it."""
    return [
        ("  " * parameter.key.count("[") + parameter.path, _values(parameter)) for parameter in plan.space.parameters()
    ]


def duration(seconds: float) -> str:
    """Return a duration in two digits: `0.4 s`, `12 s`, `3 min`, `2.5 h`."""
    if seconds < 90:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.2g} min" if seconds < 90 * 60 else f"{seconds / 3600:.3g} h"


def _values(parameter: Parameter) -> str:
    domain = parameter.domain
    if isinstance(domain, Choice):
        return shorten(", ".join(labels(domain)), MAX_WIDTH)
    assert isinstance(domain, Range)
    form = ", ".join(["whole"] * domain.whole + ["logarithmic"] * domain.logarithmic)
    return f"{format_number(domain.low)} to {format_number(domain.high)}" + (f" ({form})" if form else "")
