"""Sweeps that use Optuna: pruned trainings, the journal of the study, continuing, and a missing Optuna."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend

from nncli.store import Run
from nncli.sweeps.directory import SweepDirectory
from nncli.sweeps.records import TrialRecord
from tests.cli.program import Program

SPEC = """\
name: tiny
data: {type: sine, samples: 20}
init: {type: normal, scale: 0.1}
layers: [{type: dense, units: 8, activation: tanh}, {type: dense, units: 1}]
loss: mse
train: {epochs: 40}
sweep:
  space:
    optimizer.learning_rate: {log_uniform: [1e-5, 1.0]}
    init.scale: [0.01, 0.1, 1.0]
  sampler: random
  pruner: {type: median, startup_trials: 3}
  trials: 10
  seeds: 2
  workers: 1
"""


@pytest.fixture
def sweep_file(program: Program) -> Path:
    path = program.folder / "pruned.yaml"
    path.write_text(SPEC)
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> SweepDirectory:
    """A sweep that has ended, which tests only read."""
    program = Program(tmp_path_factory.mktemp("finished"))
    program.write("pruned.yaml", SPEC)
    return run(program, "pruned.yaml", "--workers", "2")


def run(program: Program, *arguments: object) -> SweepDirectory:
    """Run a sweep to its end; return its directory."""
    done = program("sweep", *arguments, "--quiet", "--warm")
    assert done.code == 0, done.err
    return SweepDirectory(program.folder / done.lines[0])


def trials(directory: SweepDirectory) -> list[TrialRecord]:
    return [trial for _, trial in sorted(directory.trials().items())]


def study(directory: SweepDirectory) -> optuna.Study:
    return optuna.load_study(
        study_name=None, storage=JournalStorage(JournalFileBackend(str(directory.path / "optuna.journal")))
    )


def summary(study: optuna.Study) -> list[Any]:
    return [
        (each.user_attrs["trial"], each.state.name, each.params, each.values, each.intermediate_values)
        for each in study.trials
    ]


def test_pruned_training_stops_and_says_why(finished: SweepDirectory) -> None:
    pruned = [trial for trial in trials(finished) if trial.status(2) == "pruned"]
    assert 0 < len(pruned) < 10
    for trial in pruned:
        (training,) = trial.trainings.values()  # that of the first seed
        assert (training.seed, training.status) == (0, "pruned")
        assert training.epochs in (10, 14, 20, 28)
        assert training.reason == f"pruned by median after {training.epochs} epochs"
        assert training.reports[-1] == (training.epochs, training.objective)
        recorded = Run(finished.path / training.run)
        assert (recorded.status, recorded.info()["reason"]) == ("stopped", training.reason)
        assert len(recorded.rows()) == training.epochs
        assert recorded.has_checkpoint("last")


def test_trainings_that_are_not_pruned_train_every_seed_to_the_end(finished: SweepDirectory) -> None:
    done = [trial for trial in trials(finished) if trial.status(2) == "done"]
    for trial in done:
        assert [training.epochs for training in trial.trainings.values()] == [40, 40]
        assert [epoch for epoch, _ in trial.trainings[0].reports] == [10, 14, 20, 28]
        assert trial.trainings[1].reports == ()


def test_other_seeds_start_after_the_first_was_not_pruned(finished: SweepDirectory) -> None:
    lines = [json.loads(line) for line in finished.journal.read_text().splitlines()]
    seeds = [(line["trial"], line["seed"]) for line in lines if "seed" in line]
    for trial in trials(finished):
        own = [seed for number, seed in seeds if number == trial.number]
        assert own == ([0] if trial.status(2) == "pruned" else [0, 1])


def test_pruned_run_can_be_resumed_to_its_end(program: Program, sweep_file: Path) -> None:
    directory = run(program, sweep_file)
    training = next(trial for trial in trials(directory) if trial.status(2) == "pruned").trainings[0]
    assert program("resume", directory.path / training.run).code == 0
    assert len(Run(directory.path / training.run).rows()) == 40


def test_journal_of_optuna_holds_every_trial(finished: SweepDirectory) -> None:
    states = {"done": "COMPLETE", "diverged": "COMPLETE", "pruned": "PRUNED"}
    loaded = study(finished)
    assert loaded.study_name == finished.path.name
    recorded = {each.user_attrs["trial"]: (each.state.name, each.user_attrs["settings"]) for each in loaded.trials}
    assert recorded == {trial.number: (states[trial.status(2)], trial.settings) for trial in trials(finished)}


def test_sweep_continues_with_a_damaged_journal_of_optuna(program: Program, sweep_file: Path) -> None:
    directory = run(program, sweep_file, "--trials", "6", "--sampler", "tpe")
    before = summary(study(directory))
    (directory.path / "optuna.journal").write_bytes(b"{")
    run(program, "--resume", directory.path, "--trials", "8")
    after = summary(study(directory))
    assert after[:6] == before
    assert len(after) == 8


@pytest.mark.long
def test_continued_sweep_chooses_and_prunes_as_if_it_had_not_stopped(program: Program, sweep_file: Path) -> None:
    whole = run(program, sweep_file, "--trials", "20", "--sampler", "tpe")
    parts = run(program, sweep_file, "--trials", "7", "--sampler", "tpe")
    for number in ("13", "20"):
        run(program, "--resume", parts.path, "--trials", number)
    assert summary(study(parts)) == summary(study(whole))


@pytest.mark.long
def test_study_of_a_changed_space_has_the_earlier_trials_inside_it(program: Program, sweep_file: Path) -> None:
    directory = run(program, sweep_file, "--trials", "12", "--sampler", "tpe")
    narrower = ("init.scale=[0.1, 1.0, 2.0]", "optimizer.learning_rate={log_uniform: [1e-4, 10.0]}")
    kept = [
        trial
        for trial in trials(directory)
        if trial.settings["init.scale"] != 0.01 and trial.settings["optimizer.learning_rate"] >= 1e-4
    ]
    run(program, "--resume", directory.path, "--trials", len(kept) + 3, *narrower)
    loaded = study(directory).trials
    assert [each.user_attrs["trial"] for each in loaded] == [*(trial.number for trial in kept), 12, 13, 14]
    for trial, each in zip(kept, loaded, strict=False):
        assert each.params["init.scale"] == str(trial.settings["init.scale"])


def test_missing_optuna_is_one_line_with_the_command_to_install_it(program: Program, sweep_file: Path) -> None:
    hidden = program.folder / "sitecustomize.py"
    hidden.write_text("import sys\nsys.modules['optuna'] = None\n")
    path = f"{program.folder}:{program.environment()['PYTHONPATH']}"
    done = program("sweep", sweep_file, PYTHONPATH=path)
    assert (done.code, done.out) == (1, "")
    assert done.err == "error: the pruner median needs optuna\nhint: pip install optuna\n"
    assert not list((program.folder / "runs").glob("tiny/sweep-*"))


REAL = """\
name: sine
data: {type: sine, samples: 60}
layers:
  - {type: dense, units: 16, activation: tanh}
  - {type: dense, units: 16, activation: tanh}
  - {type: dense, units: 1}
loss: mse
train: {epochs: 200}
sweep:
  space:
    optimizer.learning_rate: {log_uniform: [1e-5, 1.0]}
    init: [{type: normal, scale: {log_uniform: [0.01, 2.0]}}]
    layers.0.units: {log_int_uniform: [4, 32]}
  sampler: {type: random, seed: 3}
  trials: 100
  workers: 1
"""


@pytest.mark.long
def test_pruned_sweep_takes_half_the_epochs_and_finds_the_same_winner(program: Program) -> None:
    (program.folder / "real.yaml").write_text(REAL)
    full, pruned = (
        trials(run(program, "real.yaml", *options)) for options in ([], ["sweep.pruner=successive_halving"])
    )

    def epochs(sweep: list[TrialRecord]) -> int:
        return sum(training.epochs for trial in sweep for training in trial.trainings.values())

    def winner(sweep: list[TrialRecord]) -> dict[str, Any]:
        return min(sweep, key=lambda trial: value if (value := trial.objective(1)) is not None else 1e9).settings

    assert epochs(pruned) <= epochs(full) / 2
    assert winner(pruned) == winner(full)
