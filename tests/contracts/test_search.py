"""Samplers and pruners: settings in the space, chosen by the trial's number or earlier results; who is pruned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nncli.search.pruners.base import Pruner
from nncli.search.result import Result
from nncli.search.samplers.base import Sampler
from nncli.search.space import Settings, Space
from nncli.search.study import Study
from tests.contracts.parts import examples, name_of
from tests.search.simulated import EPOCHS, loss, sweep
from tests.search.spaces import EVERY_KIND

FINITE = Space({path: template for path, template in EVERY_KIND.templates.items() if Space({path: template}).size})
TRIALS = 16

every_sampler = pytest.mark.parametrize("sampler", examples("sampler"), ids=name_of)
every_pruner = pytest.mark.parametrize("pruner", examples("pruner"), ids=name_of)


def spaces_for(sampler: Sampler) -> list[Space]:
    """Return the spaces that a sampler takes: a grid takes no ranges."""
    return [FINITE] if sampler.type == "grid" else [FINITE, EVERY_KIND]


def run(folder: Path, sampler: Sampler, space: Space, **options: Any) -> list[Settings]:
    """Return the settings of a few trials, whose objective is their batch size."""
    study = Study(space, sampler, None, folder / "optuna.journal", **options)
    drawn = list[Settings]()
    for number in range(TRIALS):
        settings = study.ask(number)
        study.begin(number, settings)
        study.tell(number, Result("done", float(settings["train.batch_size"] or 0)))
        drawn.append(settings)
    return drawn


@every_sampler
def test_sampler_stays_in_the_space(sampler: Sampler, tmp_path: Path) -> None:
    for space in spaces_for(sampler):
        assert all(map(space.contains, run(tmp_path, sampler, space)))


@every_sampler
def test_sampler_varies_the_settings(sampler: Sampler, tmp_path: Path) -> None:
    for space in spaces_for(sampler):
        assert len({str(settings) for settings in run(tmp_path, sampler, space)}) > TRIALS // 2


@every_sampler
def test_sampler_is_deterministic(sampler: Sampler, tmp_path: Path) -> None:
    for space in spaces_for(sampler):
        assert run(tmp_path, sampler, space) == run(tmp_path, sampler, space)


@every_sampler
def test_number_of_a_trial_decides_alone_unless_the_sampler_learns(sampler: Sampler, tmp_path: Path) -> None:
    for space in spaces_for(sampler):
        drawn = run(tmp_path, sampler, space)
        reverse = Study(space, sampler, None, tmp_path / "optuna.journal")
        in_any_order = [reverse.ask(number) for number in reversed(range(TRIALS))]
        other_results = run(tmp_path, sampler, space, higher_is_better=True)
        assert (in_any_order[::-1] == other_results == drawn) is not sampler.learns


@every_pruner
def test_pruner_compares_before_the_last_epoch(pruner: Pruner) -> None:
    for epochs in (1, 2, 3, 10, 100, 10001):
        reports = pruner.report_epochs(epochs)
        assert list(reports) == sorted(set(reports))
        assert all(0 < epoch < epochs for epoch in reports)
    assert 0 < len(pruner.report_epochs(10001)) <= 20, "each report interrupts the training"


@every_pruner
def test_pruner_ends_bad_trainings_but_not_the_best(pruner: Pruner, tmp_path: Path) -> None:
    sampler = next(each for each in examples("sampler") if each.type == "random")
    trials = sweep(tmp_path, sampler, pruner, trials=40)
    full = sorted(loss(trial.settings, EPOCHS) for trial in trials)
    assert 10 <= sum(trial.pruned for trial in trials) < 40
    assert min(trial.value for trial in trials) <= full[4]
    assert not trials[0].pruned


@every_pruner
def test_pruner_is_deterministic(pruner: Pruner, tmp_path: Path) -> None:
    sampler = next(each for each in examples("sampler") if each.type == "random")
    first, again = (sweep(tmp_path, sampler, pruner, trials=20) for _ in range(2))
    assert first == again
