"""The writer turns the events of training into rows, checkpoints and a summary."""

from __future__ import annotations

import io
import itertools
import json
import math
import re
import threading
from datetime import datetime

import numpy as np
import pytest

from nncli.events import EpochEnded, Monitor
from nncli.store import Run, new_run
from nncli.store import writer as writer_module
from nncli.store.metrics_rows import read_rows
from tests.store.source import VAL_LOSS, Training, record, recorded_end, weights


@pytest.fixture
def writer(tmp_path):
    return new_run(tmp_path / "runs", "sine", "name: sine\n", {"command": ["nncli", "train"]})


def test_done_run_has_rows_summary_and_weights(writer):
    run = record(writer, Training([0.5, 0.1 + 0.2]))
    assert recorded_end(run) == ("done", 0, "")
    assert run.status == "done"
    start, end = (datetime.fromisoformat(run.info()[key]) for key in ("start", "end"))
    assert start <= end
    assert end.utcoffset() is not None
    assert run.info()["command"] == ["nncli", "train"]
    lines = (run.path / "metrics.jsonl").read_text().splitlines()
    assert len(lines) == 2
    expected = r'\{"epoch":1,"loss":0.30000000000000004,"accuracy":0.25,"learning_rate":0.1,"seconds":0\.\d{1,6}\}'
    assert re.fullmatch(expected, lines[1])
    summary = run.summary()
    assert list(summary) == ["format", "status", "epochs", "final", "best", "seconds", "epochs_per_second"]
    assert summary["status"] == "done"
    assert summary["epochs"] == 2
    assert summary["final"] == {"loss": 0.125, "accuracy": None}
    assert summary["best"] is None
    assert summary["epochs_per_second"] == 2 / summary["seconds"]
    assert weights(run, "last") == 1
    assert not run.has_checkpoint("best")


def test_record_yields_every_event(tmp_path):
    with new_run(tmp_path, "a", "", {}) as writer:
        events = list(writer.record(Training([0.5, 0.25])))
    assert events == list(Training([0.5, 0.25]))


def test_a_row_begins_with_its_epoch_and_ends_with_the_seconds(writer):
    run = record(writer, Training([0.5], monitor=VAL_LOSS))
    names = ["epoch", "loss", "accuracy", "learning_rate", "val_loss", "val_accuracy", "seconds"]
    assert list(run.last_row()) == names


def test_nan_and_infinity_are_written_as_null(writer):
    run = record(writer, Training([math.nan, math.inf, -math.inf, 0.5], monitor=VAL_LOSS, ends=("diverged", "NaN")))
    text = (run.path / "metrics.jsonl").read_text()
    rows = [json.loads(line, parse_constant=pytest.fail) for line in text.splitlines()]
    assert [row["loss"] for row in rows] == [row["val_loss"] for row in rows] == [None, None, None, 0.5]
    assert {tuple(row) for row in rows} == {tuple(rows[3])}
    assert recorded_end(run) == ("diverged", 3, "NaN")
    assert run.summary()["best"] == {"epoch": 3, "val_loss": 0.5}


def test_numpy_scalars_and_unusual_names_are_valid_json(writer):
    class Odd(Training):
        def __iter__(self):
            yield EpochEnded(0, {"loss": np.float64(0.1), '100% "sure"': np.float32(0.5), "é": 3})
            yield EpochEnded(1, {"loss": 0.1, "another": 1.0})

    first, second = record(writer, Odd([])).rows()
    assert {**first, "seconds": 0} == {"epoch": 0, "loss": 0.1, '100% "sure"': 0.5, "é": 3.0, "seconds": 0}
    assert list(second) == ["epoch", "loss", "another", "seconds"]


def test_best_epoch_is_saved_with_its_metric(writer):
    training = Training([0.5, 0.2, 0.3, 0.1, 0.4], monitor=VAL_LOSS)
    run = record(writer, training)
    assert weights(run, "last") == 4
    assert weights(run, "best") == 3
    assert run.summary()["best"] == {"epoch": 3, "val_loss": 0.1}
    assert training.saves == 4  # three new best epochs, and the last weights


@pytest.mark.parametrize("higher", [False, True])
def test_best_epoch_follows_the_direction_of_the_metric(tmp_path, higher):
    run = record(new_run(tmp_path, "a", "", {}), Training([0.5, 0.2, 0.7], monitor=Monitor("val_loss", higher)))
    assert weights(run, "best") == (2 if higher else 1)


def test_no_best_epoch_if_no_metric_is_finite(writer):
    run = record(writer, Training([math.nan], monitor=VAL_LOSS))
    assert run.summary()["best"] is None
    assert not run.has_checkpoint("best")


def test_checkpoints_are_saved_on_a_timer(writer, monkeypatch):
    now = 0.0
    monkeypatch.setattr(writer_module.time, "monotonic", lambda: now)
    saved = []
    with writer:
        run = Run(writer.path)
        for event in writer.record(Training([0.5, 0.2, 0.3, 0.1, 0.4], monitor=VAL_LOSS)):
            now += 4
            if isinstance(event, EpochEnded):
                saved.append(tuple(weights(run, w) if run.has_checkpoint(w) else None for w in ("last", "best")))
                assert len(run.rows()) == event.epoch + 1  # rows are written within a second
    assert saved == [(None, None), (None, None), (2, 1), (2, 1), (2, 1)]
    assert (weights(run, "last"), weights(run, "best")) == (4, 3)


def test_slow_saves_are_spaced_out(writer, monkeypatch):
    now = 0.0
    monkeypatch.setattr(writer_module.time, "monotonic", lambda: now)
    saves = []

    def slow(path, arrays, *, sync) -> None:
        nonlocal now
        now += 3
        saves.append(now)

    monkeypatch.setattr(writer_module, "save_arrays", slow)
    with writer:
        for _ in writer.record(Training([0.5] * 200)):
            now += 1
    assert saves == [13.0, 76.0, 139.0, 202.0, 216.0]


def test_rows_are_flushed_once_per_second(writer, monkeypatch):
    now = 0.0
    monkeypatch.setattr(writer_module.time, "monotonic", lambda: now)
    counts = []
    with writer:
        for event in writer.record(Training([0.5] * 10)):
            if isinstance(event, EpochEnded):
                counts.append(len(Run(writer.path).rows()))
                now += 0.4
    assert counts == [1, 1, 1, 4, 4, 4, 7, 7, 7, 10]


class SlowFile(io.FileIO):
    """A file that writes a few bytes at a time and, at each of `sizes`, pauses within a row until `resume`."""

    def __init__(self, path, sizes):
        super().__init__(path, "a")
        self.sizes, self.paused, self.resume = [*sizes], threading.Semaphore(0), threading.Semaphore(0)
        self.within_row = False

    def write(self, data):
        if self.within_row and self.sizes and self.tell() >= self.sizes[0]:
            self.sizes.pop(0)
            self.paused.release()
            assert self.resume.acquire(timeout=60)
        self.within_row = not data[:7].endswith(b"\n")
        return super().write(data[:7])


def test_concurrent_reader_sees_complete_rows_only(writer, monkeypatch):
    monkeypatch.setattr("nncli.store.metrics_rows.FLUSH_SECONDS", 0.0)
    run, metrics, sizes, counts = Run(writer.path), writer.path / "metrics.jsonl", (1, 100, 1000, 10_000), []
    with writer._rows._file:  # releases the lock
        writer._rows._file = file = SlowFile(metrics, sizes)
        thread = threading.Thread(target=record, args=(writer, Training([0.1] * 1000)))
        thread.start()
        for size in sizes:
            assert file.paused.acquire(timeout=60)
            complete_rows, _, partial = metrics.read_bytes().rpartition(b"\n")
            assert metrics.stat().st_size >= size
            assert partial, "the writer waits within a row"
            rows = [json.loads(line) for line in complete_rows.splitlines()]
            assert run.rows() == rows
            assert run.last_row() == (rows[-1] if rows else None)
            counts.append(len(rows))
            file.resume.release()
        while thread.is_alive():  # also at arbitrary moments
            assert len(run.rows()) >= counts[-1]
            assert run.last_row()["loss"] == 0.1
        thread.join()
    assert len(counts) == 4
    assert counts[0] == 0 < counts[1] < counts[2] < counts[3] < len(run.rows()) == 1000
    assert {row["loss"] for row in run.rows()} == {0.1}


def test_line_completed_while_reading_is_the_last_row(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"epoch": 0}\n{"epoch": 1}')
    rows = read_rows(path)
    assert [next(rows), next(rows)] == [{"epoch": 0}, {"epoch": 1}]
    with path.open("a") as file:
        file.write('\n{"epoch": 2}\n')
    assert list(rows) == []
    assert list(read_rows(path)) == [{"epoch": 0}, {"epoch": 1}, {"epoch": 2}]


def test_evaluation_of_old_weights_is_removed(writer, monkeypatch):
    """A run can be evaluated during training; eval.json is removed when new weights are saved."""
    monkeypatch.setattr(writer_module, "SAVE_SECONDS", 0.0)
    path = writer.path / "eval.json"
    existed = []
    with writer:
        for event in writer.record(Training([0.5] * 3)):
            existed.append(path.exists())
            if isinstance(event, EpochEnded):
                path.write_text("{}")
    assert existed == [False, False, True, True, False]


def count_syncs(monkeypatch) -> list[int]:
    syncs = []
    monkeypatch.setattr(writer_module.time, "monotonic", itertools.count(100.0).__next__)  # every call takes a second
    monkeypatch.setattr("nncli.store.atomic.os.fsync", syncs.append)
    return syncs


def test_short_training_is_not_synced(tmp_path, monkeypatch):
    syncs = count_syncs(monkeypatch)
    run = record(new_run(tmp_path / "runs", "a", "", {}, sync_after=1000.0), Training([0.5, 0.25]))
    assert syncs == []
    assert (run.status, len(run.rows()), weights(run, "last")) == ("done", 2, 1)


def test_training_is_synced_after_some_seconds_with_what_was_written_before(tmp_path, monkeypatch):
    syncs = count_syncs(monkeypatch)
    synced = []
    monkeypatch.setattr(writer_module, "sync_file", lambda path: synced.append(path.name))
    record(new_run(tmp_path / "runs", "a", "", {}, sync_after=2.0), Training([0.5] * 5))
    assert synced == ["config.yaml"]
    later = len(syncs)
    record(new_run(tmp_path / "runs", "a", "", {}), Training([0.5] * 5))
    assert len(syncs) - later > later > 0
    assert synced == ["config.yaml"]
