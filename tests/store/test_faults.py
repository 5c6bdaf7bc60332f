"""If any file call of a run fails, or the process dies there, the run reads as before or as after that call."""

from __future__ import annotations

import errno
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from nncli.errors import ExitCode, NncliError
from nncli.events import EpochEnded
from nncli.store import Run, Writer, list_runs, load_arrays, lock_run, metrics_rows, new_run, save_arrays, write_json
from nncli.store import writer as writer_module
from tests.store.faults import DIES, FAULTS, FULL, PARTIAL, Died, Faults, failing, temporary_files
from tests.store.source import VAL_LOSS, Training, recorded_end, weights

CONFIG = "name: sine\n" * 2000  # needs several writes
RUN_INFO = {"command": ["nncli", "train"], "host": "é" * 5000}
LOSSES = [0.5, 0.25, 0.375]
EVALUATIONS = [{"loss": 0.5}, {"loss": 0.25}]


@pytest.fixture(autouse=True)
def save_at_every_epoch(monkeypatch):
    """Write rows and save weights after every epoch instead of on a timer."""
    monkeypatch.setattr(writer_module, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(writer_module, "SAVE_SHARE", 0.0)
    monkeypatch.setattr(metrics_rows, "FLUSH_SECONDS", 0.0)


class Large(Training):
    """A training whose weights take several writes."""

    def arrays(self):
        return arrays_at(self.epoch)


def arrays_at(epoch):
    weights = {"layers.0.weights": np.full((2, 2), epoch), "layers.0.biases": np.full(5000, epoch + 0.1)}
    return {**weights, "epoch": np.array(epoch + 1)}


class Outcome(NamedTuple):
    """The error that ended a run, how far it came, and the calls it made."""

    error: BaseException | None
    yielded: int  # epochs recorded and passed on
    trained: int  # epochs trained
    stopped: bool  # the consumer of the events stopped before the last one
    evaluated: int
    faults: Faults

    @property
    def died(self) -> bool:
        return self.faults.dead


def run_with_faults(
    runs_dir: Path, at: Mapping[int, int | str] | None = None, stop_after: int | None = None
) -> Outcome:
    """Train a run to its end and save two evaluations of it, with faults at some of the calls.

    The consumer of the events stops after the epoch `stop_after`, if given.
    """
    training, yielded, evaluated, error = Large(LOSSES, monitor=VAL_LOSS), 0, 0, None
    with failing(Faults(at)) as faults:
        try:
            with new_run(runs_dir, "sine", CONFIG, RUN_INFO) as writer:
                for event in writer.record(training):
                    yielded += isinstance(event, EpochEnded)
                    if isinstance(event, EpochEnded) and event.epoch == stop_after:
                        break
            for evaluation in EVALUATIONS:
                write_json(writer.path / "eval.json", evaluation)
                evaluated += 1
        except (NncliError, Died) as caught:
            error = caught
    return Outcome(error, yielded, training.epoch + 1, stop_after is not None, evaluated, faults)


def check(runs_dir: Path, outcome: Outcome, *, single_fault: bool) -> None:
    """Check what is left of a run; `single_fault` if one call failed and all others succeeded."""
    check_error(outcome)
    if not outcome.died and (single_fault or "unlink" not in {outcome.faults.calls[n] for n in outcome.faults.at}):
        assert temporary_files(runs_dir) == []
    runs = list_runs(runs_dir)
    if not runs:
        assert outcome.trained == 0
        assert outcome.error is not None
        return
    (run,) = runs
    check_status(run, outcome, single_fault=single_fault)
    check_rows(run, outcome)
    check_checkpoints(run, outcome)
    texts = [path.read_bytes() for path in run.path.glob("*.json")]
    assert all(isinstance(json.loads(text), dict) for text in texts)
    if run.info():
        assert run.config_text() == CONFIG
        assert run.info() | RUN_INFO == run.info()
    assert run.summary() is None or run.summary()["final"] == {"loss": 0.125, "accuracy": None}
    path = run.path / "eval.json"
    evaluation = json.loads(path.read_bytes()) if path.exists() else None
    versions = [None, *EVALUATIONS]
    assert evaluation in versions[outcome.evaluated : outcome.evaluated + 2]


def check_error(outcome: Outcome) -> None:
    if not isinstance(outcome.error, NncliError):
        assert (outcome.error is None) == (not outcome.died)
        return
    assert outcome.error.exit_code is ExitCode.FAILURE
    first, *hints = outcome.error.lines()
    assert first.isprintable()
    assert "cannot be " in first
    assert len(hints) <= 1


def check_status(run: Run, outcome: Outcome, *, single_fault: bool) -> None:
    """Check the status: done at the end, failed after an error, lost if the process died before recording it."""
    status = run.status
    end = ("stopped", 130, "stopped before its last epoch") if outcome.stopped else ("done", 0, "")
    assert status != "running", "no process has locked it"
    if outcome.error is None or outcome.evaluated or (run.path / "eval.json").exists():
        assert recorded_end(run) == end
    elif outcome.died:
        assert status in ("lost", "failed", end[0])
        assert status != end[0] or run.summary()
    elif single_fault and "eval.json" in str(outcome.error):
        assert recorded_end(run) == end
    elif single_fault:
        assert recorded_end(run) == ("failed", 1, str(outcome.error))
    else:
        # Two faults: run.json may record the end, with all other files complete, and only syncing it has failed.
        assert status in ("failed", "lost") or (status == end[0] and run.summary())


def check_rows(run: Run, outcome: Outcome) -> None:
    """Check that every yielded epoch has its row, and that only a half row may follow them."""
    if not (run.path / "metrics.jsonl").exists():
        assert outcome.trained == 0
        return
    rows = [{key: value for key, value in row.items() if key != "seconds"} for row in run.rows()]
    epochs_ended = [event for event in Large(LOSSES, monitor=VAL_LOSS) if isinstance(event, EpochEnded)]
    assert rows == [{"epoch": event.epoch, **event.metrics} for event in epochs_ended][: len(rows)]
    assert outcome.yielded <= len(rows) <= outcome.trained
    assert (run.last_row() or {"epoch": -1})["epoch"] == len(rows) - 1


def check_checkpoints(run: Run, outcome: Outcome) -> None:
    """Check that each checkpoint loads, with the bits saved before or in the last epoch."""
    of_best = [-1, *(min(range(n), key=LOSSES.__getitem__) for n in range(1, len(LOSSES) + 1))]
    for which, epochs in (("last", [-1, *range(len(LOSSES))]), ("best", of_best)):
        epoch = weights(run, which) if run.has_checkpoint(which) else -1
        assert epoch in epochs[outcome.yielded : outcome.trained + 1]
        if epoch >= 0:
            arrays = run.checkpoint(which)
            assert {name: array.tobytes() for name, array in arrays.items()} == {
                name: array.tobytes() for name, array in arrays_at(epoch).items()
            }


def walk(
    folder: Path, earlier: Mapping[int, int | str] | None = None, stop_after: int | None = None, every: int = 1
) -> Iterator[tuple[dict[int, int | str], Outcome]]:
    """Run with every fault at every `every`-th call after the calls that fail in `earlier`."""
    folder.mkdir(exist_ok=True)  # so that the run makes no calls to create it
    first = run_with_faults(folder / "whole", earlier, stop_after).faults.calls
    for n in range(max(earlier or {-1: ""}) + 1, len(first), every):
        for fault in FAULTS[first[n]]:
            at = {**(earlier or {}), n: fault}
            runs_dir = folder / "-".join(str(part) for pair in at.items() for part in pair)
            outcome = run_with_faults(runs_dir, at, stop_after)
            check(runs_dir, outcome, single_fault=len(at) == 1 and fault != FULL)
            yield at, outcome


def test_run_without_fault_makes_every_kind_of_call(tmp_path):
    outcome = run_with_faults(tmp_path)
    check(tmp_path, outcome, single_fault=True)
    assert outcome.error is None
    assert set(outcome.faults.calls) | {"unlink", "rmdir"} == set(FAULTS)


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("stop_after", [None, 1])
def test_any_call_may_fail_or_kill_the_process(tmp_path, capsys, stop_after, every):
    """In training that is done, and in training that its consumer stops."""
    walked, ends = Counter(), Counter()
    for at, outcome in walk(tmp_path, stop_after=stop_after, every=every):
        (n,) = at
        walked[outcome.faults.calls[n]] += 1
        ends["died" if outcome.died else "one error" if outcome.error else "no error"] += 1
    with capsys.disabled():
        calls = len(run_with_faults(tmp_path / "reopen", stop_after=stop_after).faults.calls)
        print(f"\n{walked.total()} faults at {calls} calls: {dict(walked)}; their ends: {dict(ends)}")
    assert min(ends[end] for end in ("died", "one error", "no error")) > 0
    assert walked.total() > 300 / every


@pytest.mark.parametrize(
    ("every", "least"), [pytest.param(8, 500, marks=pytest.mark.long), pytest.param(1, 3000, marks=pytest.mark.longest)]
)
def test_second_call_may_fail_while_the_first_error_is_handled(tmp_path, capsys, every, least):
    """Handling an error makes further calls: removing unfinished files, saving weights, recording the end."""
    walked = 0
    calls = run_with_faults(tmp_path / "whole").faults.calls
    for n in range(0, len(calls), every):
        walked += sum(1 for _ in walk(tmp_path / str(n), {n: errno.ENOSPC}))
    with capsys.disabled():
        print(f"\n{walked} pairs of faults")
    assert walked > least


def test_failure_during_cleanup_keeps_the_first_error(tmp_path):
    """Files that cannot be removed stay, and the first error is still the one reported."""
    calls = run_with_faults(tmp_path / "whole", {1: errno.ENOSPC}).faults.calls
    for n in [n for n, kind in enumerate(calls) if kind in ("unlink", "rmdir")]:
        outcome = run_with_faults(tmp_path / str(n), {1: errno.ENOSPC, n: errno.EIO})
        assert isinstance(outcome.error, NncliError)
        assert outcome.error.message == "cannot be created: no space left on device"


@pytest.mark.parametrize("fault", [fault for fault in FAULTS["write"] if fault != PARTIAL])
def test_replaced_file_is_the_old_or_the_new_one(tmp_path, fault):
    """In a single file, the old arrays are still there at every write, bit for bit."""
    path = tmp_path / "last.npz"
    with failing(Faults()) as faults:
        save_arrays(path, arrays_at(0))
    old = path.read_bytes()
    for n in [n for n, kind in enumerate(faults.calls) if kind == "write"]:
        with failing(Faults({n: fault})), pytest.raises((NncliError, Died)) as caught:
            save_arrays(path, arrays_at(1))
        assert path.read_bytes() == old
        assert (temporary_files(tmp_path) == []) == isinstance(caught.value, NncliError)
        for name in temporary_files(tmp_path):
            (tmp_path / name).unlink()
    assert load_arrays(path)["layers.0.weights"].tolist() == arrays_at(0)["layers.0.weights"].tolist()


def test_dead_process_has_no_effect(tmp_path):
    with failing(Faults({0: DIES})):
        for call in (
            lambda: (tmp_path / "a").mkdir(),
            lambda: tmp_path.unlink(),
            lambda: (tmp_path / "b").open("xb"),
        ):
            with pytest.raises(Died):
                call()
    assert list(tmp_path.iterdir()) == []


def resume(run: Run) -> None:
    """Resume a run from its last checkpoint, as `nncli resume` does."""
    with lock_run(run) as locked_run:
        arrays = locked_run.checkpoint()
        first = 0 if arrays is None else int(arrays["layers.0.weights"][0, 0]) + 1
        with Writer.reopen(locked_run, CONFIG, {"resumed": [first]}) as writer:
            for _event in writer.record(Large(LOSSES, monitor=VAL_LOSS, first=first)):
                pass


def content(run: Run) -> dict:
    which = {each: {name: a.tobytes() for name, a in run.checkpoint(each).items()} for each in ("last", "best")}
    rows = [{key: value for key, value in row.items() if key != "seconds"} for row in run.rows()]
    summary = run.summary() or {}
    return {"rows": rows, "best epoch": summary["best"], "final": summary["final"], "ended": recorded_end(run), **which}


@pytest.mark.parametrize(
    "every", [7, pytest.param(3, marks=pytest.mark.long), pytest.param(1, marks=pytest.mark.longest)]
)
@pytest.mark.parametrize("stop_after", [0, 1])
def test_resumed_run_survives_any_fault(tmp_path, capsys, stop_after, every):
    """It keeps its rows, its weights load, and once nothing fails it ends the same way."""
    (tmp_path / "whole").mkdir()
    run_with_faults(tmp_path / "whole")
    (uninterrupted,) = list_runs(tmp_path / "whole")
    run_with_faults(tmp_path / "stopped", stop_after=stop_after)
    (stopped,) = list_runs(tmp_path / "stopped")
    with (stopped.path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"epoch": 9, "lo')  # left by a crash
    shutil.copytree(stopped.path, tmp_path / "a" / "a")
    with failing(Faults()) as calls:
        resume(Run(tmp_path / "a" / "a"))
    assert content(Run(tmp_path / "a" / "a")) == content(uninterrupted)
    walked = 0
    for n, call in list(enumerate(calls.calls))[::every]:
        for fault in FAULTS[call]:
            run = Run(tmp_path / f"{n}-{fault}" / "a")
            shutil.copytree(stopped.path, run.path)
            with failing(Faults({n: fault})) as faults, suppress(NncliError, Died):
                resume(run)
            assert [row["epoch"] for row in run.rows()] == [*range(len(run.rows()))]
            assert len(run.rows()) > stop_after
            for which in ("last", "best"):
                assert weights(run, which) in range(len(LOSSES))
            assert run.config_text() == CONFIG
            assert (
                run.info()["status"] != "running" or faults.dead or fault == FULL
            )  # the status cannot be corrected then
            if not faults.dead and call != "unlink":
                assert temporary_files(run.path) == []
            resume(run)
            assert content(run) == content(uninterrupted)
            walked += 1
    with capsys.disabled():
        print(f"\n{walked} faults at {len(calls.calls)} calls of a resumed run")
    assert walked > 100 / every
