"""The process that trains for a worker."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from nncli.cluster import agent, agent_process
from nncli.cluster.agent import AgentOptions, Ended, Notes
from nncli.cluster.agent_process import AgentEnded, AgentProcess
from nncli.events import Monitor
from nncli.store import Run
from nncli.system import hold_lock
from nncli.trials import Objective, Outcome, Progress, Trial, TrialStarted, Verdict
from tests.cli.program import ENDLESS, PATIENCE, TINY, wait_until

LOSS = Monitor("loss", higher_is_better=False)


class Listener:
    """Keeps the news of a training."""

    def __init__(self) -> None:
        self.news = list[TrialStarted | Progress]()

    def __call__(self, message: TrialStarted | Progress) -> None:
        self.news.append(message)


@pytest.fixture
def process(tmp_path: Path) -> Iterator[AgentProcess]:
    logs = tmp_path / "logs"
    logs.mkdir()
    process = AgentProcess(AgentOptions(2, warm=False, timeout=None, logs=logs), on_idle=lambda _: None)
    yield process
    process.close()


def trial(folder: Path, text: str = TINY, objective: Objective | None = None, name: str = "run") -> Trial:
    return Trial(text, folder, ["sweep"], path=folder / name, objective=objective, waits=False)


def end_of(process: AgentProcess, number: int) -> Ended:
    ended = process.end_of(number, PATIENCE)
    assert ended is not None
    return ended


def rows(run: Path) -> int:
    return len(Run(run).rows()) if (run / "metrics.jsonl").exists() else 0


def test_training_ends_with_an_outcome(process: AgentProcess, tmp_path: Path) -> None:
    listener = Listener()
    ended = end_of(process, process.start(trial(tmp_path), listener))
    assert (ended.outcome.status, ended.outcome.epochs) == ("done", 12)
    run = Run(tmp_path / "run")
    assert (run.status, run.info()["blas"]["threads"]) == ("done", 1)
    assert not process.busy


def test_progress_comes_in_order_and_a_verdict_ends_the_training(process: AgentProcess, tmp_path: Path) -> None:
    listener = Listener()
    objective = Objective(LOSS, reports=tuple(range(1, 1_000_000)))
    number = process.start(trial(tmp_path, ENDLESS, objective), listener)
    wait_until(lambda: len(listener.news) > 100, "the news of a second")
    assert listener.news[0] == TrialStarted(tmp_path / "run")
    assert [each.epoch for each in listener.news[1:100] if isinstance(each, Progress)] == list(range(1, 100))
    process.reply(number, Verdict("pruned by a test"))
    ended = end_of(process, number)
    assert (ended.outcome.status, ended.outcome.reason) == ("pruned", "pruned by a test")


def test_training_is_saved_when_it_is_asked_to_end(process: AgentProcess, tmp_path: Path) -> None:
    number = process.start(trial(tmp_path, ENDLESS), Listener())
    wait_until(lambda: rows(tmp_path / "run"), "a row")
    for _ in range(3):  # only the first one counts, as a second request would quit
        process.request_end()
    assert end_of(process, number).outcome.status == "stopped"
    assert Run(tmp_path / "run").has_checkpoint("last")


def test_killed_training_fails_alone(process: AgentProcess, tmp_path: Path) -> None:
    killed = process.start(trial(tmp_path, ENDLESS), Listener())
    other = process.start(trial(tmp_path, ENDLESS, name="other"), Listener())
    wait_until(lambda: rows(tmp_path / "run") and rows(tmp_path / "other"), "rows")
    os.kill(Run(tmp_path / "run").info()["pid"], signal.SIGKILL)
    assert end_of(process, killed).outcome.reason.startswith("its process was killed by signal 9")
    process.request_end(other)
    assert end_of(process, other).outcome.status == "stopped"


def test_run_of_an_earlier_attempt_is_resumed_once_that_has_ended(process: AgentProcess, tmp_path: Path) -> None:
    first = process.start(trial(tmp_path, ENDLESS), Listener())
    wait_until(lambda: rows(tmp_path / "run"), "a row")
    second = process.start(trial(tmp_path, ENDLESS), Listener())
    assert process.end_of(second, 0.2) is None  # it waits
    process.request_end(first)
    assert end_of(process, first).outcome.status == "stopped"
    wait_until(lambda: Run(tmp_path / "run").info().get("resumed"), "the second attempt")
    process.request_end(second)
    assert end_of(process, second).outcome.status == "stopped"


class Detached(agent.Agent):
    """An agent without processes, which keeps what it sends."""

    def __init__(self) -> None:
        self.sent = list[object]()
        self._notes, self._next, self._asked, self._blocked = {}, {}, set(), {}

    def _send(self, message: object) -> None:
        self.sent.append(message)


def test_news_of_a_training_are_sent_at_most_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    detached = Detached()
    detached._next[0] = now
    for epoch in range(25):
        detached._pass_on(0, Progress(epoch, 0.5))
        detached._send_notes()
        now += 0.1
    detached._pass_on(0, Outcome(None, 0, "done", "", {}))
    bundles = [[each.epoch for each in notes.messages] for notes in detached.sent if isinstance(notes, Notes)]
    assert [len(bundle) for bundle in bundles] in ([1, 10, 10, 4], [1, 11, 10, 3], [1, 11, 11, 2])  # by rounding
    assert [epoch for bundle in bundles for epoch in bundle] == list(range(25))
    assert isinstance(detached.sent[-1], Ended)


def test_attempt_is_lost_if_the_earlier_one_does_not_end(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    detached = Detached()
    detached._blocked = {7: (trial(tmp_path), -1.0)}  # its time to wait is over
    with (tmp_path / "run" / "metrics.jsonl").open("wb") as file:
        assert hold_lock(file)
        detached._start_unblocked()
    (ended,) = detached.sent
    assert isinstance(ended, Ended)
    assert (ended.number, ended.outcome.status) == (7, "lost")


def test_trainings_are_saved_when_the_worker_is_lost(process: AgentProcess, tmp_path: Path) -> None:
    number = process.start(trial(tmp_path, ENDLESS), Listener())
    wait_until(lambda: rows(tmp_path / "run"), "a row")
    process.close()
    run = Run(tmp_path / "run")
    assert run.has_checkpoint("last")
    assert run.status == "stopped"
    with pytest.raises(AgentEnded):
        process.end_of(number, PATIENCE)


def test_end_of_the_agent_is_noticed(process: AgentProcess, tmp_path: Path) -> None:
    number = process.start(trial(tmp_path, ENDLESS), Listener())
    process._process.kill()
    with pytest.raises(AgentEnded):
        process.end_of(number, PATIENCE)
    with pytest.raises(AgentEnded):
        process.end_of(process.start(trial(tmp_path), Listener()), PATIENCE)


def test_agent_without_trainings_is_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agent_process, "IDLE_SECONDS", 0.05)
    idle = list[AgentProcess]()
    process = AgentProcess(AgentOptions(1, warm=False, timeout=None, logs=tmp_path), on_idle=idle.append)
    wait_until(lambda: idle, "a minute without trainings")
    process.close()
    assert idle[0] is process


def test_failed_training_sends_its_traceback(process: AgentProcess, tmp_path: Path) -> None:
    broken = trial(tmp_path)._replace(changes=(3,))  # type: ignore[arg-type]  not a text: a bug
    ended = end_of(process, process.start(broken, Listener()))
    assert ended.outcome.reason.startswith("a bug of nncli")
    assert b"Traceback (most recent call last)" in ended.log
