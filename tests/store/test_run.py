"""What can be read of a run while it goes on, after it ended, and after it was damaged."""

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

ROWS = '{"epoch": 0, "loss": 0.5, "seconds": 0.1}\n{"epoch": 1, "loss": null, "seconds": 0.2}\n'


@pytest.fixture
def run(tmp_path):
    path = tmp_path / "runs" / "sine" / "20250131-142501-9f3c"
    path.mkdir(parents=True)
    return Run(path)


def say(run: Run, **info: object) -> None:
    (run.path / "run.json").write_text(json.dumps(info))


def test_its_name_is_that_among_the_runs(run, monkeypatch):
    assert run.name == "sine/20250131-142501-9f3c"
    monkeypatch.chdir(run.path)
    assert Run(Path()).name == run.name


@pytest.mark.parametrize("text", ["", "{", "[1]", "\xff", '{"a": ' * 5000, '{"a": "' + "x" * (1 << 20) + '"}', None])
def test_a_damaged_record_says_nothing(run, text):
    if text is not None:
        (run.path / "run.json").write_text(text, encoding="latin-1")
        (run.path / "summary.json").write_text(text, encoding="latin-1")
    assert run.info() == {}
    assert run.summary() is None
    assert run.status == "lost"


@pytest.mark.parametrize("status", ["done", "stopped", "diverged", "failed"])
def test_an_ended_run_has_the_status_that_it_says(run, status):
    say(run, status=status)
    assert run.status == status


def test_a_status_that_is_none(run):
    say(run, status="\x1b[2J")
    assert run.status == "lost"


def test_running_is_who_holds_the_lock(run):
    say(run, status="running")
    assert run.status == "lost"
    with (run.path / "metrics.jsonl").open("ab") as file:
        assert run.status == "lost"
        hold_lock(file)
        for path in (run.path / "metrics.jsonl", run.path):
            path.chmod(0o555)  # a reader needs no right to write
        assert run.status == "running"
        run.path.chmod(0o755)
    assert run.status == "lost"


def test_a_run_that_ends_between_two_looks_is_not_lost(run, monkeypatch):
    say(run, status="running")
    (run.path / "metrics.jsonl").touch()

    def ending(_) -> bool:
        say(run, status="done")
        return False

    monkeypatch.setattr("nncli.store.run.is_locked", ending)
    assert run.status == "done"


def test_where_locks_cannot_be_asked_its_word_stands(run, monkeypatch):
    say(run, status="running")

    def refuse(_) -> bool:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("nncli.store.run.is_locked", refuse)
    assert run.status == "running"


def test_config_text(run):
    with pytest.raises(NncliError) as caught:
        run.config_text()
    assert str(caught.value) == f"{run.path}/config.yaml: cannot be read: no such file or directory"
    (run.path / "config.yaml").write_bytes(b"name: \xff\n")
    with pytest.raises(NncliError, match=r"config\.yaml: is not UTF-8 text"):
        run.config_text()
    (run.path / "config.yaml").write_text("name: é\n", encoding="utf-8")
    assert run.config_text() == "name: é\n"


def test_rows_and_columns(run):
    (run.path / "metrics.jsonl").write_text(ROWS + '{"epoch": 2, "loss": 0.25, "seconds": 0.3, "val_loss": 1}\n')
    assert [row["epoch"] for row in run.rows()] == [0, 1, 2]
    columns = run.metrics()
    assert list(columns) == ["epoch", "loss", "seconds", "val_loss"]
    assert all(column.dtype == np.float64 for column in columns.values())
    np.testing.assert_array_equal(columns["loss"], [0.5, math.nan, 0.25])
    np.testing.assert_array_equal(columns["val_loss"], [math.nan, math.nan, 1])
    assert run.last_row() == {"epoch": 2, "loss": 0.25, "seconds": 0.3, "val_loss": 1}


@pytest.mark.parametrize("half", ['{"epoch": 2, "lo', "\0\0\0", "{", '{"epoch": 2, "loss": "'])
def test_a_half_written_last_line_is_passed_over(run, half):
    (run.path / "metrics.jsonl").write_text(ROWS + half)
    assert len(run.rows()) == 2
    assert run.last_row() == {"epoch": 1, "loss": None, "seconds": 0.2}


@pytest.mark.parametrize("line", ["{", "", "[1]", '{"loss": "0.5"}', '{"loss": [1]}', '{"loss": true}', "[" * 100_000])
def test_a_damaged_line_has_its_place(run, line):
    (run.path / "metrics.jsonl").write_text(f"{ROWS}{line}\n{ROWS}")
    with pytest.raises(NncliError) as caught:
        run.rows()
    assert str(caught.value) == f"{run.path}/metrics.jsonl:3: is not a row of metrics"


@pytest.mark.parametrize("number", ["1" + "0" * 400, "1e999", "-1e999", "NaN", "Infinity"])
@pytest.mark.parametrize("name", ["epoch", "loss"])
def test_a_number_that_no_float_holds(run, name, number):
    row = {"epoch": "0", "loss": "0.5", name: number}
    line = ", ".join(f'"{key}": {value}' for key, value in row.items())
    (run.path / "metrics.jsonl").write_text(f"{{{line}}}\n")
    with pytest.raises(NncliError) as caught:
        run.metrics()
    assert str(caught.value) == f"{run.path}/metrics.jsonl:1: is not a row of metrics"


def test_no_rows(run):
    with pytest.raises(NncliError, match="cannot be read: no such file or directory"):
        run.rows()
    assert run.last_row() is None
    (run.path / "metrics.jsonl").touch()
    assert run.rows() == []
    assert run.metrics() == {}
    assert run.last_row() is None
    (run.path / "metrics.jsonl").write_text('{"epo')
    assert run.last_row() is None


def test_the_last_row_of_a_long_run_is_cheap(run):
    line = '{"epoch": %d, "loss": 0.12345678901234567, "seconds": 1.5}\n'
    (run.path / "metrics.jsonl").write_text("".join(line % i for i in range(200_000)))
    costs = []
    for _ in range(5):
        began = time.perf_counter()
        assert run.last_row() == {"epoch": 199_999, "loss": 0.12345678901234567, "seconds": 1.5}
        costs.append(time.perf_counter() - began)
    assert min(costs) < 0.01


def test_checkpoints(run):
    path = run.path / "checkpoints"
    say(run, status="done")
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
    hint = "the best is kept where there is validation data; the last weights are there: --checkpoint last"
    assert caught.value.lines() == [f"{run.path}: has no best checkpoint, only the last", f"hint: {hint}"]
    (path / "last.npz").rename(path / "best.npz")
    with pytest.raises(NncliError) as caught:
        run.checkpoint("last")
    assert caught.value.lines() == [f"{run.path}: has no last checkpoint, only the best", "hint: --checkpoint best"]


def test_a_young_run_has_no_checkpoint_yet(run):
    say(run, status="running")
    with (run.path / "metrics.jsonl").open("ab") as file, pytest.raises(NncliError) as caught:
        hold_lock(file)
        run.checkpoint("last")
    assert caught.value.hint == "a run is saved every 10 seconds and when it ends"
