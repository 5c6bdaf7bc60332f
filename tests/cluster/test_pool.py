"""The trials of a sweep on workers that come, fail and are lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nncli.cluster import members, task
from nncli.cluster.agent_process import AgentEnded
from nncli.cluster.client import TaskLost, WorkerKilled
from nncli.cluster.orders import Report
from nncli.cluster.pool import ClusterPool, Needs
from nncli.errors import NncliError
from nncli.trials import ExecutorOptions, Message, Outcome, ProcessLock, Progress, Trial, TrialStarted, Verdict
from tests.cli.program import TINY, wait_until
from tests.cluster.fake_client import DONE, FakeClient, FakeFuture, worker

STOPPED = Report(Outcome(None, 130, "stopped", "interrupted", {}))
FULL = Report(Outcome(None, 1, "failed", "no space left on device", {}, disk_full=True))


class Sweep:
    """A pool on a fake client."""

    def __init__(self, folder: Path, client: FakeClient, **needs: Any) -> None:
        self.folder = folder
        self.client = client
        self.lines = list[str]()
        self.received = list[tuple[int, Message]]()
        logs = folder / "logs"
        logs.mkdir()
        options = ExecutorOptions(folder, logs, ProcessLock(folder))
        self.pool = ClusterPool(client, options, Needs(**needs), self.lines.append)  # type: ignore[arg-type]

    def start(self, number: int = 0, **fields: Any) -> None:
        path = self.folder / f"run-{number}"
        self.pool.start(number, Trial(TINY, self.folder, [], path=path, **fields))

    def until(self, condition: Callable[[], Any]) -> Any:
        """Exchange messages until a condition holds."""

        def step() -> Any:
            self.received += self.pool.messages()
            return condition()

        return wait_until(step, "messages")

    def attempt(self, count: int) -> FakeFuture:
        """Return the attempt with this number, once it is submitted."""
        futures = self.client.futures
        self.until(lambda: len(futures) >= count)
        return futures[count - 1]

    def outcome(self) -> Outcome:
        """Return the next outcome."""

        def outcomes() -> list[Outcome]:
            return [message for _, message in self.received if isinstance(message, Outcome)]

        outcome: Outcome = self.until(outcomes)[0]
        self.received.clear()
        return outcome


@pytest.fixture
def sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sweep]:
    monkeypatch.setattr(members, "WATCH_SECONDS", 0.01)
    monkeypatch.setattr("nncli.cluster.pool.SECONDS_TO_END", 0.1)
    sweep = Sweep(tmp_path, FakeClient(one=worker(), two=worker("other")))
    yield sweep
    sweep.pool.close()
    sweep.client.end_all()


def test_no_more_trainings_than_threads_are_submitted(sweep: Sweep) -> None:
    assert sweep.pool.free == 1  # which waits for a worker
    sweep.start(0)
    sweep.until(lambda: sweep.pool.free == 1)
    sweep.start(1)
    assert (sweep.pool.free, sweep.pool.running) == (0, 2)
    assert {sweep.attempt(1).address, sweep.attempt(2).address} == {"one", "two"}
    sweep.client.resolve(sweep.attempt(1))
    assert sweep.outcome().status == "done"
    assert sweep.pool.free == 1


def test_no_further_training_starts_if_workers_are_lost(sweep: Sweep) -> None:
    sweep.until(lambda: sweep.pool.free == 2)
    sweep.start(0)
    sweep.start(1)
    del sweep.client.workers[sweep.attempt(1).address]
    sweep.until(lambda: sweep.pool._workers.capacity == 1)
    assert (sweep.pool.free, sweep.pool.running) == (0, 2)


def test_limit_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "WATCH_SECONDS", 0.01)
    sweep = Sweep(tmp_path, FakeClient(one=worker(), two=worker()), limit=1)
    sweep.start(0)
    sweep.attempt(1)
    assert sweep.pool.free == 0
    sweep.client.resolve(sweep.attempt(1))
    sweep.pool.close()


def test_training_of_a_lost_worker_runs_elsewhere(sweep: Sweep) -> None:
    sweep.start()
    first = sweep.attempt(1)
    del sweep.client.workers[first.address]
    second = sweep.attempt(2)
    assert second.address != first.address
    sweep.client.resolve(first)  # too late
    sweep.client.resolve(second)
    assert sweep.outcome().status == "done"
    assert sweep.pool.running == 0


def test_training_that_takes_three_workers_along_has_failed(sweep: Sweep) -> None:
    sweep.start()
    for attempt, error in enumerate((AgentEnded(), WorkerKilled(), AgentEnded()), 1):
        sweep.client.resolve(sweep.attempt(attempt), error)
    address = sweep.attempt(3).address
    outcome = sweep.outcome()
    assert (outcome.status, outcome.reason) == ("failed", f"the worker {address} or its agent was killed, as 2 before")
    assert len(sweep.client.futures) == 3


def test_kills_with_progress_in_between_do_not_count_together(sweep: Sweep, monkeypatch: pytest.MonkeyPatch) -> None:
    epochs = iter([10, 20, 30, 40])
    monkeypatch.setattr(task.Task, "_last_epoch", lambda self: next(epochs))
    sweep.start()
    for attempt in (1, 2, 3, 4):
        sweep.client.resolve(sweep.attempt(attempt), AgentEnded())
    sweep.client.resolve(sweep.attempt(5))
    assert sweep.outcome().status == "done"


@pytest.mark.parametrize("result", [TaskLost(), STOPPED])
def test_training_whose_worker_is_ending_runs_again(sweep: Sweep, result: Report | Exception) -> None:
    sweep.start()
    for attempt in range(1, 6):  # more often than a worker may be killed
        sweep.client.resolve(sweep.attempt(attempt), result)
    sweep.client.resolve(sweep.attempt(6))
    assert sweep.outcome().status == "done"


def test_bug_is_recorded_with_its_worker(sweep: Sweep) -> None:
    sweep.start()
    sweep.client.resolve(sweep.attempt(1), KeyError("a bug"))
    outcome = sweep.outcome()
    assert (outcome.status, outcome.reason) == ("failed", f"{sweep.attempt(1).address}: KeyError('a bug')")


def test_log_of_a_failed_training_is_kept(sweep: Sweep) -> None:
    sweep.start()
    sweep.client.resolve(sweep.attempt(1), Report(Outcome(None, 1, "failed", "why", {}), b"Traceback\n"))
    assert sweep.outcome().reason == "why"
    assert (sweep.folder / "logs" / "run-0.txt").read_text() == "Traceback\n"


def test_workers_with_full_disks_are_set_aside_until_none_is_left(tmp_path: Path) -> None:
    client = FakeClient(one=worker(shared=False), two=worker(shared=False))
    sweep = Sweep(tmp_path, client)
    sweep.until(lambda: sweep.pool.free == 2)
    sweep.start()
    sweep.client.resolve(sweep.attempt(1), FULL)
    sweep.client.resolve(sweep.attempt(2), FULL)
    outcome = sweep.outcome()
    assert (outcome.disk_full, {sweep.attempt(1).address, sweep.attempt(2).address}) == (True, {"one", "two"})
    assert sweep.lines == [f"{sweep.attempt(1).address} is not used for 60 s: its disk is full"]
    sweep.pool.close()


def test_full_shared_disk_ends_the_sweep(sweep: Sweep) -> None:
    sweep.start()
    sweep.client.resolve(sweep.attempt(1), FULL)
    assert sweep.outcome().disk_full
    assert sweep.lines == []


def test_messages_of_earlier_attempts_are_ignored(sweep: Sweep) -> None:
    sweep.start()
    first = sweep.attempt(1)
    sweep.client.receive({"number": 0, "attempt": first.order.attempt, "progress": None})
    sweep.until(lambda: sweep.received == [(0, TrialStarted(sweep.folder / "run-0"))])
    del sweep.client.workers[first.address]
    second = sweep.attempt(2)
    sweep.received.clear()
    sweep.client.receive({"number": 0, "attempt": first.order.attempt, "progress": [1, 0.1]})
    sweep.client.receive({"number": 0, "attempt": second.order.attempt, "progress": [2, 0.2]})
    sweep.until(lambda: sweep.received == [(0, Progress(2, 0.2))])
    sweep.pool.reply(0, Verdict())
    sweep.pool.reply(0, Verdict("pruned by median"))
    replies = [call[1:] for call in sweep.client.calls if call[0] == "reply"]
    assert replies == [(second.address, sweep.pool._sweep, 0, second.order.attempt, "pruned by median")]


def test_stop_ends_running_and_waiting_trainings(sweep: Sweep) -> None:
    sweep.start(0)
    sweep.attempt(1)
    sweep.client.workers.clear()
    sweep.until(lambda: sweep.pool._workers.capacity == 0)  # training 0 waits again
    sweep.pool.request_end()
    assert sweep.outcome().status == "stopped"
    assert sweep.pool.running == 0


def test_request_to_end_is_repeated_for_attempts_on_their_way(sweep: Sweep) -> None:
    sweep.start()
    future = sweep.attempt(1)
    sweep.pool.request_end()
    sweep.until(lambda: [call[0] for call in sweep.client.calls].count("request_end") == 2)
    sweep.client.resolve(future, STOPPED)
    assert sweep.outcome().status == "stopped"


def test_lost_scheduler_is_an_error_that_says_how_to_continue(sweep: Sweep) -> None:
    sweep.start()
    sweep.attempt(1)
    sweep.client.connected = False
    with pytest.raises(NncliError) as caught:
        sweep.until(lambda: False)
    assert caught.value.lines() == [
        "tcp://scheduler:8786: the scheduler is lost",
        "hint: start a scheduler and workers again, then continue the sweep",
    ]


def test_workers_with_other_versions_are_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "WATCH_SECONDS", 0.01)
    old, none = worker("node7", numpy="1.26.4"), ModuleNotFoundError("No module named 'nncli'", name="nncli")
    client = FakeClient(good=worker(), old=old, none=none, lacks=worker("node8", missing=("/data/a.csv",)))
    sweep = Sweep(tmp_path, client)
    sweep.until(lambda: len(sweep.lines) == 3)
    assert sorted(sweep.lines)[0] == "lacks is not used: node8 has no /data/a.csv, or not as here"
    assert sorted(sweep.lines)[1] == "none is not used: has no nncli"
    assert sorted(sweep.lines)[2].startswith("old is not used: node7 has numpy 1.26.4, this machine ")
    sweep.start()
    assert sweep.attempt(1).address == "good"
    sweep.client.resolve(sweep.attempt(1), DONE)
    sweep.outcome()
    sweep.pool.close()
    assert ("close", None, sweep.pool._sweep, True) in client.calls


def test_paths_do_not_depend_on_the_folder_of_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sweep = Sweep(Path(), FakeClient(one=worker()))
    spec = TINY.replace("{type: sine, samples: 20}", "{type: csv, path: /a.csv, target: price}")
    sweep.pool.start(0, Trial(spec, Path("runs"), [], ("data.path=b.csv",), Path("runs/run-0")))
    trial = sweep.attempt(1).order.trial
    assert (trial.path, trial.runs_dir, trial.changes) == (tmp_path / "runs/run-0", tmp_path / "runs", ())
    assert f"path: {tmp_path / 'b.csv'}" in trial.config
    sweep.client.resolve(sweep.attempt(1))
    sweep.outcome()
    sweep.pool.close()
