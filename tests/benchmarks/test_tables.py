"""The benchmark of big tables: it measures all commands and scripts, and its table shows medians and ratios."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import tables
from benchmarks.table_data import NAMES, write_csv, write_npz

ROOT = Path(__file__).resolve().parents[2]
USAGE = {"processor": [6.0, 4.0, 9.0], "seconds": [7.0, 5.0, 10.0], "megabytes": [800.0, 810.0, 1200.0]}
SLOWER = USAGE | {"processor": [8.0, 8.0, 9.0]}


@pytest.mark.long
def test_measures_each_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "find_spec", lambda module: None)  # measures nncli alone
    result = tables.measure(1, rows=300, array_rows=200)
    assert list(result["commands"]) == ["train", "predict", "new", "train on arrays"]
    assert result["missing"] == {tables.THEIRS: "pandas and scikit-learn"}
    for usages in result["commands"].values():
        assert list(usages) == [tables.OURS]
        assert all(value > 0 for values in usages[tables.OURS].values() for value in values)


def test_run_measures_time_and_memory_of_the_command() -> None:
    usage = tables.run([sys.executable, "-c", "b'1' * 300_000_000"])
    assert usage.megabytes > 290
    assert usage.processor > 0


def test_run_reports_a_command_that_fails() -> None:
    with pytest.raises(RuntimeError, match="failed: out of luck"):
        tables.run([sys.executable, "-c", "import sys; sys.exit('out of luck')"])


def test_data_have_the_columns_of_the_page(tmp_path: Path) -> None:
    write_csv(str(tmp_path / "t.csv"), 50)
    header, *rows = (tmp_path / "t.csv").read_text().splitlines()
    assert header.split(",") == NAMES
    assert len(rows) == 50
    assert len({row.split(",")[-1] for row in rows}) == 3
    write_npz(str(tmp_path / "t.npz"), 30)
    arrays = np.load(tmp_path / "t.npz")
    assert (arrays["x"].shape, arrays["x"].dtype) == ((30, 128), np.float32)


def test_table_shows_medians_and_the_ratio_within_rounds() -> None:
    result = {"commands": {"train": {tables.OURS: USAGE, tables.THEIRS: SLOWER}, "new": {tables.OURS: USAGE}}}
    assert tables.table(result)[2:] == [
        "| train | nncli | 6.0 (4.0 to 9.0) | 7.0 | 810 | **0.75** (target 0.8) |",
        "| train | pandas and scikit-learn | 8.0 (8.0 to 9.0) | 7.0 | 810 |  |",
        "| new | nncli | 6.0 (4.0 to 9.0) | 7.0 | 810 |  |",
    ]


def test_saved_result_has_all_commands() -> None:
    saved = json.loads((ROOT / "benchmarks" / "tables.json").read_text())
    assert {name: list(usages) for name, usages in saved["commands"].items()} == {
        "train": [tables.OURS, tables.THEIRS],
        "predict": [tables.OURS, tables.THEIRS],
        "new": [tables.OURS],
        "train on arrays": [tables.OURS, tables.THEIRS],
    }
    assert saved["rounds"] >= 3
