"""Files of a run record their format, and other formats are refused instead of misread."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import nncli
from nncli.store import Run, load_arrays, save_arrays
from tests.cli.program import Program


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def write_format(path: Path, number: object) -> None:
    """Replace the format number in a file of a run."""
    if path.suffix == ".json":
        path.write_text(json.dumps(json.loads(path.read_text()) | {"format": number}))
    else:
        with np.load(path) as arrays:
            np.savez(path, **{**arrays, "format": np.array(number)})


JSON_FILES = ("run.json", "summary.json", "eval.json")
ARRAY_FILES = ("checkpoints/last.npz", "checkpoints/best.npz", "checkpoints/snapshots.npz")


def train_and_evaluate(program: Program) -> Run:
    run = program.train({"data.split.validation": 0.3})
    assert program("eval", "--json").code == 0
    return run


def test_every_file_records_its_format(program: Program) -> None:
    run = train_and_evaluate(program)
    for name in JSON_FILES:
        assert next(iter(json.loads((run.path / name).read_text()).items())) == ("format", 1), name
    for name in ARRAY_FILES:
        with np.load(run.path / name) as arrays:
            assert arrays["format"] == 1, name
        assert "format" not in load_arrays(run.path / name)


# The command that reads each file.
READERS = {
    "run.json": "show",
    "summary.json": "show",
    "checkpoints/last.npz": "eval",
    "checkpoints/best.npz": "eval --checkpoint best",
    "checkpoints/snapshots.npz": "film",
}


@pytest.mark.parametrize(
    ("name", "number", "version_number"),
    [
        pytest.param(name, number, version_number, marks=() if number == 2 or name == "run.json" else pytest.mark.long)
        for name in READERS
        for number, version_number in ((2, "2"), (0, "0"), (1.5, ""), (True, ""))
    ],
)
def test_other_formats_are_refused(program: Program, name: str, number: object, version_number: str) -> None:
    run = train_and_evaluate(program)
    write_format(run.path / name, number)
    done = program(*READERS[name].split())
    assert (done.code, done.out) == (1, "")
    version = f"format {version_number}" if version_number else "an unknown format"
    assert done.err.splitlines() == [
        f"runs/{run.name}/{name}: has {version}, but this version of nncli reads only format 1",
        "hint: use the version of nncli that wrote it, or a newer one",
    ]


def test_evaluation_of_another_format_is_refused(program: Program) -> None:
    run = train_and_evaluate(program)
    write_format(run.path / "eval.json", 2)
    with pytest.raises(nncli.errors.NncliError, match="has format 2"):
        run.evaluation()


def test_run_of_another_format_is_not_listed_and_not_cleaned(program: Program) -> None:
    other, run = program.train({"optimizer": {"type": "sgd", "learning_rate": 1e30}}), program.train()
    assert other.status == "diverged"
    write_format(other.path / "run.json", 2)
    done = program("runs", "--csv", "--columns", "name")
    assert done.lines == ["name", run.name]
    assert done.err == f"runs/{other.name}/run.json: has format 2, but this version of nncli reads only format 1\n"
    assert program("clean", "--yes").out == ""
    assert program("rm", other.name).code == 0
    assert not other.path.exists()


def test_file_without_format_is_read(program: Program, tmp_path: Path) -> None:
    """Other programs may write such files."""
    np.savez(tmp_path / "a.npz", x=np.arange(3))
    assert list(load_arrays(tmp_path / "a.npz")) == ["x"]
    save_arrays(tmp_path / "b.npz", {"x": np.arange(3)})
    assert list(load_arrays(tmp_path / "b.npz")) == ["x"]
