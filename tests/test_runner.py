"""The one place that runs a training: what it writes, whom it shows it to, and what ends it."""

from __future__ import annotations

import ast
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nncli import config
from nncli.config import Loaded
from nncli.errors import ExitCode, UsageError
from nncli.events import EpochEnded, TrainingEnded, TrainingStarted
from nncli.runner import Runner, consume_events
from nncli.store import Run

ROOT = Path(__file__).parents[1] / "nncli"
SPEC = """\
data: {type: sine, samples: 20}
layers: [{type: dense, units: 3, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 6}
"""


@pytest.fixture
def loaded(tmp_path: Path) -> Loaded:
    (tmp_path / "a.yaml").write_text(SPEC)
    return config.load(tmp_path / "a.yaml")


class Seen:
    """Takes the events of a training and keeps them."""

    def __init__(self) -> None:
        self.begun: list[Loaded] = []
        self.events: list[Any] = []

    def begin(self, loaded: Loaded) -> None:
        self.begun.append(loaded)

    def watch(self, run: Path, training: Any, events: Iterator[Any]) -> None:
        assert Run(run).status == "running"
        self.training = training
        self.events += events


def test_a_training_is_shown_and_written(loaded: Loaded, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    seen = Seen()
    result = Runner(["a", "command"], seen.watch).train(loaded.resolved, tmp_path / "runs")
    started, *epochs, ended = seen.events
    assert isinstance(started, TrainingStarted)
    assert [event.epoch for event in epochs] == [*range(6)]
    assert ended == result.ended == TrainingEnded("done")
    assert (result.exit_code, result.already_ended, result.training) == (ExitCode.DONE, False, seen.training)
    assert (result.run.status, len(result.run.rows())) == ("done", 6)
    info = result.run.info()
    assert (info["command"], info["seed"], info["settings"]["train"]["epochs"]) == (["a", "command"], 0, 6)
    assert result.run.config_text() == config.dump(loaded.experiment)
    assert seen.begun == [], "whoever has the experiment can tell of it"
    assert capfd.readouterr() == ("", ""), "it knows no terminal"


def test_it_ends_once_asked_and_goes_on_to_the_same_bits(loaded: Loaded, tmp_path: Path) -> None:
    whole = Runner([]).train(loaded.resolved, tmp_path / "runs").run
    answers = iter((False, False, True))
    stopped = Runner([], should_stop=lambda: next(answers)).train(loaded.resolved, tmp_path / "runs")
    assert (stopped.ended.status, stopped.exit_code, len(stopped.run.rows())) == ("stopped", ExitCode.INTERRUPTED, 3)
    seen = Seen()
    resumed = Runner(["on"], seen.watch).resume(stopped.run, (), seen.begin)
    assert (resumed.run.path, resumed.exit_code, resumed.already_ended) == (stopped.run.path, ExitCode.DONE, False)
    assert [event.epoch for event in seen.events if isinstance(event, EpochEnded)] == [3, 4, 5]
    assert [each.experiment for each in seen.begun] == [loaded.experiment]
    assert resumed.run.info()["resumed"][0]["command"] == ["on"]
    weights, expected = resumed.run.checkpoint("last"), whole.checkpoint("last")
    assert {name: array.tobytes() for name, array in weights.items()} == {
        name: array.tobytes() for name, array in expected.items()
    }


def test_a_run_with_already_ended_is_left_as_it_is(loaded: Loaded, tmp_path: Path) -> None:
    run = Runner([]).train(loaded.resolved, tmp_path / "runs").run
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*")}
    seen = Seen()
    result = Runner([], seen.watch).resume(run, (), seen.begin)
    assert (result.already_ended, result.ended, result.exit_code) == (True, TrainingEnded("done"), ExitCode.DONE)
    assert (seen.begun, seen.events) == ([], [])
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*")} == before


def test_a_child_names_its_parent_and_needs_epochs(loaded: Loaded, tmp_path: Path) -> None:
    parent = Runner([]).train(loaded.resolved, tmp_path / "runs").run
    child = Runner([]).fork(parent, ["train.epochs=8", "optimizer=sgd"], tmp_path / "runs")
    assert child.run.info()["parent"] == {"run": parent.name, "epoch": 6, "checkpoint": "last"}
    assert [row["epoch"] for row in child.run.rows()] == [6, 7]
    with pytest.raises(UsageError, match="has nothing left to train after epoch 5"):
        Runner([]).fork(parent, [], tmp_path / "runs")


def test_a_signal_ends_a_training_only_while_the_runner_is_entered(loaded: Loaded, tmp_path: Path) -> None:
    def interrupt(run: Path, training: Any, events: Iterator[Any]) -> None:
        next(events)
        os.kill(os.getpid(), signal.SIGTERM)
        consume_events(run, training, events)

    before = signal.getsignal(signal.SIGTERM)
    with Runner([], interrupt) as runner:
        assert signal.getsignal(signal.SIGTERM) != before
        result = runner.train(loaded.resolved, tmp_path / "runs")
        assert runner.stopping()
    assert signal.getsignal(signal.SIGTERM) == before
    assert (result.ended.status, result.exit_code) == ("stopped", ExitCode.TERMINATED)
    assert (result.run.info()["exit_code"], len(result.run.rows())) == (ExitCode.TERMINATED, 1)


def places_of(name: str) -> set[str]:
    """The files of nncli, but for the store, in which a function or method of this name is called."""
    found = set()
    for path in ROOT.rglob("*.py"):
        calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        names = {getattr(function, "attr", None) or getattr(function, "id", None) for function in calls}
        if name in names:
            found.add(path.relative_to(ROOT).as_posix())
    return {file for file in found if not file.startswith("store/")}


def test_only_the_runner_writes_runs() -> None:
    assert places_of("new_run") == {"runner.py"}
    assert places_of("reopen") == {"runner.py"}
    assert places_of("lock_run") == {"runner.py"}


def test_data_are_described_in_one_place() -> None:
    others = {file for file in places_of("describe") if not file.startswith("data/")}
    # A model asks its files whether they still are what it was trained on; `list` describes components.
    assert others == {"resolved.py", "model.py", "cli/commands/list.py"}
