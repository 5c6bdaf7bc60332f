"""A run is kept come what may: at a stop, an error, a full disk and a kill."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from nncli.errors import NncliError, UsageError
from nncli.events import EpochEnded
from nncli.store import Run, new_run
from nncli.store import writer as module
from tests.store.source import VAL_LOSS, Training, ended, record, weights


@pytest.fixture
def writer(tmp_path):
    return new_run(tmp_path / "runs", "sine", "name: sine\n", {"command": ["nncli", "train"]})


def test_a_consumer_that_stops_early(writer):
    writer.stop_exit_code = 143
    run = record(writer, Training([0.5, 0.2, 0.3], monitor=VAL_LOSS), upto=2)
    assert ended(run) == ("stopped", 143, "stopped before its last epoch")
    assert (weights(run, "last"), weights(run, "best")) == (2, 1)
    assert run.summary()["status"] == "stopped"
    assert run.summary()["epochs"] == len(run.rows()) == 3


def test_a_training_that_says_that_it_was_stopped(writer):
    run = record(writer, Training([0.5], ends=("stopped", "Ctrl-C")))
    assert ended(run) == ("stopped", 130, "Ctrl-C")


def test_a_keyboard_interrupt_between_epochs(writer):
    with pytest.raises(KeyboardInterrupt), writer:
        for event in writer.record(Training([0.5, 0.2, 0.3])):
            if isinstance(event, EpochEnded) and event.epoch == 1:
                raise KeyboardInterrupt
    run = Run(writer.path)
    assert ended(run) == ("stopped", 130, "interrupted")
    assert weights(run, "last") == 1
    assert len(run.rows()) == 2


def test_a_keyboard_interrupt_in_a_step_keeps_no_half_of_it(writer):
    with pytest.raises(KeyboardInterrupt):
        record(writer, Training([0.5, 0.2, 0.3], monitor=VAL_LOSS, fails=(2, KeyboardInterrupt())))
    run = Run(writer.path)
    assert ended(run) == ("stopped", 130, "interrupted")
    assert not run.has_checkpoint("last")
    assert weights(run, "best") == 1
    assert len(run.rows()) == 2


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (NncliError("is gone", place="data.csv", hint="look"), 1, "data.csv: is gone\nhint: look"),
        (UsageError("will not do"), 2, "error: will not do"),
        (ZeroDivisionError("by zero"), 1, "ZeroDivisionError: by zero"),
    ],
)
def test_an_error_goes_through_and_is_written_down(writer, error, code, reason):
    with pytest.raises(type(error)) as caught:
        record(writer, Training([0.5, 0.2, 0.3], fails=(2, error)))
    assert caught.value is error
    run = Run(writer.path)
    assert ended(run) == ("failed", code, reason)
    assert len(run.rows()) == 2
    assert run.summary() is None


def test_an_error_of_a_consumer_loses_no_weights(writer):
    with pytest.raises(ZeroDivisionError), writer:
        for event in writer.record(Training([0.5, 0.2])):
            if isinstance(event, EpochEnded):
                raise ZeroDivisionError
    assert ended(Run(writer.path)) == ("failed", 1, "ZeroDivisionError: ")
    assert weights(Run(writer.path), "last") == 0


def test_an_error_before_any_event(writer):
    with pytest.raises(NncliError), writer:
        raise NncliError("no data")
    assert ended(Run(writer.path)) == ("failed", 1, "error: no data")


def test_an_error_after_the_end_leaves_the_training_done(writer):
    with pytest.raises(NncliError), writer:
        list(writer.record(Training([0.5])))
        raise NncliError("no test data")
    assert ended(Run(writer.path)) == ("done", 1, "error: no test data")


def test_the_exit_code_can_be_named(writer):
    with writer:
        list(writer.record(Training([0.5])))
        writer.finish(4)
    assert ended(Run(writer.path)) == ("done", 4, "")


def test_a_failing_training_has_its_code(writer):
    assert ended(record(writer, Training([0.5], ends=("failed", "out of memory")))) == ("failed", 1, "out of memory")


def test_a_full_disk_is_one_error(tmp_path):
    """The size of files is limited for the process, which is as near to a full disk as a test gets."""
    script = SCRIPT + (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "try:\n    with writer:\n        for _ in writer.record(Training(10**6)): pass\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    found = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=30)
    path, error = found.stdout.splitlines()
    assert error == f"NncliError {path}/metrics.jsonl: cannot be written: file too large"
    assert found.stderr == ""
    run = Run(next(iter(tmp_path.glob("sine/*"))))
    assert ended(run) == ("failed", 1, error.removeprefix("NncliError "))
    assert 0 < len(run.rows()) < 60
    assert (run.path / "metrics.jsonl").stat().st_size == 2000


def test_a_last_save_that_fails_is_one_error(writer, monkeypatch):
    def refuse(path, arrays) -> None:
        raise NncliError("cannot be written: no space left on device", place=str(path))

    monkeypatch.setattr(module, "save_arrays", refuse)
    with pytest.raises(NncliError, match=r"last\.npz: cannot be written"):
        record(writer, Training([0.5, 0.2]), upto=0)
    status, code, reason = ended(Run(writer.path))
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


def test_a_killed_run_is_lost_and_its_rows_are_read(tmp_path):
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
