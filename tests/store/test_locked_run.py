"""A resumed run is locked by one process, keeps its rows and ends as if never stopped."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import datetime

import numpy as np
import pytest

from nncli.errors import NncliError
from nncli.events import EpochEnded
from nncli.store import Run, Writer, lock_run, new_run
from tests.store.source import VAL_LOSS, Training, record, recorded_end, weights

LOSSES = [0.9, 0.5, 0.7, 0.6, 0.4, 0.8]


@pytest.fixture
def run(tmp_path) -> Run:
    """A run that was stopped after three of six epochs; the second is the best."""
    writer = new_run(tmp_path / "runs", "sine", "name: sine\n", {"command": ["nncli", "train"]})
    return record(writer, Training(LOSSES, monitor=VAL_LOSS), stop_after=2)


def resume(run: Run, first: int, **changes) -> None:
    with lock_run(run) as locked_run, reopen(locked_run) as writer:
        for _event in writer.record(Training(LOSSES, monitor=VAL_LOSS, first=first, **changes)):
            pass


def reopen(locked_run, info=None) -> Writer:
    """Reopen a run as `nncli resume` does, which reads the checkpoint first."""
    locked_run.checkpoint()
    return Writer.reopen(locked_run, "name: sine\n", info or {})


def val_losses(run: Run) -> list:
    return [(row["epoch"], row["val_loss"]) for row in run.rows()]


def test_resumed_run_ends_as_if_never_stopped(run):
    assert recorded_end(run)[0] == "stopped"
    resume(run, 3)
    assert recorded_end(run) == ("done", 0, "")
    assert val_losses(run) == list(enumerate(LOSSES))
    assert run.summary()["epochs"] == 6
    assert run.summary()["best"] == {"epoch": 4, "val_loss": 0.4}
    assert (weights(run, "last"), weights(run, "best")) == (5, 4)
    assert run.info()["command"] == ["nncli", "train"]


def test_earlier_best_epoch_stays_the_best(run):
    with lock_run(run) as locked_run, reopen(locked_run) as writer:
        for event in writer.record(Training(LOSSES, monitor=VAL_LOSS, first=3)):
            if isinstance(event, EpochEnded) and event.epoch == 3:
                break
    assert run.summary()["best"] == {"epoch": 1, "val_loss": 0.5}
    assert (weights(run, "last"), weights(run, "best")) == (3, 1)


@pytest.mark.parametrize("first", [0, 1, 2])
def test_existing_rows_are_neither_lost_nor_duplicated(run, first):
    """After a crash there are more rows than the weights cover; those epochs are trained again, to the same bits."""
    before = (run.path / "metrics.jsonl").read_bytes()
    resume(run, first)
    assert (run.path / "metrics.jsonl").read_bytes().startswith(before)
    assert val_losses(run) == list(enumerate(LOSSES))


def test_seconds_continue_from_the_last_row(run):
    earlier = [row["seconds"] for row in run.rows()]
    resume(run, 3)
    seconds = [row["seconds"] for row in run.rows()]
    assert seconds == sorted(seconds)
    assert seconds[:3] == earlier
    assert run.summary()["seconds"] >= seconds[-1]
    assert run.summary()["epochs_per_second"] == 6 / run.summary()["seconds"]


@pytest.mark.parametrize("torn", [b'{"epoch": 3, "lo', b"{", b'{"epoch": 3, "loss": 0.6, "val_loss": 0.25', b"\xff\0"])
def test_truncated_last_line_is_removed(run, torn):
    with (run.path / "metrics.jsonl").open("ab") as file:
        file.write(torn)
    assert len(run.rows()) == 3
    resume(run, 3)
    assert val_losses(run) == list(enumerate(LOSSES))


def test_last_row_without_line_break_is_kept(run):
    path = run.path / "metrics.jsonl"
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    resume(run, 3)
    assert val_losses(run) == list(enumerate(LOSSES))


def test_damaged_row_before_the_last_is_refused(run):
    path = run.path / "metrics.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"epoch":1', b'"epoch":x'))
    before = {file: file.read_bytes() for file in run.path.iterdir() if file.is_file()}
    with pytest.raises(
        NncliError, match=re.escape(f"{path}:2: is damaged: not a row of metrics\nhint: restore the file from a copy")
    ):
        resume(run, 3)
    assert {file: file.read_bytes() for file in before} == before


def test_only_one_process_locks_a_run(run):
    with lock_run(run):
        with pytest.raises(NncliError, match="is being trained by another process"), lock_run(run):
            pass
        assert run.status == "stopped"
    with lock_run(run):
        pass


def test_resumed_run_is_running_and_drops_its_old_end(run):
    for name in ("eval.json", "diagnosis.json"):
        (run.path / name).write_text("{}")
    with lock_run(run) as locked_run, reopen(locked_run, {"resumed": [1]}) as writer:
        assert run.status == "running"
        info = run.info()
        assert (info["reason"], info["exit_code"], info["end"], info["resumed"]) == ("", None, None, [1])
        assert run.summary() is not None, "it still describes the saved weights"
        for _event in writer.record(Training(LOSSES, monitor=VAL_LOSS, first=3)):
            pass
    assert not (run.path / "eval.json").exists()
    assert not (run.path / "diagnosis.json").exists()
    assert datetime.fromisoformat(run.info()["end"]) >= datetime.fromisoformat(info["start"])


def test_run_removed_between_opening_and_locking_is_refused(run, monkeypatch):
    def remove_first(file):
        shutil.move(run.path, run.path.with_name("aside"))
        return True

    monkeypatch.setattr("nncli.store.locked_run.hold_lock", remove_first)
    with pytest.raises(NncliError, match="was removed or moved by another process"), lock_run(run):
        pass


@pytest.mark.parametrize("name", ["metrics.jsonl", "checkpoints", "config.yaml", "run.json"])
def test_links_in_a_run_are_refused(run, name, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (run.path / name).rename(elsewhere)
    (run.path / name).symlink_to(elsewhere)
    with pytest.raises(NncliError, match=rf"{name}: is a link"), lock_run(run):
        pass


def test_missing_or_irregular_metrics_are_refused(run):
    (run.path / "metrics.jsonl").unlink()
    with pytest.raises(NncliError, match=r"metrics\.jsonl: cannot be read: no such file"), lock_run(run):
        pass
    os.mkfifo(run.path / "metrics.jsonl")
    with pytest.raises(NncliError, match=r"metrics\.jsonl: is not a regular file"), lock_run(run):
        pass


def test_child_run_saves_its_first_weights(tmp_path):
    """It starts from the weights of its parent, which are saved before its first epoch."""
    writer = new_run(tmp_path, "child", "", {"parent": {"run": "a", "epoch": 3}})
    with writer:
        events = writer.record(Training(LOSSES, first=3))
        next(events)
        assert weights(Run(writer.path), "last") == 2
        epochs = [event.epoch for event in events if isinstance(event, EpochEnded)]
    assert epochs == [3, 4, 5]
    assert Run(writer.path).summary()["epochs"] == 6


def test_best_without_a_metric_value_is_none(run):
    path = run.path / "metrics.jsonl"
    rows = [json.loads(line) | {"val_loss": None} for line in path.read_text().splitlines()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with lock_run(run) as locked_run:
        arrays = locked_run.checkpoint()
        assert locked_run.best("val_loss") is None
    assert arrays is not None
    assert arrays["layers.0.weights"].dtype == np.dtype(int)


def test_missing_rows_are_refused_before_writing(run):
    path = run.path / "metrics.jsonl"
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    before = {file: file.read_bytes() for file in run.path.iterdir() if file.is_file()}
    with pytest.raises(NncliError, match=r"has no row for epoch 1, but the checkpoint is from epoch 2"):
        resume(run, 3)
    assert {file: file.read_bytes() for file in before} == before


@pytest.mark.parametrize("which", ["last", "best"])
def test_damaged_weights_are_refused_before_writing(run, which):
    (run.path / "checkpoints" / f"{which}.npz").write_bytes(b"PK")
    before = {file: file.read_bytes() for file in run.path.iterdir() if file.is_file()}
    with pytest.raises(NncliError, match=f"{which}.npz: is damaged, or was not written by nncli"):
        resume(run, 3)
    assert {file: file.read_bytes() for file in before} == before


def test_damaged_snapshots_do_not_prevent_resuming(run):
    (run.path / "checkpoints" / "snapshots.npz").write_bytes(b"PK")
    resume(run, 3)
    assert recorded_end(run) == ("done", 0, "")
