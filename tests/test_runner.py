"""The runner: what it writes, the events it passes on, and how training ends."""

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
from nncli.store.probes import read_probe_rows
from nncli.store.run import PROBES

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


class Recorder:
    """Record the loaded experiments and the events of training."""

    def __init__(self) -> None:
        self.loaded_experiments: list[Loaded] = []
        self.events: list[Any] = []

    def begin(self, loaded: Loaded) -> None:
        self.loaded_experiments.append(loaded)

    def watch(self, run: Path, training: Any, events: Iterator[Any]) -> None:
        assert Run(run).status == "running"
        self.training = training
        self.events += events


def test_train_passes_events_and_writes_the_run(
    loaded: Loaded, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    recorder = Recorder()
    result = Runner(["a", "command"], recorder.watch).train(loaded.resolved, tmp_path / "runs")
    started, *epochs, ended = recorder.events
    assert isinstance(started, TrainingStarted)
    assert [event.epoch for event in epochs] == [*range(6)]
    assert ended == result.ended == TrainingEnded("done")
    assert (result.exit_code, result.already_ended, result.training) == (ExitCode.DONE, False, recorder.training)
    assert (result.run.status, len(result.run.rows())) == ("done", 6)
    info = result.run.info()
    assert (info["command"], info["seed"], info["settings"]["train"]["epochs"]) == (["a", "command"], 0, 6)
    assert result.run.config_text() == config.dump(loaded.experiment)
    assert recorder.loaded_experiments == [], "only resumed and forked runs call it"
    assert capfd.readouterr() == ("", ""), "the runner prints nothing"


def test_stopped_run_resumes_to_the_same_bits(loaded: Loaded, tmp_path: Path) -> None:
    complete = Runner([]).train(loaded.resolved, tmp_path / "runs").run
    answers = iter((False, False, True))
    stopped = Runner([], should_stop=lambda: next(answers)).train(loaded.resolved, tmp_path / "runs")
    assert (stopped.ended.status, stopped.exit_code, len(stopped.run.rows())) == ("stopped", ExitCode.INTERRUPTED, 3)
    recorder = Recorder()
    resumed = Runner(["on"], recorder.watch).resume(stopped.run, (), recorder.begin)
    assert (resumed.run.path, resumed.exit_code, resumed.already_ended) == (stopped.run.path, ExitCode.DONE, False)
    assert [event.epoch for event in recorder.events if isinstance(event, EpochEnded)] == [3, 4, 5]
    assert [each.experiment for each in recorder.loaded_experiments] == [loaded.experiment]
    assert resumed.run.info()["resumed"][0]["command"] == ["on"]
    weights, expected = resumed.run.checkpoint("last"), complete.checkpoint("last")
    assert {name: array.tobytes() for name, array in weights.items()} == {
        name: array.tobytes() for name, array in expected.items()
    }


def test_resume_does_not_change_an_ended_run(loaded: Loaded, tmp_path: Path) -> None:
    run = Runner([]).train(loaded.resolved, tmp_path / "runs").run
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*")}
    recorder = Recorder()
    result = Runner([], recorder.watch).resume(run, (), recorder.begin)
    assert (result.already_ended, result.ended, result.exit_code) == (True, TrainingEnded("done"), ExitCode.DONE)
    assert (recorder.loaded_experiments, recorder.events) == ([], [])
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*")} == before


def test_fork_names_the_parent_and_needs_epochs(loaded: Loaded, tmp_path: Path) -> None:
    parent = Runner([]).train(loaded.resolved, tmp_path / "runs").run
    child = Runner([]).fork(parent, ["train.epochs=8", "optimizer=sgd"], tmp_path / "runs")
    assert child.run.info()["parent"] == {"run": parent.name, "epoch": 6, "checkpoint": "last"}
    assert [row["epoch"] for row in child.run.rows()] == [6, 7]
    with pytest.raises(UsageError, match="has nothing left to train after epoch 5"):
        Runner([]).fork(parent, [], tmp_path / "runs")


def test_signals_end_training_only_within_the_context(loaded: Loaded, tmp_path: Path) -> None:
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


def files_that_call(name: str) -> set[str]:
    """Return the files of nncli, without the store, that call a function or method of this name."""
    files = set()
    for path in ROOT.rglob("*.py"):
        calls = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
        names = {getattr(function, "attr", None) or getattr(function, "id", None) for function in calls}
        if name in names:
            files.add(path.relative_to(ROOT).as_posix())
    return {file for file in files if not file.startswith("store/")}


def test_only_the_runner_writes_runs() -> None:
    assert files_that_call("new_run") == {"runner.py"}
    assert files_that_call("reopen") == {"runner.py"}
    assert files_that_call("lock_run") == {"runner.py"}


def test_only_resolved_and_model_describe_data() -> None:
    others = {file for file in files_that_call("describe") if not file.startswith("data/")}
    # A trial of the starter describes its part of a table; `list` describes components.
    assert others == {"resolved.py", "starter/trial.py", "cli/commands/list.py"}


@pytest.mark.parametrize("precision", ["float32", "float64", "book"])
def test_resumed_run_has_the_probes_of_one_without_a_stop(tmp_path: Path, precision: str) -> None:
    (tmp_path / "a.yaml").write_text(SPEC.replace("epochs: 6", "epochs: 60, batch_size: 8"))
    loaded = config.load(tmp_path / "a.yaml", [f"precision={precision}"])
    whole = Runner([]).train(loaded.resolved, tmp_path / "runs").run
    answers = iter([False] * 8 + [True])
    stopped = Runner([], should_stop=lambda: next(answers)).train(loaded.resolved, tmp_path / "runs").run
    assert stopped.summary()["epochs"] == 9
    Runner([]).resume(stopped)
    assert (stopped.path / PROBES).read_bytes() == (whole.path / PROBES).read_bytes()


def test_child_has_probes_from_its_first_epoch(loaded: Loaded, tmp_path: Path) -> None:
    run = Runner([], probes=False).train(loaded.resolved, tmp_path / "runs").run
    assert not (run.path / PROBES).exists()
    child = Runner([]).fork(run, ["train.epochs=50"], tmp_path / "runs").run
    assert next(row["epoch"] for row in read_probe_rows(child.path / PROBES)) == 6
