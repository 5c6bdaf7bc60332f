"""Trials in parallel: their messages, how many run at once, and that each ends on its own."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing import Pipe
from pathlib import Path

import pytest

from nncli.store import Run
from nncli.trials import Outcome, Pool, Trial, TrialStarted, run
from nncli.trials.messages import END, Finishing
from tests.cli.program import SLOW

SPEC = """\
name: tiny
data: {type: sine, samples: 20}
layers: [{type: dense, units: 1}]
loss: mse
train: {epochs: EPOCHS}
"""


@pytest.fixture
def trial(tmp_path: Path) -> Callable[..., Trial]:
    """A function that creates a trial; by default it trains forever."""

    def make(epochs: int = 10**9, changes: str = "", runs_dir: Path = tmp_path) -> Trial:
        return Trial(SPEC.replace("EPOCHS", str(epochs)) + changes, runs_dir, ["a", "command"])

    return make


def test_each_trial_starts_then_ends(trial: Callable[..., Trial]) -> None:
    messages: dict[int, list[TrialStarted | Outcome]] = {0: [], 1: [], 2: []}
    for number, message in run([trial(3), trial(4), trial(5)], jobs=2):
        messages[number].append(message)
    for number, epochs in enumerate((3, 4, 5)):
        started, outcome = messages[number]
        assert isinstance(started, TrialStarted) and isinstance(outcome, Outcome)
        assert outcome.path == started.path
        assert (outcome.exit_code, outcome.status, outcome.reason) == (0, "done", "")
        recorded_run = Run(started.path)
        assert outcome.metrics == (recorded_run.summary() or {})["final"]
        assert (recorded_run.status, len(recorded_run.rows())) == ("done", epochs)
        assert recorded_run.info()["command"] == ["a", "command"]
        assert recorded_run.info()["pid"] != os.getpid()
        assert recorded_run.info()["settings"]["train"]["epochs"] == epochs
    assert len({outcome.path for _, outcome in messages.values()}) == 3


def test_at_most_jobs_trials_run_at_once(trial: Callable[..., Trial]) -> None:
    running, maximum = set(), 0
    for number, message in run([trial(50) for _ in range(4)], jobs=2):
        if isinstance(message, TrialStarted):
            running.add(number)
        else:
            running.remove(number)
        maximum = max(maximum, len(running))
    assert maximum <= 2
    assert not running


def test_no_trials_give_no_messages() -> None:
    assert list(run([], jobs=2)) == []


def test_stop_starts_no_trial_and_saves_the_running_ones(trial: Callable[..., Trial]) -> None:
    stop, outcomes = threading.Event(), {}
    for number, message in run([trial(), trial(), trial()], jobs=2, stop=stop.is_set):
        if isinstance(message, TrialStarted):
            stop.set()
        else:
            outcomes[number] = message
    assert sorted(outcomes) == [0, 1]
    assert {(outcome.status, outcome.exit_code) for outcome in outcomes.values()} == {("stopped", 130)}
    for outcome in outcomes.values():
        if outcome.path:  # None if it was stopped before its run was created
            assert len(Run(outcome.path).rows()) == Run(outcome.path).checkpoint("last")["epoch"]


def test_closing_the_iterator_ends_running_trials(trial: Callable[..., Trial]) -> None:
    message = run([trial(), trial()], jobs=1)
    _, started = next(message)
    assert isinstance(started, TrialStarted)
    message.close()
    recorded_run = Run(started.path)
    assert (recorded_run.status, recorded_run.has_checkpoint("last")) == ("stopped", True)


def test_killed_trial_is_the_only_one_that_fails(trial: Callable[..., Trial]) -> None:
    outcomes = {}
    for number, message in run([trial(), trial(5)], jobs=1):
        if isinstance(message, Outcome):
            outcomes[number] = message
        elif number == 0:
            os.kill(Run(message.path).info()["pid"], signal.SIGKILL)
    reason = "its process was killed by signal 9, as the system does if memory runs out"
    assert outcomes[0] == Outcome(outcomes[0].path, 1, "failed", reason, {})
    assert outcomes[0].path and Run(outcomes[0].path).status == "lost"
    assert outcomes[1].status == "done"


def test_single_trial_can_be_stopped_by_a_signal(trial: Callable[..., Trial]) -> None:
    outcomes = {}
    for number, message in run([trial(), trial(5)], jobs=1):
        if isinstance(message, Outcome):
            outcomes[number] = message
        elif number == 0:
            os.kill(Run(message.path).info()["pid"], signal.SIGTERM)
    assert outcomes[0][1:4] == (143, "stopped", "interrupted")
    assert outcomes[0].path and Run(outcomes[0].path).info()["exit_code"] == 143
    assert outcomes[1].status == "done"


def test_diverged_trial_has_exit_code_3(trial: Callable[..., Trial]) -> None:
    ((_, started), (_, outcome)) = run([trial(20, "optimizer: {type: sgd, learning_rate: 1e30}\n")], jobs=1)
    assert isinstance(outcome, Outcome)
    assert (outcome.path, outcome.exit_code, outcome.status) == (started.path, 3, "diverged")
    assert outcome.reason.startswith("the loss is ")


def test_run_that_cannot_be_created_fails_the_trial(trial: Callable[..., Trial], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ((_, outcome),) = run([trial(1, runs_dir=tmp_path / "file")], jobs=1)
    message = f"{tmp_path}/file/tiny: cannot be created: not a directory"
    assert outcome == Outcome(None, 1, "failed", message, {})


def test_bug_of_nncli_is_reported_as_such(trial: Callable[..., Trial]) -> None:
    unwritable = trial(1)._replace(command=[object()])
    ((_, outcome),) = run([unwritable], jobs=1)
    assert isinstance(outcome, Outcome)
    assert (outcome.exit_code, outcome.status) == (1, "failed")
    assert outcome.reason.startswith("a bug of nncli: TypeError(")


def test_trials_run_outside_the_main_thread(trial: Callable[..., Trial]) -> None:
    outcomes: list[tuple[int, TrialStarted | Outcome]] = []
    thread = threading.Thread(target=lambda: outcomes.extend(run([trial(2)], jobs=1)))
    thread.start()
    thread.join()
    assert [type(message) for _, message in outcomes] == [TrialStarted, Outcome]


def outcomes_of(pool: Pool) -> list[Outcome]:
    """Return the outcomes of the trials that are running."""
    outcomes = list[Outcome]()
    while pool.running:
        outcomes += [message for _, message in pool.messages() if isinstance(message, Outcome)]
    return outcomes


def started_path(pool: Pool) -> Path:
    """Return the run of the only trial once it has started."""
    while True:
        for _, message in pool.messages():
            assert isinstance(message, TrialStarted)
            return message.path


def test_trial_that_takes_too_long_is_saved_and_fails(trial: Callable[..., Trial]) -> None:
    pool = Pool(1, timeout=0.2)
    pool.start(0, trial())
    (outcome,) = outcomes_of(pool)
    assert (outcome.status, outcome.exit_code) == ("failed", 1)
    assert outcome.reason == "took longer than the timeout of 0.2 s"
    assert outcome.path and Run(outcome.path).has_checkpoint("last")
    pool.close()


def test_trial_that_does_not_end_in_time_is_killed(
    trial: Callable[..., Trial], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nncli.trials.pool.GRACE", 0.1)
    pool = Pool(1, timeout=0.2)
    pool.start(0, trial()._replace(config=SLOW))
    (outcome,) = outcomes_of(pool)
    assert (outcome.status, outcome.reason) == ("failed", "took longer than the timeout of 0.2 s")
    pool.close()


def test_last_message_of_a_crashed_process_is_its_reason(trial: Callable[..., Trial], tmp_path: Path) -> None:
    pool = Pool(1, logs=tmp_path)
    pool.start(0, trial())
    pid = Run(started_path(pool)).info()["pid"]
    (log,) = tmp_path.glob("process-*.txt")
    log.write_text("first\nfree(): invalid pointer\n\n")
    os.kill(pid, signal.SIGABRT)
    (outcome,) = outcomes_of(pool)
    assert outcome.reason == "its process was killed by signal 6 (Aborted): free(): invalid pointer"
    pool.close()
    assert log.exists()


def test_message_of_an_earlier_trial_is_not_the_reason_of_a_later_one(
    trial: Callable[..., Trial], tmp_path: Path
) -> None:
    pool = Pool(1, warm=True, logs=tmp_path)
    pool.start(0, trial(1))
    outcomes_of(pool)
    (log,) = tmp_path.glob("process-*.txt")
    log.write_text("a warning\n")
    pool.start(1, trial())
    os.kill(Run(started_path(pool)).info()["pid"], signal.SIGABRT)
    (outcome,) = outcomes_of(pool)
    assert outcome.reason == "its process was killed by signal 6 (Aborted)"
    pool.close()


def test_process_that_died_between_two_trials_is_replaced(trial: Callable[..., Trial]) -> None:
    pool = Pool(1, warm=True)
    pool.start(0, trial(1))
    (first,) = outcomes_of(pool)
    assert first.path
    os.kill(Run(first.path).info()["pid"], signal.SIGKILL)
    assert pool.messages() == []
    pool.start(1, trial(1))
    (second,) = outcomes_of(pool)
    assert second.status == "done"
    pool.close()


def test_trial_takes_provenance_from_its_parent(trial: Callable[..., Trial]) -> None:
    pool = Pool(1)
    pool.start(0, trial(1, "seed: 7\n")._replace(environment={"host": "there", "pid": 1, "seed": 1}))
    (outcome,) = outcomes_of(pool)
    pool.close()
    assert outcome.path
    info = Run(outcome.path).info()
    assert (info["host"], info["seed"], info["command"]) == ("there", 7, ["a", "command"])
    assert info["pid"] not in (1, os.getpid())


def test_trial_sent_ahead_starts_in_the_same_process(trial: Callable[..., Trial]) -> None:
    pool = Pool(1, warm=True)
    pool.start(0, trial(1))
    while not pool.ahead:
        pool.messages()
    pool.start(1, trial(2))
    assert (pool.free, pool.ahead, pool.running) == (0, 0, 1)
    first, second = outcomes_of(pool)
    pool.close()
    assert first.path and second.path
    assert (first.status, second.status, len(Run(second.path).rows())) == ("done", "done", 2)
    assert Run(first.path).info()["pid"] == Run(second.path).info()["pid"]


class FakeProcess:
    """A process whose messages a test sends through `theirs`."""

    all: list[FakeProcess]
    ended = True

    def __init__(self, *_: object, **__: object) -> None:
        self.connection, self.theirs = Pipe()
        self.sent = list[object]()
        self.all.append(self)

    def send(self, message: object) -> None:
        self.sent.append(message)

    def begin_trial(self) -> None: ...

    def failure(self, path: Path | None) -> Outcome:
        return Outcome(path, 1, "failed", "killed", {})

    def close(self) -> None:
        self.connection.close()


DONE = Outcome(None, 0, "done", "", {})


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> list[FakeProcess]:
    """The processes that pools start."""
    FakeProcess.all = []
    monkeypatch.setattr("nncli.trials.pool.WorkerProcess", FakeProcess)
    return FakeProcess.all


def send_ahead(pool: Pool, processes: list[FakeProcess], trials: list[Trial]) -> FakeProcess:
    """Start a trial, and send the second one ahead once the first is finishing; return their process."""
    pool.start(0, trials[0])
    (process,) = processes
    assert pool.ahead == 0
    process.theirs.send(Finishing())
    assert pool.messages() == []
    assert (pool.free, pool.ahead) == (0, 1)
    pool.start(1, trials[1])
    assert process.sent == trials
    return process


def test_trial_sent_ahead_to_a_process_that_dies_starts_in_another(
    trial: Callable[..., Trial], processes: list[FakeProcess]
) -> None:
    pool, trials = Pool(1, warm=True), [trial(1), trial(2)]
    send_ahead(pool, processes, trials).theirs.close()
    assert pool.messages() == [(0, Outcome(None, 1, "failed", "killed", {}))]
    assert (pool.running, len(processes), processes[1].sent) == (1, 2, trials[1:])
    processes[1].theirs.send(DONE)
    assert pool.messages() == [(1, DONE)]
    assert pool.running == 0


def test_trial_sent_ahead_starts_in_no_other_process_after_a_stop(
    trial: Callable[..., Trial], processes: list[FakeProcess]
) -> None:
    pool, trials = Pool(1, warm=True), [trial(1), trial(2)]
    process = send_ahead(pool, processes, trials)
    pool.request_end()
    assert process.sent == [*trials, END]
    process.theirs.close()
    pool.messages()
    assert processes[1].sent == [trials[1], END]  # so it ends before it begins


def test_late_trial_does_not_end_the_one_sent_ahead(trial: Callable[..., Trial], processes: list[FakeProcess]) -> None:
    pool, trials = Pool(1, warm=True, timeout=0.01), [trial(1), trial(2)]
    process = send_ahead(pool, processes, trials)
    time.sleep(0.02)
    process.theirs.send(DONE)
    assert pool.messages() == [(0, DONE)]
    assert process.sent == trials
    process.theirs.send(TrialStarted(Path("run")))
    assert pool.messages() == [(1, TrialStarted(Path("run")))]


def test_no_trial_is_sent_ahead_to_a_process_that_ends_after_a_timeout(
    trial: Callable[..., Trial], processes: list[FakeProcess]
) -> None:
    pool = Pool(1, warm=True, timeout=0.01)
    pool.start(0, trial(1))
    time.sleep(0.02)
    pool.messages(0)
    assert processes[0].sent == [trial(1), END]
    processes[0].theirs.send(Finishing())
    assert (pool.messages(), pool.ahead) == ([], 0)
