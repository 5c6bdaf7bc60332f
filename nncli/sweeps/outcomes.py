"""The outcomes of trainings as records of a sweep."""

from __future__ import annotations

import math

from nncli.search.result import Reports
from nncli.sweeps.records import TrainingRecord
from nncli.trials import Outcome


def run_name(number: int, seed: int) -> str:
    """Return the name of the folder of a run in its sweep."""
    return f"{number:05d}-seed{seed}"


def training_record(trial: int, seed: int, outcome: Outcome, reports: Reports) -> TrainingRecord:
    """Return the record of a training that has ended; it diverged if its objective is not a finite number."""
    status = outcome.status if outcome.status in ("done", "diverged", "pruned") else "failed"
    value = outcome.objective
    finite_value = value if value is not None and math.isfinite(value) else None
    if status == "done" and finite_value is None:
        status = "diverged"
    return TrainingRecord(
        seed=seed,
        run=run_name(trial, seed),
        status=status,  # type: ignore[arg-type]
        objective=finite_value if status in ("done", "pruned") else None,
        epochs=outcome.epochs,
        seconds=round(outcome.seconds, 6),
        reason=one_line(outcome.reason),
        reports=reports,
    )


def one_line(reason: str) -> str:
    """Return the lines of an error as one, without hints, which are about a single training."""
    return "; ".join(line for line in reason.splitlines() if not line.startswith("hint: "))
