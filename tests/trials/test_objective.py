"""The objective of a training: last or best value, and the reports for a pruner, also of a resumed run."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from nncli.events import EpochEnded, Event, Monitor
from nncli.trials.objective import Objective, Observer

LOSS, ACCURACY = Monitor("loss", False), Monitor("accuracy", True)
VALUES = [0.5, 0.3, 0.4, 0.2, 0.6]


def events(name: str, values: Sequence[float], first: int = 0) -> Iterator[Event]:
    return (EpochEnded(epoch, {name: value}) for epoch, value in enumerate(values, first))


def write_rows(run: Path, name: str, values: Sequence[float | None]) -> None:
    rows = [{"epoch": epoch, name: value, "seconds": 0.1} for epoch, value in enumerate(values)]
    (run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.mark.parametrize(
    ("objective", "value", "reports"),
    [
        (Objective(LOSS), 0.6, []),
        (Objective(LOSS, best=True), 0.2, []),
        (Objective(ACCURACY, best=True), 0.6, []),
        (Objective(LOSS, reports=(1, 3)), 0.6, [(1, 0.5), (3, 0.4)]),
        (Objective(LOSS, best=True, reports=(1, 3)), 0.2, [(1, 0.5), (3, 0.3)]),
        (Objective(LOSS, reports=(4, 5, 6)), 0.6, [(4, 0.2)]),  # none after the last epoch
    ],
)
@pytest.mark.parametrize("resumed_after", [0, 1, 3, 4])
def test_objective_and_reports(
    tmp_path: Path, objective: Objective, value: float, reports: list[tuple[int, float]], resumed_after: int
) -> None:
    name = objective.monitor.name
    if resumed_after:
        write_rows(tmp_path, name, VALUES[:resumed_after])
    observer = Observer(objective, tmp_path, epochs=5)
    assert list(observer.watch(events(name, VALUES[resumed_after:], resumed_after))) == reports
    assert observer.value == value


def test_values_that_are_not_finite_are_reported(tmp_path: Path) -> None:
    write_rows(tmp_path, "loss", [None, 0.5])
    observer = Observer(Objective(LOSS, reports=(1, 3)), tmp_path, epochs=5)
    (first, second) = observer.watch(events("loss", [math.inf], 2))
    assert first[0] == 1 and math.isnan(first[1])
    assert second == (3, math.inf)


def test_best_value_is_reported_once_there_is_one(tmp_path: Path) -> None:
    observer = Observer(Objective(LOSS, best=True, reports=(1, 2)), tmp_path, epochs=5)
    assert list(observer.watch(events("loss", [math.nan, 0.5, math.nan]))) == [(2, 0.5)]
    assert observer.value == 0.5
