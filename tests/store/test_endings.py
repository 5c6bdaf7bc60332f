"""A run is saved after a stop, an error, a full disk and a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from nncli.errors import NncliError, UsageError
from nncli.events import BatchEnded, EpochEnded
from nncli.store import Run, new_run
from nncli.store import writer as writer_module
from tests.store.source import VAL_LOSS, Training, record, recorded_end, weights


@pytest.fixture
def writer(tmp_path):
    return new_run(tmp_path / "runs", "sine", "name: sine\n", {"command": ["nncli", "train"]})


def test_stop_by_the_consumer_saves_the_run(writer):
    writer.stop_exit_code = 143
    run = record(writer, Training([0.5, 0.2, 0.3], monitor=VAL_LOSS), stop_after=2)
    assert recorded_end(run) == ("stopped", 143, "stopped before its last epoch")
    assert (weights(run, "last"), weights(run, "best")) == (2, 1)
    assert run.summary()["status"] == "stopped"
    assert run.summary()["epochs"] == len(run.rows()) == 3


def test_stopped_training_is_recorded_as_stopped(writer):
    run = record(writer, Training([0.5], ends=("stopped", "Ctrl-C")))
    assert recorded_end(run) == ("stopped", 130, "Ctrl-C")


def test_keyboard_interrupt_between_epochs_saves_the_run(writer):
    with pytest.raises(KeyboardInterrupt), writer:
        for event in writer.record(Training([0.5, 0.2, 0.3])):
            if isinstance(event, EpochEnded) and event.epoch == 1:
                raise KeyboardInterrupt
    run = Run(writer.path)
    assert recorded_end(run) == ("stopped", 130, "interrupted")
    assert weights(run, "last") == 1
    assert len(run.rows()) == 2


def test_keyboard_interrupt_in_a_step_saves_no_half_step(writer):
    with pytest.raises(KeyboardInterrupt):
        record(writer, Training([0.5, 0.2, 0.3], monitor=VAL_LOSS, fails=(2, KeyboardInterrupt())))
    run = Run(writer.path)
    assert recorded_end(run) == ("stopped", 130, "interrupted")
    assert not run.has_checkpoint("last")
    assert weights(run, "best") == 1
    assert len(run.rows()) == 2


class BatchTraining(Training):
    """A training with an event in the middle of each epoch."""

    def __iter__(self):
        for event in super().__iter__():
            if isinstance(event, EpochEnded):
                yield BatchEnded(event.epoch, 1, 2)
            yield event


def test_keyboard_interrupt_in_the_middle_of_an_epoch_saves_no_half_epoch(writer):
    with pytest.raises(KeyboardInterrupt), writer:
        for event in writer.record(BatchTraining([0.5, 0.2, 0.3])):
            if isinstance(event, BatchEnded) and event.epoch == 2:
                raise KeyboardInterrupt
    run = Run(writer.path)
    assert recorded_end(run) == ("stopped", 130, "interrupted")
    assert not run.has_checkpoint("last")
    assert len(run.rows()) == 2


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (NncliError("is gone", place="data.csv", hint="look"), 1, "data.csv: is gone\nhint: look"),
        (UsageError("will not do"), 2, "error: will not do"),
        (ZeroDivisionError("by zero"), 1, "ZeroDivisionError: by zero"),
    ],
)
def test_error_propagates_and_is_recorded(writer, error, code, reason):
    with pytest.raises(type(error)) as caught:
        record(writer, Training([0.5, 0.2, 0.3], fails=(2, error)))
    assert caught.value is error
    run = Run(writer.path)
    assert recorded_end(run) == ("failed", code, reason)
    assert len(run.rows()) == 2
    assert run.summary() is None


def test_error_in_the_consumer_saves_the_weights(writer):
    with pytest.raises(ZeroDivisionError), writer:
        for event in writer.record(Training([0.5, 0.2])):
            if isinstance(event, EpochEnded):
                raise ZeroDivisionError
    assert recorded_end(Run(writer.path)) == ("failed", 1, "ZeroDivisionError: ")
    assert weights(Run(writer.path), "last") == 0


def test_error_before_the_first_event_is_recorded(writer):
    with pytest.raises(NncliError), writer:
        raise NncliError("no data")
    assert recorded_end(Run(writer.path)) == ("failed", 1, "error: no data")


def test_error_after_the_end_keeps_status_done(writer):
    with pytest.raises(NncliError), writer:
        list(writer.record(Training([0.5])))
        raise NncliError("no test data")
    assert recorded_end(Run(writer.path)) == ("done", 1, "error: no test data")


def test_finish_sets_the_exit_code(writer):
    with writer:
        list(writer.record(Training([0.5])))
        writer.finish(4)
    assert recorded_end(Run(writer.path)) == ("done", 4, "")


def test_failed_training_has_exit_code_1(writer):
    assert recorded_end(record(writer, Training([0.5], ends=("failed", "out of memory")))) == (
        "failed",
        1,
        "out of memory",
    )


def test_full_disk_raises_one_error(tmp_path):
    """A limit on the size of files stands in for a full disk."""
    script = SCRIPT + (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "try:\n    with writer:\n        for _ in writer.record(Training(10**6)): pass\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=30)
    path, error = done.stdout.splitlines()
    assert error == f"NncliError {path}/metrics.jsonl: cannot be written: file too large"
    assert done.stderr == ""
    run = Run(next(iter(tmp_path.glob("sine/*"))))
    assert recorded_end(run) == ("failed", 1, error.removeprefix("NncliError "))
    assert 0 < len(run.rows()) < 60
    assert (run.path / "metrics.jsonl").stat().st_size == 2000


def test_failure_of_the_last_save_raises_one_error(writer, monkeypatch):
    def refuse(path, arrays, *, sync) -> None:
        raise NncliError("cannot be written: no space left on device", place=str(path))

    monkeypatch.setattr(writer_module, "save_arrays", refuse)
    with pytest.raises(NncliError, match=r"last\.npz: cannot be written"):
        record(writer, Training([0.5, 0.2]), stop_after=0)
    status, code, reason = recorded_end(Run(writer.path))
    assert (status, code) == ("failed", 1)
    assert reason.endswith("last.npz: cannot be written: no space left on device")


SCRIPT = """
import sys, pathlib, time
from nncli.events import EpochEnded, TrainingEnded, TrainingStarted
from nncli.store import new_run
class Training:
    def __init__(self, epochs): self.epochs = epochs
    def __iter__(self):
        yield TrainingStarted(0, self.epochs, 10, 5, (), None)
        for epoch in range(self.epochs): yield EpochEnded(epoch, {"loss": 0.1 * epoch})
        yield TrainingEnded("done")
    def arrays(self): return {}
    def evaluate(self): return {}
writer = new_run(pathlib.Path(sys.argv[1]), "sine", "", {})
print(writer.path, flush=True)
"""


def test_killed_run_is_lost_but_its_rows_are_readable(tmp_path):
    script = SCRIPT + "with writer:\n    for _ in writer.record(Training(10**9)): time.sleep(0.002)\n"
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True) as process:
        path = process.stdout.readline().strip()
        run = Run(next(iter(tmp_path.glob("sine/*"))))
        assert str(run.path) == path
        while (run.last_row() or {"epoch": 0})["epoch"] < 100:
            assert run.status == "running"
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
    assert run.status == "lost"
    assert run.info()["status"] == "running"
    epochs = [row["epoch"] for row in run.rows()]
    assert epochs == list(range(len(epochs)))
    assert len(epochs) > 100
