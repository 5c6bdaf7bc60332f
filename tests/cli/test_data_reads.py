"""Commands read a data file once and compute its digest in one more pass, or do not open it if they need no samples."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.cli.program import Program

# Runs a command like `python -m nncli`, and writes the names of the files that it opens to a file.
COUNTER = """
import os, sys
log = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
def on_event(event, arguments):
    if event == "open" and arguments[1] is not None:  # None if a file is opened by way of os.open, which counts alone
        os.write(log, f"{os.path.basename(str(arguments[0]))}\\n".encode())
sys.addaudithook(on_event)
from nncli.cli import main
main()
"""
SPEC = """\
data: DATA
layers: [{type: dense, units: 4, activation: relu}, {type: dense, units: 3, activation: softmax}]
loss: {type: categorical_crossentropy, class_weights: balanced}
train: {epochs: 4, snapshots: 2}
"""
SPLIT = "split: {validation: 0.2, test: 0.2}"
TABLES = "{type: csv, path: t.csv, target: kind, missing: drop, MORE}"
PARTS = "validation: {path: v.csv}, test: {path: w.csv}"
DATA_FILES = ("t.csv", "v.csv", "w.csv", "new.csv", "rows.csv", "arrays.npz")
ONCE = 2  # opened to read the samples, and to compute the digest


def table(rows: range) -> str:
    """Return a table in which two values are missing."""
    lines = [f"{i % 5},{'ab'[i % 2]},{'xyz'[i % 3]}" for i in rows]
    lines[3], lines[7] = ",a,x", "1,,y"
    return "\n".join(["size,city,kind", *lines, ""])


class Counted(Program):
    """A folder with tables and a run, in which commands are counted."""

    def opens(self, *arguments: object) -> dict[str, int]:
        """Run a command and return how often it opened each data file."""
        log = self.folder / "opened.txt"
        done = self.run([sys.executable, "-c", COUNTER, str(log), *map(str, arguments)])
        assert done.code == 0, done.err
        opened = Counter(log.read_text().split("\n"))
        assert opened.total() > 20  # modules, at least
        return {name: opened[name] for name in sorted(opened) if name in DATA_FILES}


def counted(folder: Path, data: str) -> Counted:
    """Return a folder with a trained run."""
    program = Counted(folder)
    for name, rows in (("t.csv", 90), ("v.csv", 40), ("w.csv", 30)):
        program.write(name, table(range(rows)))
    program.write("new.csv", "city,size,kind\na,1,x\nb,2,y\n")
    x = np.arange(60.0).reshape(30, 2) % 7
    np.savez(folder / "arrays.npz", x=x, y=np.arange(30) % 3)
    program.write("spec.yaml", SPEC.replace("DATA", data))
    return program


@pytest.fixture(scope="module")
def split(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    program = counted(tmp_path_factory.mktemp("split"), TABLES.replace("MORE", SPLIT))
    assert program.opens("train", "spec.yaml", "-q") == {"t.csv": ONCE}
    return program


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    program = counted(tmp_path_factory.mktemp("parts"), TABLES.replace("MORE", PARTS))
    assert program.opens("train", "spec.yaml", "-q") == {"t.csv": ONCE, "v.csv": ONCE, "w.csv": ONCE}
    return program


@pytest.fixture(scope="module")
def arrays(tmp_path_factory: pytest.TempPathFactory) -> Counted:
    program = counted(tmp_path_factory.mktemp("arrays"), f"{{type: npz, path: arrays.npz, {SPLIT}}}")
    assert program.opens("train", "spec.yaml", "-q") == {"arrays.npz": ONCE}
    return program


@pytest.mark.parametrize(
    "command",
    [
        "check spec.yaml",
        "train spec.yaml -q --eval",
        "eval",
        "eval --on validation",
        "eval --on test --checkpoint best",
        "repeat -q",
        pytest.param("plot --what confusion", marks=pytest.mark.long),
        pytest.param("plot --what gradients", marks=pytest.mark.long),
        pytest.param("report", marks=pytest.mark.long),
    ],
)
def test_a_command_that_needs_samples_reads_the_table_once(split: Counted, command: str) -> None:
    assert split.opens(*command.split()) == {"t.csv": ONCE}


def test_resume_reads_the_table_once(split: Counted) -> None:
    run = split.runs()[-1]
    epochs = len(run.rows()) + 1
    assert split.opens("resume", run.path, f"train.epochs={epochs}", "-q") == {"t.csv": ONCE}
    assert len(run.rows()) == epochs


@pytest.mark.parametrize(
    "command",
    [
        "show",
        "runs",
        "diff latest latest",
        "plot --what curves --term",
        pytest.param("plot --what curves", marks=pytest.mark.long),
        pytest.param("plot --what network", marks=pytest.mark.long),
        pytest.param("plot --what weights", marks=pytest.mark.long),
    ],
)
def test_a_command_that_needs_no_samples_opens_no_data_file(split: Counted, parts: Counted, command: str) -> None:
    for program in (split, parts):
        assert program.opens(*command.split()) == {}


@pytest.mark.parametrize("command", ["predict --data new.csv", "eval --data new.csv"])
@pytest.mark.parametrize("data", ["split", "parts"])
def test_predict_and_eval_on_a_table_open_only_the_table(
    data: str, command: str, request: pytest.FixtureRequest
) -> None:
    assert request.getfixturevalue(data).opens(*command.split()) == {"new.csv": 1}


def test_eval_of_arrays_on_a_table_opens_only_the_table(arrays: Counted) -> None:
    arrays.write("rows.csv", "x0,x1,y\n1,2,0\n3,4,1\n")
    assert arrays.opens("eval", "--data", "rows.csv") == {"rows.csv": 1}


@pytest.mark.parametrize(
    ("command", "files"),
    [("check spec.yaml", "tvw"), ("eval", "tvw"), ("eval --on validation", "tv"), ("repeat -q", "tvw")],
)
def test_each_file_of_a_part_is_read_once(parts: Counted, command: str, files: str) -> None:
    assert parts.opens(*command.split()) == {f"{name}.csv": ONCE for name in files}


@pytest.mark.parametrize("command", ["check spec.yaml", "eval", "eval --on train", "repeat -q"])
def test_arrays_are_read_once(arrays: Counted, command: str) -> None:
    assert arrays.opens(*command.split()) == {"arrays.npz": ONCE}
