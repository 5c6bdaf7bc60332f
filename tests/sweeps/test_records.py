"""How trials end: the median over seeds, and the status of several trainings."""

from __future__ import annotations

import pytest

from nncli.sweeps.records import TrainingRecord, TrainingStatus, TrialRecord, asked, ended, read_records


def trial(*trainings: tuple[TrainingStatus, float | None]) -> TrialRecord:
    records = {
        seed: TrainingRecord(seed, f"00000-seed{seed}", status, value) for seed, (status, value) in enumerate(trainings)
    }
    return TrialRecord(0, {"init.scale": 0.1}, records)


@pytest.mark.parametrize(
    ("record", "status", "objective"),
    [
        (trial(), "open", None),
        (trial(("done", 1.0), ("done", 3.0)), "open", None),
        (trial(("done", 1.0), ("done", 3.0), ("done", 2.0)), "done", 2.0),
        (trial(("done", 1.0), ("done", 3.0), ("diverged", None)), "done", 3.0),
        (trial(("done", 1.0), ("diverged", None), ("diverged", None)), "diverged", None),
        (trial(("failed", None)), "failed", None),
        (trial(("done", 1.0), ("failed", None), ("done", 2.0)), "failed", None),
        (trial(("pruned", 1.0)), "pruned", None),
    ],
)
def test_status_and_objective_of_three_seeds(record: TrialRecord, status: str, objective: float | None) -> None:
    assert (record.status(3), record.objective(3)) == (status, objective)


def test_records_are_read_back_from_their_lines() -> None:
    record = trial(("done", 1.0), ("failed", None))
    lines = [asked(record), *(ended(0, training) for training in record.trainings.values())]
    assert read_records(lines) == {0: record}


def test_later_training_with_a_seed_replaces_the_earlier_one() -> None:
    first, second = (trial((status, None)) for status in ("failed", "diverged"))
    lines = [asked(first), *(ended(0, each.trainings[0]) for each in (first, second))]
    assert read_records(lines)[0].status(1) == "diverged"


def test_reason_is_that_of_the_training_that_failed() -> None:
    record = trial(("done", 1.0), ("failed", None))
    record.trainings[0] = record.trainings[0]._replace(reason="stopped early")
    record.trainings[1] = record.trainings[1]._replace(reason="its process was killed by signal 9")
    assert record.reason == "its process was killed by signal 9"
