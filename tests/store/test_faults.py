"""Whatever file call of a run fails, or is the last before the process dies: it reads back as before or as after."""

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
from nncli.store import writer as module
from tests.store.faults import DIES, FAULTS, FULL, PARTIAL, Died, Faults, failing, temporary_files
from tests.store.source import VAL_LOSS, Training, ended, weights

CONFIG = "name: sine\n" * 2000  # longer than what is written at once
RUN_INFO = {"command": ["nncli", "train"], "host": "é" * 5000}
LOSSES = [0.5, 0.25, 0.375]
EVALUATIONS = [{"loss": 0.5}, {"loss": 0.25}]


@pytest.fixture(autouse=True)
def everything_at_every_epoch(monkeypatch):
    """Rows are written and weights are saved after each epoch, and not when their time has come."""
    monkeypatch.setattr(module, "SAVE_SECONDS", 0.0)
    monkeypatch.setattr(module, "SAVE_SHARE", 0.0)
    monkeypatch.setattr(metrics_rows, "FLUSH_SECONDS", 0.0)


class Large(Training):
    """A training whose weights take several writes."""

    def arrays(self):
        return arrays_at(self.epoch)


def arrays_at(epoch):
    weights = {"layers.0.weights": np.full((2, 2), epoch), "layers.0.biases": np.full(5000, epoch + 0.1)}
    return {**weights, "epoch": np.array(epoch + 1)}


class Outcome(NamedTuple):
    """What became of a run: the error that ended it, how far it had come, and the calls that were made."""

    error: BaseException | None
    passed: int  # epochs that were recorded and passed on
    begun: int  # epochs that were trained
    stopped: bool  # whether whoever took the events broke off before the last
    evaluated: int
    faults: Faults

    @property
    def died(self) -> bool:
        return self.faults.dead


def outcome(runs_dir: Path, at: Mapping[int, int | str] | None = None, upto: int | None = None) -> Outcome:
    """Makes a run, its rows, its saves, its end and two evaluations of it, with faults at some of the calls.

    Whoever takes the events breaks off after the epoch `upto`, where one is given.
    """
    training, passed, evaluated, error = Large(LOSSES, monitor=VAL_LOSS), 0, 0, None
    with failing(Faults(at)) as faults:
        try:
            with new_run(runs_dir, "sine", CONFIG, RUN_INFO) as writer:
                for event in writer.record(training):
                    passed += isinstance(event, EpochEnded)
                    if isinstance(event, EpochEnded) and event.epoch == upto:
                        break
            for evaluation in EVALUATIONS:
                write_json(writer.path / "eval.json", evaluation)
                evaluated += 1
        except (NncliError, Died) as caught:
            error = caught
    return Outcome(error, passed, training.epoch + 1, upto is not None, evaluated, faults)


def check(runs_dir: Path, found: Outcome, *, once: bool) -> None:
    """Holds what is left to what is promised; `once` where one call failed and all others went well."""
    check_error(found)
    if not found.died and (once or "unlink" not in {found.faults.calls[n] for n in found.faults.at}):
        assert temporary_files(runs_dir) == []
    runs = list_runs(runs_dir)
    if not runs:
        assert found.begun == 0
        assert found.error is not None
        return
    (run,) = runs
    check_status(run, found, once=once)
    check_rows(run, found)
    check_checkpoints(run, found)
    texts = [path.read_bytes() for path in run.path.glob("*.json")]
    assert all(isinstance(json.loads(text), dict) for text in texts)
    if run.info():
        assert run.config_text() == CONFIG
        assert run.info() | RUN_INFO == run.info()
    assert run.summary() is None or run.summary()["final"] == {"loss": 0.125, "accuracy": None}
    path = run.path / "eval.json"
    evaluation = json.loads(path.read_bytes()) if path.exists() else None
    versions = [None, *EVALUATIONS]
    assert evaluation in versions[found.evaluated : found.evaluated + 2]


def check_error(found: Outcome) -> None:
    if not isinstance(found.error, NncliError):
        assert (found.error is None) == (not found.died)
        return
    assert found.error.exit_code is ExitCode.FAILURE
    first, *hints = found.error.lines()
    assert first.isprintable()
    assert "cannot be " in first
    assert len(hints) <= 1


def check_status(run: Run, found: Outcome, *, once: bool) -> None:
    """Done where it came to its end; failed, with the error; lost where the process could not say so any more."""
    status = run.status
    end = ("stopped", 130, "stopped before its last epoch") if found.stopped else ("done", 0, "")
    assert status != "running", "its lock is gone"
    if found.error is None or found.evaluated or (run.path / "eval.json").exists():
        assert ended(run) == end
    elif found.died:
        assert status in ("lost", "failed", end[0])
        assert status != end[0] or run.summary()
    elif once and "eval.json" in str(found.error):
        assert ended(run) == end
    elif once:
        assert ended(run) == ("failed", 1, str(found.error))
    else:
        # Two faults: run.json may say the good end that all else is there for, and only that it lasts is not sure.
        assert status in ("failed", "lost") or (status == end[0] and run.summary())


def check_rows(run: Run, found: Outcome) -> None:
    """Every epoch that was passed on has its row, and nothing else is in the file but half a row at its end."""
    if not (run.path / "metrics.jsonl").exists():
        assert found.begun == 0
        return
    there = [{key: value for key, value in row.items() if key != "seconds"} for row in run.rows()]
    figures = [event for event in Large(LOSSES, monitor=VAL_LOSS) if isinstance(event, EpochEnded)]
    assert there == [{"epoch": event.epoch, **event.metrics} for event in figures][: len(there)]
    assert found.passed <= len(there) <= found.begun
    assert (run.last_row() or {"epoch": -1})["epoch"] == len(there) - 1


def check_checkpoints(run: Run, found: Outcome) -> None:
    """Each loads and is what was saved before the last epoch, or in it, bit for bit."""
    of_best = [-1, *(min(range(n), key=LOSSES.__getitem__) for n in range(1, len(LOSSES) + 1))]
    for which, epochs in (("last", [-1, *range(len(LOSSES))]), ("best", of_best)):
        epoch = weights(run, which) if run.has_checkpoint(which) else -1
        assert epoch in epochs[found.passed : found.begun + 1]
        if epoch >= 0:
            arrays = run.checkpoint(which)
            assert {name: array.tobytes() for name, array in arrays.items()} == {
                name: array.tobytes() for name, array in arrays_at(epoch).items()
            }


def walk(
    folder: Path, already: Mapping[int, int | str] | None = None, upto: int | None = None, every: int = 1
) -> Iterator[tuple[dict[int, int | str], Outcome]]:
    """Every fault at every call that comes after those that fail already, or at every so many of them."""
    folder.mkdir(exist_ok=True)  # else there would be other calls, to make it
    first = outcome(folder / "whole", already, upto).faults.calls
    for n in range(max(already or {-1: ""}) + 1, len(first), every):
        for fault in FAULTS[first[n]]:
            at = {**(already or {}), n: fault}
            runs_dir = folder / "-".join(str(part) for pair in at.items() for part in pair)
            found = outcome(runs_dir, at, upto)
            check(runs_dir, found, once=len(at) == 1 and fault != FULL)
            yield at, found


def test_a_run_without_a_fault_makes_every_kind_of_call(tmp_path):
    found = outcome(tmp_path)
    check(tmp_path, found, once=True)
    assert found.error is None
    assert set(found.faults.calls) | {"unlink", "rmdir"} == set(FAULTS)


EVERY = [7, pytest.param(1, marks=pytest.mark.long)]  # calls: by default a seventh of them


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("upto", [None, 1])
def test_every_call_may_fail_or_be_the_last(tmp_path, capsys, upto, every):
    """Of a training that is done, and of one that whoever takes its events stops."""
    walked, ends = Counter(), Counter()
    for at, found in walk(tmp_path, upto=upto, every=every):
        (n,) = at
        walked[found.faults.calls[n]] += 1
        ends["died" if found.died else "one error" if found.error else "no error"] += 1
    with capsys.disabled():
        calls = len(outcome(tmp_path / "reopen", upto=upto).faults.calls)
        print(f"\n{walked.total()} faults at {calls} calls: {dict(walked)}; their ends: {dict(ends)}")
    assert min(ends[end] for end in ("died", "one error", "no error")) > 0
    assert walked.total() > 300 / every


@pytest.mark.parametrize(
    ("every", "least"), [pytest.param(8, 500, marks=pytest.mark.long), pytest.param(1, 3000, marks=pytest.mark.longest)]
)
def test_a_second_call_may_fail_while_the_first_is_told(tmp_path, capsys, every, least):
    """An error is handled by further calls: to take away what was begun, and to save and say how the run ended."""
    walked = 0
    calls = outcome(tmp_path / "whole").faults.calls
    for n in range(0, len(calls), every):
        walked += sum(1 for _ in walk(tmp_path / str(n), {n: errno.ENOSPC}))
    with capsys.disabled():
        print(f"\n{walked} pairs of faults")
    assert walked > least


def test_a_failure_in_taking_away_leaves_the_first_error(tmp_path):
    """What cannot be taken away stays, and the error is still the one that tells why."""
    calls = outcome(tmp_path / "whole", {1: errno.ENOSPC}).faults.calls
    for n in [n for n, kind in enumerate(calls) if kind in ("unlink", "rmdir")]:
        found = outcome(tmp_path / str(n), {1: errno.ENOSPC, n: errno.EIO})
        assert isinstance(found.error, NncliError)
        assert found.error.message == "cannot be made: no space left on device"


@pytest.mark.parametrize("fault", [fault for fault in FAULTS["write"] if fault != PARTIAL])
def test_a_file_that_is_replaced_is_the_old_one_or_the_new_one(tmp_path, fault):
    """The same of one file alone: at every write the old arrays are still there, bit for bit."""
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


def test_a_dead_process_has_no_further_effect(tmp_path):
    with failing(Faults({0: DIES})):
        for call in (
            lambda: (tmp_path / "a").mkdir(),
            lambda: tmp_path.unlink(),
            lambda: (tmp_path / "b").open("xb"),
        ):
            with pytest.raises(Died):
                call()
    assert list(tmp_path.iterdir()) == []


def go_on(run: Run) -> None:
    """Goes on with a run from its last checkpoint, as `nncli resume` does."""
    with lock_run(run) as locked_run:
        arrays = locked_run.checkpoint()
        first = 0 if arrays is None else int(arrays["layers.0.weights"][0, 0]) + 1
        with Writer.reopen(locked_run, CONFIG, {"resumed": [first]}) as writer:
            for _event in writer.record(Large(LOSSES, monitor=VAL_LOSS, first=first)):
                pass


def all_of(run: Run) -> dict:
    which = {each: {name: a.tobytes() for name, a in run.checkpoint(each).items()} for each in ("last", "best")}
    rows_ = [{key: value for key, value in row.items() if key != "seconds"} for row in run.rows()]
    summary = run.summary() or {}
    return {"rows": rows_, "best epoch": summary["best"], "final": summary["final"], "ended": ended(run), **which}


@pytest.mark.parametrize("every", EVERY)
@pytest.mark.parametrize("upto", [0, 1])
def test_a_run_that_goes_on_is_no_worse_for_any_fault(tmp_path, capsys, upto, every):
    """Its rows are those that it had or more, its weights load, and once nothing fails it comes to the same end."""
    (tmp_path / "whole").mkdir()
    outcome(tmp_path / "whole")
    (whole,) = list_runs(tmp_path / "whole")
    outcome(tmp_path / "stopped", upto=upto)
    (stopped,) = list_runs(tmp_path / "stopped")
    with (stopped.path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"epoch": 9, "lo')  # what a crash left
    shutil.copytree(stopped.path, tmp_path / "a" / "a")
    with failing(Faults()) as calls:
        go_on(Run(tmp_path / "a" / "a"))
    assert all_of(Run(tmp_path / "a" / "a")) == all_of(whole)
    walked = 0
    for n, call in list(enumerate(calls.calls))[::every]:
        for fault in FAULTS[call]:
            run = Run(tmp_path / f"{n}-{fault}" / "a")
            shutil.copytree(stopped.path, run.path)
            with failing(Faults({n: fault})) as faults, suppress(NncliError, Died):
                go_on(run)
            assert [row["epoch"] for row in run.rows()] == [*range(len(run.rows()))]
            assert len(run.rows()) > upto
            for which in ("last", "best"):
                assert weights(run, which) in range(len(LOSSES))
            assert run.config_text() == CONFIG
            assert (
                run.info()["status"] != "running" or faults.dead or fault == FULL
            )  # nobody can take back the word then
            if not faults.dead and call != "unlink":
                assert temporary_files(run.path) == []
            go_on(run)
            assert all_of(run) == all_of(whole)
            walked += 1
    with capsys.disabled():
        print(f"\n{walked} faults at {len(calls.calls)} calls of a run that goes on")
    assert walked > 100 / every
