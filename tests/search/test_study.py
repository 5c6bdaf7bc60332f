"""The journal of Optuna that a study writes, and that Optuna is imported only for it."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from nncli.errors import NncliError
from nncli.search.pruners.base import Pruner
from nncli.search.pruners.median import Median
from nncli.search.pruners.successive_halving import SuccessiveHalving
from nncli.search.result import Result
from nncli.search.samplers.base import Sampler
from nncli.search.samplers.grid import Grid
from nncli.search.samplers.halton import Halton
from nncli.search.samplers.random import Random
from nncli.search.samplers.tpe import Tpe
from nncli.search.study import Study, require_optuna
from tests.search.simulated import EPOCHS, NETWORK, loss, simulate, sweep
from tests.search.spaces import EVERY_KIND


def load(folder: Path) -> optuna.Study:
    """Load the only study in a journal, as optuna-dashboard does."""
    return optuna.load_study(
        study_name=None, storage=JournalStorage(JournalFileBackend(str(folder / "optuna.journal")))
    )


@pytest.mark.parametrize("sampler", [Random(), Halton(), Tpe()])
@pytest.mark.parametrize("pruner", [Median(), SuccessiveHalving()])
def test_optuna_reads_values_parameters_and_states(tmp_path: Path, sampler: Sampler, pruner: Pruner) -> None:
    trials = sweep(tmp_path, sampler, pruner, trials=40)
    study = load(tmp_path)
    assert (study.study_name, study.direction.name) == (tmp_path.name, "MINIMIZE")
    assert [trial.user_attrs for trial in study.trials] == [
        {"trial": number, "settings": trial.settings} for number, trial in enumerate(trials)
    ]
    for trial, recorded in zip(trials, study.trials, strict=True):
        assert recorded.state == (TrialState.PRUNED if trial.pruned else TrialState.COMPLETE)
        values = NETWORK.values(trial.settings)
        assert recorded.params.pop("optimizer") == ("adam", "sgd")[values.pop("optimizer")]
        assert recorded.params == values
        reports = {epoch: loss(trial.settings, epoch) for epoch in pruner.report_epochs(EPOCHS)}
        assert recorded.intermediate_values == {e: value for e, value in reports.items() if e <= trial.epochs}
        expected = recorded.intermediate_values[trial.epochs] if trial.pruned else trial.value
        assert recorded.value == expected
    assert {trial.pruned for trial in trials} == {True, False}


def test_running_and_failed_trials_are_in_the_journal(tmp_path: Path) -> None:
    study = Study(EVERY_KIND, Random(), Median(), tmp_path / "optuna.journal", higher_is_better=True, epochs=10)
    results = [None, Result("failed"), Result("diverged"), Result("done", 0.5)]
    for number, result in enumerate(results):
        study.begin(number, EVERY_KIND.settings(lambda parameter: parameter.domain.at(0.5)))
        if result is not None:
            study.tell(number, result)
    loaded = load(tmp_path)
    assert loaded.direction.name == "MAXIMIZE"
    assert [(trial.state.name, trial.values) for trial in loaded.trials] == [
        ("RUNNING", None),
        ("FAIL", None),
        ("COMPLETE", [-math.inf]),
        ("COMPLETE", [0.5]),
    ]


@pytest.mark.parametrize("damage", [b"", b"no journal\n", b'{"op_code":0', b"\xff\xfe\n\n"])
def test_damaged_journal_is_written_again(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "optuna.journal").write_bytes(damage)
    sweep(tmp_path, Random(), Median(), trials=3)
    assert len(load(tmp_path).trials) == 3


@pytest.mark.parametrize("pruner", [Median(), SuccessiveHalving(factor=3)])
def test_restored_study_is_the_one_before(tmp_path: Path, pruner: Pruner) -> None:
    sweep(tmp_path, Random(), pruner, trials=30)
    before = load(tmp_path).trials
    study = Study(NETWORK, Random(), pruner, tmp_path / "optuna.journal", epochs=EPOCHS)
    for trial in before:
        status = "pruned" if trial.state == TrialState.PRUNED else "done" if math.isfinite(trial.value) else "diverged"
        result = Result(status, trial.value, tuple(sorted(trial.intermediate_values.items())))
        study.restore(trial.number, trial.user_attrs["settings"], result)
    restored = load(tmp_path).trials
    for name in ("state", "params", "values", "intermediate_values", "user_attrs", "system_attrs"):
        assert [getattr(trial, name) for trial in restored] == [getattr(trial, name) for trial in before]


@pytest.mark.parametrize("pruner", [Median(), SuccessiveHalving()])
def test_restored_study_prunes_as_if_it_had_not_stopped(tmp_path: Path, pruner: Pruner) -> None:
    undisturbed = sweep(tmp_path, Random(), pruner, trials=40)
    recorded = load(tmp_path).trials[:20]
    study = Study(NETWORK, Random(), pruner, tmp_path / "optuna.journal", epochs=EPOCHS)
    for trial, known in zip(recorded, undisturbed, strict=False):
        value = None if math.isinf(known.value) else known.value
        status = "pruned" if known.pruned else "diverged" if value is None else "done"
        study.restore(trial.number, known.settings, Result(status, value, tuple(trial.intermediate_values.items())))
    assert simulate(study, 20, loss, first=20, reports=pruner.report_epochs(EPOCHS)) == undisturbed[20:]


def test_full_disk_ends_the_journal_only(tmp_path: Path) -> None:
    study = Study(NETWORK, Tpe(), None, Path("/dev/full"), epochs=EPOCHS)
    assert len(simulate(study, 12, loss)) == 12


def test_journal_in_a_missing_folder_is_not_written(tmp_path: Path) -> None:
    assert len(sweep(tmp_path / "missing", Tpe(), trials=12)) == 12


IMPORTS = """
import sys
from pathlib import Path
import nncli.search.study, nncli.search.sweep, nncli.sweeps.coordinator, nncli.trials.worker
from nncli.search.domains import Choice
from nncli.search.space import Space
from nncli.search.samplers import grid, halton, random, tpe
from nncli.search.pruners import median
from nncli.search.study import Study
sampler, pruner = {sampler}, {pruner}
study = Study(Space({{"a": Choice((1, 2))}}), sampler, pruner, Path({path!r}))
study.begin(0, study.ask(0))
print("optuna" in sys.modules, Path({path!r}).exists())
"""


@pytest.mark.parametrize(
    ("sampler", "pruner", "needed"),
    [
        ("grid.Grid()", None, False),
        ("random.Random()", None, False),
        ("halton.Halton()", None, False),
        ("tpe.Tpe()", None, True),
        ("random.Random()", "median.Median()", True),
    ],
)
def test_optuna_is_imported_only_if_it_is_used(tmp_path: Path, sampler: str, pruner: str | None, needed: bool) -> None:
    code = IMPORTS.format(sampler=sampler, pruner=pruner, path=str(tmp_path / "optuna.journal"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(needed), str(needed)]


@pytest.mark.parametrize(
    ("sampler", "pruner", "message"),
    [(Tpe(), None, "the sampler tpe needs optuna"), (Grid(), Median(), "the pruner median needs optuna")],
)
def test_missing_optuna_is_an_error_with_the_command_to_install_it(
    monkeypatch: pytest.MonkeyPatch, sampler: Sampler, pruner: Pruner | None, message: str
) -> None:
    require_optuna(sampler, pruner)
    monkeypatch.setitem(sys.modules, "optuna", None)
    require_optuna(Random(), None)
    with pytest.raises(NncliError) as error:
        require_optuna(sampler, pruner)
    assert (error.value.message, error.value.hint) == (message, "pip install optuna")


def test_optuna_writes_no_messages(tmp_path: Path, capfd: pytest.CaptureFixture[Any]) -> None:
    sweep(tmp_path, Tpe(), Median(), trials=15)
    assert capfd.readouterr() == ("", "")
