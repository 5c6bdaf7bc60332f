"""Sweeps from start to end: the same numbers in any order, and continued without losing or repeating a training."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest

from nncli import config
from nncli.config.choices import read_tree
from nncli.errors import NncliError, UsageError
from nncli.runner import Runner
from nncli.store import Run
from nncli.sweeps.events import SweepEvent, TrainingEnded, TrainingStarted, TrialEnded
from nncli.sweeps.plan import SweepPlan
from nncli.sweeps.session import Session
from nncli.trials import ExecutorOptions, Message, Outcome, Pool, Trial
from tests.cli.program import rows_without_times
from tests.sweeps.sessions import TINY, continued, never, new_session, results, run, runs

SCALES = "init.scale=0.1,0.2,0.3,0.4"
ENDLESS = TINY.replace("epochs: 6", "epochs: 1000000000")


def ended_trials(events: list[SweepEvent]) -> list[int]:
    return sorted(event.trial.number for event in events if isinstance(event, TrialEnded))


def started(events: list[SweepEvent]) -> list[str]:
    return sorted(event.run.name for event in events if isinstance(event, TrainingStarted))


def stop_after(session: Session, trainings: int) -> list[SweepEvent]:
    """Run a session, but stop it once some trainings have ended."""
    events = list[SweepEvent]()
    with session:
        for event in session.run(lambda: sum(isinstance(each, TrainingEnded) for each in events) >= trainings):
            events.append(event)
    return events


def assert_same_checkpoints(ours: Run, theirs: Run) -> None:
    for which in ("last", "best"):
        a, b = ours.checkpoint(which), theirs.checkpoint(which)
        assert a.keys() == b.keys()
        assert all(np.array_equal(a[name], b[name], equal_nan=True) for name in a)


def test_each_training_is_the_run_that_train_makes(tmp_path: Path) -> None:
    session = new_session(tmp_path, "init.scale=0.1,0.5", "sweep.seeds=2")
    events = run(session)
    assert ended_trials(events) == [0, 1]
    names = ["00000-seed0", "00000-seed1", "00001-seed0", "00001-seed1"]
    assert [each.path.name for each in runs(session.directory)] == names
    assert started(events) == names

    loaded = config.load(tmp_path / "tiny.yaml", ["init.scale=0.5", "seed=1"])
    with Runner(["train"]) as runner:
        alone = runner.train(loaded.resolved, tmp_path / "alone").run
    trained = session.directory.run("00001-seed1")
    assert rows_without_times(trained) == rows_without_times(alone)
    assert trained.config_text() == alone.config_text()
    assert_same_checkpoints(trained, alone)
    assert session.directory.trials()[1].trainings[1].objective == alone.rows()[-1]["val_loss"]
    ours, theirs = trained.info(), alone.info()
    assert ours.keys() == theirs.keys()
    assert ours["pid"] != os.getpid()
    for key in ("seed", "git", "versions", "host", "blas", "settings", "config_sha256", "status", "exit_code"):
        assert ours[key] == theirs[key]


@pytest.mark.parametrize("sampler", ["grid", "random", "halton"])
def test_number_of_workers_changes_no_trial(tmp_path: Path, sampler: str) -> None:
    arguments = [SCALES] if sampler == "grid" else ["init.scale={uniform: [0.1, 1]}", "sweep.trials=4"]
    found = []
    for workers in (1, 3):
        session = new_session(tmp_path, *arguments, f"sweep.sampler={sampler}", f"sweep.workers={workers}")
        run(session)
        found.append(results(session.directory))
    assert found[0] == found[1]
    assert len(found[0]) == 4


def test_warm_processes_give_the_same_bits(tmp_path: Path) -> None:
    arguments = ("layers.0.units=3,5", "precision=float32,book", "sweep.workers=1")
    isolated, warm = (new_session(tmp_path, *arguments) for _ in range(2))
    run(isolated)
    run(warm, warm=True)
    pids = [each.info()["pid"] for each in runs(warm.directory)]
    assert len(set(pids)) == 1 < len({each.info()["pid"] for each in runs(isolated.directory)})
    assert results(isolated.directory) == results(warm.directory)
    for ours, theirs in zip(runs(isolated.directory), runs(warm.directory), strict=True):
        assert rows_without_times(ours) == rows_without_times(theirs)
        assert_same_checkpoints(ours, theirs)


def test_diverged_training_does_not_change_the_next_one_of_its_process(tmp_path: Path) -> None:
    session = new_session(tmp_path, "optimizer.learning_rate=1e30,0.01", "optimizer=sgd", "sweep.workers=1")
    run(session, warm=True)
    alone = new_session(tmp_path, "optimizer.learning_rate=[0.01]", "optimizer=sgd")
    run(alone)
    diverged, done = results(session.directory)[0], results(session.directory)[1]
    assert diverged[1][0][:2] == ("diverged", None)
    assert done == results(alone.directory)[0]


def test_stopped_sweep_continues_where_it_ended(tmp_path: Path) -> None:
    session = new_session(tmp_path, SCALES, "sweep.seeds=2", "sweep.workers=1")
    before = stop_after(session, 3)
    directory = session.directory
    assert directory.info()["status"] == directory.status == "stopped"
    after = run(again := continued(directory))
    assert again.summary.complete and directory.status == "done"
    ended = [(each.trial.number, each.training.seed) for each in before + after if isinstance(each, TrainingEnded)]
    assert sorted(ended) == [(number, seed) for number in range(4) for seed in (0, 1)]

    undisturbed = new_session(tmp_path, SCALES, "sweep.seeds=2")
    run(undisturbed)
    assert results(directory) == results(undisturbed.directory)
    assert directory.info()["resumed"][0]["command"] == ["another", "command"]


def test_half_done_training_is_resumed_from_its_checkpoint(tmp_path: Path) -> None:
    long = TINY.replace("epochs: 6", "epochs: 400")
    session, events = new_session(tmp_path, "init.scale=[0.3]", text=long), list[SweepEvent]()
    with session:
        for event in session.run(lambda: bool(events)):
            events.append(event)
    assert [type(event) for event in events] == [TrainingStarted]
    half_done = session.directory.run("00000-seed0")
    assert half_done.status == "stopped" and len(half_done.rows()) < 400
    run(continued(session.directory))
    assert len(half_done.info()["resumed"]) == 1
    whole = new_session(tmp_path, "init.scale=[0.3]", text=long)
    run(whole)
    assert rows_without_times(half_done) == rows_without_times(whole.directory.run("00000-seed0"))
    assert results(session.directory) == results(whole.directory)


def test_finished_run_without_its_line_in_the_journal_counts(tmp_path: Path) -> None:
    session = new_session(tmp_path, SCALES)
    run(session)
    before = results(session.directory)
    lines = session.directory.journal.read_text().splitlines(keepends=True)
    session.directory.journal.write_text("".join(line for line in lines if '"status"' not in line) + '{"trial": 3, "se')
    stamps = [(each.path / "metrics.jsonl").stat().st_mtime_ns for each in runs(session.directory)]
    run(continued(session.directory))
    assert results(session.directory) == before
    assert [(each.path / "metrics.jsonl").stat().st_mtime_ns for each in runs(session.directory)] == stamps
    assert not any("resumed" in each.info() for each in runs(session.directory))


@pytest.mark.parametrize("damage", ["config.yaml", "checkpoints/last.npz", "run.json"])
def test_run_with_empty_files_is_trained_again(tmp_path: Path, damage: str) -> None:
    session = new_session(tmp_path, "init.scale=[0.3]")
    run(session)
    before = results(session.directory)
    session.directory.journal.write_text(session.directory.journal.read_text().splitlines(keepends=True)[0])
    trained = session.directory.run("00000-seed0")
    (trained.path / damage).write_bytes(b"")  # as after a power failure
    run(continued(session.directory))
    assert results(session.directory) == before
    assert trained.status == "done" and len(trained.rows()) == 6


def test_more_trials_are_added(tmp_path: Path) -> None:
    arguments = ("init.scale={uniform: [0.1, 1]}", "sweep.sampler=halton")
    session = new_session(tmp_path, *arguments, "sweep.trials=2")
    run(session)
    assert ended_trials(run(continued(session.directory, "sweep.trials=5"))) == [2, 3, 4]
    whole = new_session(tmp_path, *arguments, "sweep.trials=5")
    run(whole)
    assert results(session.directory) == results(whole.directory)


def test_more_seeds_are_added_to_earlier_trials(tmp_path: Path) -> None:
    session = new_session(tmp_path, SCALES)
    run(session)
    events = run(continued(session.directory, "sweep.seeds=3"))
    assert started(events) == [f"{trial:05d}-seed{seed}" for trial in range(4) for seed in (1, 2)]


def test_wider_space_keeps_earlier_trials(tmp_path: Path) -> None:
    session = new_session(tmp_path, "init.scale=0.1,0.2")
    run(session)
    again = continued(session.directory, "init.scale=0.1,0.2,0.3")
    assert ended_trials(run(again)) == [2]
    assert session.directory.trials()[2].settings == {"init.scale": 0.3}
    assert again.summary.ended == 3


def test_trials_outside_a_narrower_space_stay_but_do_not_count(tmp_path: Path) -> None:
    session = new_session(tmp_path, SCALES)
    run(session)
    again = continued(session.directory, "init.scale=0.3")
    assert run(again) == []
    assert (again.summary.ended, again.summary.complete, len(session.directory.trials())) == (1, True, 4)
    assert again.summary.best and again.summary.best.settings == {"init.scale": 0.3}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("train.epochs=7", "train.epochs: cannot change from 6 to 7, as earlier trials were trained with it"),
        ("sweep.objective.monitor=loss", "sweep.objective: cannot change, because earlier trials were measured by it"),
        ("sweep.seeds=1", "sweep.seeds: cannot be less than 2, the trainings of each earlier trial"),
    ],
)
def test_changes_that_make_trials_incomparable_are_refused(tmp_path: Path, change: str, message: str) -> None:
    session = new_session(tmp_path, SCALES, "sweep.seeds=2")
    stop_after(session, 0)
    before = session.directory.info(), session.directory.spec()
    with pytest.raises(UsageError) as error:
        continued(session.directory, change)
    assert message in str(error.value) and error.value.hint == "start a new sweep for it"
    assert (session.directory.info(), session.directory.spec()) == before
    run(continued(session.directory))  # it is not locked any more


def test_second_session_is_refused(tmp_path: Path) -> None:
    session = new_session(tmp_path, SCALES)
    assert session.directory.status == "running"
    with pytest.raises(NncliError, match="is being run by another process"):
        continued(session.directory)
    stop_after(session, 0)
    assert session.directory.status == "stopped"


def test_killed_training_fails_alone_and_is_retried(tmp_path: Path) -> None:
    session, events = new_session(tmp_path, SCALES, text=TINY.replace("epochs: 6", "epochs: 300")), list[SweepEvent]()
    with session:
        for event in session.run(never):
            if isinstance(event, TrainingStarted) and event.trial.number == 1:
                os.kill(Run(event.run).info()["pid"], signal.SIGSEGV)
            events.append(event)
    failed = session.directory.trials()[1]
    assert (failed.status(1), failed.reason) == ("failed", "its process was killed by signal 11 (Segmentation fault)")
    assert session.summary.counts == {"done": 3, "diverged": 0, "pruned": 0, "failed": 1}
    assert run(continued(session.directory)) == []

    again = continued(session.directory)
    assert ended_trials(run(again, retry_failed=True)) == [1]
    assert again.summary.counts == {"done": 4, "diverged": 0, "pruned": 0, "failed": 0}
    assert len(session.directory.run("00001-seed0").rows()) == 300


def test_failed_trial_counts_as_open_while_it_is_retried(tmp_path: Path) -> None:
    session = new_session(tmp_path, "init.scale=[0.1]", "sweep.timeout=0.2", text=ENDLESS)
    run(session)
    assert session.directory.trials()[0].reason == "took longer than the timeout of 0.2 s"
    again = continued(session.directory, "sweep.timeout=600")
    with again:
        events = list[SweepEvent]()
        for event in again.run(lambda: bool(events), retry_failed=True):
            events.append(event)
        assert (again.summary.ended, again.summary.complete) == (0, False)
    assert session.directory.status == "stopped"


def test_logs_exist_only_if_a_process_wrote_something(tmp_path: Path) -> None:
    session = new_session(tmp_path, SCALES)
    empty = session.directory.path / "logs" / "process-1-0.txt"
    empty.parent.mkdir()
    empty.touch()  # as a killed process leaves it
    run(session)
    assert not empty.parent.exists()


def test_sweep_that_cannot_be_prepared_leaves_nothing(tmp_path: Path) -> None:
    def refuse(plan: SweepPlan) -> None:
        raise NncliError("no worker can be used")

    spec = tmp_path / "tiny.yaml"
    spec.write_text(TINY)
    with pytest.raises(NncliError, match="no worker"):
        Session.new(read_tree(spec, [SCALES], {}), tmp_path / "runs", ["a", "command"], refuse)
    assert not (tmp_path / "runs").exists()


def test_number_of_trainings_at_a_time_is_that_of_the_executor(tmp_path: Path) -> None:
    session = new_session(tmp_path, SCALES)
    assert session.workers == 2
    run(session, open_executor=lambda options: Pool(3, logs=options.logs, lock=options.lock))
    assert session.workers == 3


def test_full_disk_stops_the_sweep_and_nothing_is_recorded_as_failed(tmp_path: Path) -> None:
    session = new_session(tmp_path, SCALES)
    with pytest.raises(NncliError, match="no space left on device"):
        run(session, open_executor=lambda options: FullDisk(2))
    assert (session.directory.status, session.summary.ended) == ("failed", 0)
    run(continued(session.directory))
    assert session.directory.status == "done"


@pytest.mark.parametrize(
    ("arguments", "count"), [([], 3), (["sweep.seeds=2"], 0), (["sweep.sampler=tpe", "sweep.trials=3"], 0)]
)
def test_trials_are_sent_ahead_only_if_they_do_not_depend_on_outcomes(
    tmp_path: Path, arguments: list[str], count: int
) -> None:
    pools = list[CountingPool]()

    def opened(options: ExecutorOptions) -> Pool:
        pools.append(CountingPool(1, warm=True, logs=options.logs, lock=options.lock))
        return pools[0]

    session = new_session(tmp_path, SCALES, "sweep.workers=1", *arguments)
    run(session, open_executor=opened)
    assert pools[0].sent_ahead == count
    assert session.summary.complete


class CountingPool(Pool):
    """Processes that count the trials which are sent to them ahead."""

    sent_ahead = 0

    def start(self, number: int, trial: Trial) -> None:
        self.sent_ahead += not self.free
        super().start(number, trial)


class FullDisk(Pool):
    """Processes that find a full disk."""

    def messages(self, *_: object) -> list[tuple[int, Message]]:
        reason = "metrics.jsonl: cannot be written: no space left on device"
        return [(0, Outcome(None, 1, "failed", reason, {}, disk_full=True))]


def test_journal_has_two_lines_for_each_training(tmp_path: Path) -> None:
    session = new_session(tmp_path, "init.scale=0.1,0.2")
    run(session)
    lines = [json.loads(line) for line in session.directory.journal.read_text().splitlines()]
    assert sorted((line["trial"], "settings" in line) for line in lines) == [
        (0, False),
        (0, True),
        (1, False),
        (1, True),
    ]
