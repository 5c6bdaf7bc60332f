"""Read a run during training, after its end, and after damage."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import numpy as np
import pytest

from nncli.errors import NncliError
from nncli.store import Run, save_arrays
from nncli.system import hold_lock

DAMAGED_ROW_HINT = "hint: restore the file from a copy, or train the run again"
ROWS = '{"epoch": 0, "loss": 0.5, "seconds": 0.1}\n{"epoch": 1, "loss": null, "seconds": 0.2}\n'


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "runs" / "sine" / "20250131-142501-9f3c"
    path.mkdir(parents=True)
    return Run(path)


def write_info(run: Run, **info: object) -> None:
    (run.path / "run.json").write_text(json.dumps(info))


def test_name_is_folder_and_id(run, monkeypatch):
    assert run.name == "sine/20250131-142501-9f3c"
    monkeypatch.chdir(run.path)
    assert Run(Path()).name == run.name


@pytest.mark.parametrize("text", ["", "{", "[1]", "\xff", '{"a": ' * 5000, '{"a": "' + "x" * (1 << 20) + '"}', None])
def test_damaged_json_reads_as_empty(run, text):
    if text is not None:
        (run.path / "run.json").write_text(text, encoding="latin-1")
        (run.path / "summary.json").write_text(text, encoding="latin-1")
    assert run.info() == {}
    assert run.summary() is None
    assert run.status == "lost"


@pytest.mark.parametrize("status", ["done", "stopped", "diverged", "failed"])
def test_ended_run_has_its_recorded_status(run, status):
    write_info(run, status=status)
    assert run.status == status


def test_unknown_status_is_lost(run):
    write_info(run, status="\x1b[2J")
    assert run.status == "lost"


def test_running_requires_the_lock(run):
    write_info(run, status="running")
    assert run.status == "lost"
    with (run.path / "metrics.jsonl").open("ab") as file:
        assert run.status == "lost"
        hold_lock(file)
        for path in (run.path / "metrics.jsonl", run.path):
            path.chmod(0o555)  # a reader needs no write permission
        assert run.status == "running"
        run.path.chmod(0o755)
    assert run.status == "lost"


def test_run_that_ends_while_its_status_is_read_is_not_lost(run, monkeypatch):
    write_info(run, status="running")
    (run.path / "metrics.jsonl").touch()

    def end_run(_) -> bool:
        write_info(run, status="done")
        return False

    monkeypatch.setattr("nncli.store.run.is_locked", end_run)
    assert run.status == "done"


def test_without_file_locks_the_recorded_status_counts(run, monkeypatch):
    write_info(run, status="running")

    def refuse(_) -> bool:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("nncli.store.run.is_locked", refuse)
    assert run.status == "running"


def test_config_text_is_read_or_refused(run):
    with pytest.raises(NncliError) as caught:
        run.config_text()
    assert str(caught.value) == f"{run.path}/config.yaml: cannot be read: no such file or directory"
    (run.path / "config.yaml").write_bytes(b"name: \xff\n")
    with pytest.raises(NncliError, match=r"config\.yaml: is not UTF-8 text"):
        run.config_text()
    (run.path / "config.yaml").write_text("name: é\n", encoding="utf-8")
    assert run.config_text() == "name: é\n"


def test_rows_and_columns_are_read(run):
    (run.path / "metrics.jsonl").write_text(ROWS + '{"epoch": 2, "loss": 0.25, "seconds": 0.3, "val_loss": 1}\n')
    assert [row["epoch"] for row in run.rows()] == [0, 1, 2]
    columns = run.metrics()
    assert list(columns) == ["epoch", "loss", "seconds", "val_loss"]
    assert all(column.dtype == np.float64 for column in columns.values())
    np.testing.assert_array_equal(columns["loss"], [0.5, math.nan, 0.25])
    np.testing.assert_array_equal(columns["val_loss"], [math.nan, math.nan, 1])
    assert run.last_row() == {"epoch": 2, "loss": 0.25, "seconds": 0.3, "val_loss": 1}


@pytest.mark.parametrize("half", ['{"epoch": 2, "lo', "\0\0\0", "{", '{"epoch": 2, "loss": "'])
def test_incomplete_last_line_is_ignored(run, half):
    (run.path / "metrics.jsonl").write_text(ROWS + half)
    assert len(run.rows()) == 2
    assert run.last_row() == {"epoch": 1, "loss": None, "seconds": 0.2}


@pytest.mark.parametrize("line", ["{", "", "[1]", '{"loss": "0.5"}', '{"loss": [1]}', '{"loss": true}', "[" * 100_000])
def test_damaged_line_is_refused_with_its_number(run, line):
    (run.path / "metrics.jsonl").write_text(f"{ROWS}{line}\n{ROWS}")
    with pytest.raises(NncliError) as caught:
        run.rows()
    assert str(caught.value) == f"{run.path}/metrics.jsonl:3: is damaged: not a row of metrics\n{DAMAGED_ROW_HINT}"


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "-1e999", "NaN", "Infinity"])
@pytest.mark.parametrize("name", ["epoch", "loss"])
def test_number_out_of_range_is_refused(run, name, number):
    row = {"epoch": "0", "loss": "0.5", name: number}
    line = ", ".join(f'"{key}": {value}' for key, value in row.items())
    (run.path / "metrics.jsonl").write_text(f"{{{line}}}\n")
    with pytest.raises(NncliError) as caught:
        run.metrics()
    assert str(caught.value) == f"{run.path}/metrics.jsonl:1: is damaged: not a row of metrics\n{DAMAGED_ROW_HINT}"


def test_run_without_rows(run):
    with pytest.raises(NncliError, match="cannot be read: no such file or directory"):
        run.rows()
    assert run.last_row() is None
    (run.path / "metrics.jsonl").touch()
    assert run.rows() == []
    assert run.metrics() == {}
    assert run.last_row() is None
    (run.path / "metrics.jsonl").write_text('{"epo')
    assert run.last_row() is None


def test_last_row_of_a_long_run_is_fast(run):
    line = '{"epoch": %d, "loss": 0.12345678901234567, "seconds": 1.5}\n'
    (run.path / "metrics.jsonl").write_text("".join(line % i for i in range(200_000)))
    costs = []
    for _ in range(5):
        began = time.perf_counter()
        assert run.last_row() == {"epoch": 199_999, "loss": 0.12345678901234567, "seconds": 1.5}
        costs.append(time.perf_counter() - began)
    assert min(costs) < 0.01


def test_missing_checkpoints_are_reported_with_hints(run):
    path = run.path / "checkpoints"
    write_info(run, status="done")
    with pytest.raises(NncliError) as caught:
        run.checkpoint("last")
    hint = f"hint: train it again: nncli train {run.path}/config.yaml"
    assert caught.value.lines() == [f"{run.path}: has no checkpoint", hint]
    path.mkdir()
    save_arrays(path / "last.npz", {"a": np.array([1.5])})
    assert (run.has_checkpoint("last"), run.has_checkpoint("best")) == (True, False)
    assert run.checkpoint("last")["a"].tolist() == [1.5]
    with pytest.raises(NncliError) as caught:
        run.checkpoint("best")
    hint = "use --checkpoint last; the best epoch is saved only if the data have a validation part"
    assert caught.value.lines() == [f"{run.path}: has no best checkpoint, only the last", f"hint: {hint}"]
    (path / "last.npz").rename(path / "best.npz")
    with pytest.raises(NncliError) as caught:
        run.checkpoint("last")
    assert caught.value.lines() == [f"{run.path}: has no last checkpoint, only the best", "hint: use --checkpoint best"]


def test_running_run_without_checkpoint_has_a_hint(run):
    write_info(run, status="running")
    with (run.path / "metrics.jsonl").open("ab") as file, pytest.raises(NncliError) as caught:
        hold_lock(file)
        run.checkpoint("last")
    assert caught.value.hint == "wait a little: the first checkpoint is saved after 10 seconds, or when training ends"
