"""All details of one sweep, for `nncli show`."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterator
from typing import Any

from nncli.config.nodes import plain
from nncli.sweeps.conclusion import Analysis, TrialTable, conclude
from nncli.sweeps.directory import SweepDirectory
from nncli.sweeps.plan import saved_plan

TOP = 5


def sweep_details(directory: SweepDirectory) -> dict[str, Any]:
    """Return the state of a sweep, its space, conclusion, best and failed trials and next commands as JSON data.

    Raises NncliError if its files are damaged.
    """
    tree, info = directory.tree(), directory.info()
    section = plain(tree.sweep) if tree.sweep is not None else {}
    table = TrialTable.of(saved_plan(tree), directory.trials().values())
    plan = table.plan
    return {
        "sweep": str(directory.path),
        "name": directory.name,
        "status": directory.status,
        "reason": info.get("reason") or None,
        "start": info.get("start"),
        "end": info.get("end"),
        "command": info.get("command") or [],
        "space": section["space"],
        "sampler": plan.sampler.type,
        "pruner": plan.sweep.pruner.type if plan.sweep.pruner else None,
        "seeds": plan.seeds,
        "objective": {
            "monitor": plan.objective.monitor.name,
            "mode": plan.sweep.objective.mode,
            "higher_is_better": plan.objective.monitor.higher_is_better,
        },
        "trials": plan.trials,
        "counts": {status: len(table.having(status)) for status in ("done", "diverged", "pruned", "failed")},
        "conclusion": [statement.as_dict() for statement in conclude(table)],
        "best": list(_best(table)),
        "failed": list(_failed(table)),
        "next": list(_next(directory, table)),
    }


def _best(table: TrialTable) -> Iterator[dict[str, Any]]:
    for index in Analysis(table).order[:TOP]:
        trial, costs = table.trials[index], table.seed_costs[index]
        low, high = sorted((table.objective(costs[0]), table.objective(costs[-1])))
        yield {
            "trial": trial.number,
            "objective": table.objective(float(table.costs[index])),
            "low": low if math.isfinite(low) else None,
            "high": high if math.isfinite(high) else None,
            "settings": trial.settings,
            "runs": [training.run for _, training in sorted(trial.trainings.items())],
        }


def _failed(table: TrialTable) -> Iterator[dict[str, Any]]:
    for index in table.having("failed"):
        trial = table.trials[index]
        for training in trial.trainings.values():
            if training.status == "failed":
                yield {"trial": trial.number, "run": training.run, "reason": training.reason}


def _next(directory: SweepDirectory, table: TrialTable) -> Iterator[str]:
    """Yield the commands that make sense for the sweep."""
    name = shlex.quote(str(directory.path))
    if directory.status != "running":
        if len(table.trials) < table.plan.trials:
            yield f"nncli sweep --resume {name}"
        if len(table.having("failed")):
            yield f"nncli sweep --resume {name} --retry-failed"
    if len(table.having("done")):
        yield f"nncli plot {name}"
        yield f"nncli sweep --best {name} > best.yaml"
