"""Trials side by side: what each tells, how many at once, and that one's end is nobody else's."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from nncli.store import Run
from nncli.trials import Outcome, Trial, TrialStarted, run

SPEC = """\
name: tiny
data: {type: sine, samples: 20}
layers: [{type: dense, units: 1}]
loss: mse
train: {epochs: EPOCHS}
"""


@pytest.fixture
def trial(tmp_path: Path) -> Callable[..., Trial]:
    """Makes a trial of some epochs; without a number, of more than anybody waits for."""

    def make(epochs: int = 10**9, changes: str = "", runs_dir: Path = tmp_path) -> Trial:
        return Trial(SPEC.replace("EPOCHS", str(epochs)) + changes, 0, runs_dir, ["a", "command"])

    return make


def test_each_starts_then_ends(trial: Callable[..., Trial]) -> None:
    told: dict[int, list[TrialStarted | Outcome]] = {0: [], 1: [], 2: []}
    for number, news in run([trial(3), trial(4), trial(5)], jobs=2):
        told[number].append(news)
    for number, epochs in enumerate((3, 4, 5)):
        started, outcome = told[number]
        assert isinstance(started, TrialStarted) and isinstance(outcome, Outcome)
        assert outcome.path == started.path
        assert (outcome.exit_code, outcome.status, outcome.reason) == (0, "done", "")
        run_ = Run(started.path)
        assert outcome.metrics == (run_.summary() or {})["final"]
        assert (run_.status, len(run_.rows())) == ("done", epochs)
        assert run_.info()["command"] == ["a", "command"]
        assert run_.info()["pid"] != os.getpid()
        assert run_.info()["settings"]["train"]["epochs"] == epochs
    assert len({outcome.path for _, outcome in told.values()}) == 3


def test_no_more_at_once_than_jobs(trial: Callable[..., Trial]) -> None:
    under_way, most = set(), 0
    for number, news in run([trial(50) for _ in range(4)], jobs=2):
        if isinstance(news, TrialStarted):
            under_way.add(number)
        else:
            under_way.remove(number)
        most = max(most, len(under_way))
    assert most <= 2
    assert not under_way


def test_nothing_to_do() -> None:
    assert list(run([], jobs=2)) == []


def test_once_stopped_nothing_begins_and_what_is_under_way_is_saved(trial: Callable[..., Trial]) -> None:
    stop, outcomes = threading.Event(), {}
    for number, news in run([trial(), trial(), trial()], jobs=2, stop=stop.is_set):
        if isinstance(news, TrialStarted):
            stop.set()
        else:
            outcomes[number] = news
    assert sorted(outcomes) == [0, 1]
    assert {(outcome.status, outcome.exit_code) for outcome in outcomes.values()} == {("stopped", 130)}
    for outcome in outcomes.values():
        if outcome.path:  # asked before its run began, it makes none
            assert len(Run(outcome.path).rows()) == Run(outcome.path).checkpoint("last")["epoch"]


def test_whoever_breaks_off_ends_those_under_way(trial: Callable[..., Trial]) -> None:
    news = run([trial(), trial()], jobs=1)
    _, started = next(news)
    assert isinstance(started, TrialStarted)
    news.close()
    run_ = Run(started.path)
    assert (run_.status, run_.has_checkpoint("last")) == ("stopped", True)


def test_a_killed_trial_is_the_only_one_that_fails(trial: Callable[..., Trial]) -> None:
    outcomes = {}
    for number, news in run([trial(), trial(5)], jobs=1):
        if isinstance(news, Outcome):
            outcomes[number] = news
        elif number == 0:
            os.kill(Run(news.path).info()["pid"], signal.SIGKILL)
    assert outcomes[0][1:] == (1, "failed", "its process was killed by signal 9", {}, ())
    assert outcomes[0].path and Run(outcomes[0].path).status == "lost"
    assert outcomes[1].status == "done"


def test_a_trial_can_be_stopped_by_itself(trial: Callable[..., Trial]) -> None:
    outcomes = {}
    for number, news in run([trial(), trial(5)], jobs=1):
        if isinstance(news, Outcome):
            outcomes[number] = news
        elif number == 0:
            os.kill(Run(news.path).info()["pid"], signal.SIGTERM)
    assert outcomes[0][1:4] == (143, "stopped", "interrupted")
    assert outcomes[0].path and Run(outcomes[0].path).info()["exit_code"] == 143
    assert outcomes[1].status == "done"


def test_a_trial_that_diverges(trial: Callable[..., Trial]) -> None:
    ((_, started), (_, outcome)) = run([trial(20, "optimizer: {type: sgd, learning_rate: 1e30}\n")], jobs=1)
    assert isinstance(outcome, Outcome)
    assert (outcome.path, outcome.exit_code, outcome.status) == (started.path, 3, "diverged")
    assert outcome.reason.startswith("the loss is ")


def test_a_trial_whose_run_cannot_be_made(trial: Callable[..., Trial], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ((_, outcome),) = run([trial(1, runs_dir=tmp_path / "file")], jobs=1)
    message = f"{tmp_path}/file/tiny: cannot be created: not a directory"
    assert outcome == Outcome(None, 1, "failed", message, {})


def test_a_fault_of_ours_is_told_as_one(trial: Callable[..., Trial]) -> None:
    unwritable = trial(1)._replace(command=[object()])
    ((_, outcome),) = run([unwritable], jobs=1)
    assert isinstance(outcome, Outcome)
    assert (outcome.exit_code, outcome.status) == (1, "failed")
    assert outcome.reason.startswith("a fault of nncli: TypeError(")


def test_it_runs_outside_the_main_thread(trial: Callable[..., Trial]) -> None:
    outcomes: list[tuple[int, TrialStarted | Outcome]] = []
    thread = threading.Thread(target=lambda: outcomes.extend(run([trial(2)], jobs=1)))
    thread.start()
    thread.join()
    assert [type(news) for _, news in outcomes] == [TrialStarted, Outcome]
