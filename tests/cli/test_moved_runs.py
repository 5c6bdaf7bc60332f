"""A folder with spec, data and runs is moved, copied or packed: its runs find their data from where they are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import nncli
from nncli.store import Run
from tests.cli.program import Done, Program

pytestmark = pytest.mark.long

SPEC = """\
data: {type: csv, path: ../data/houses.csv, target: price, validation: {path: ../data/later.csv}}
layers: [{type: dense, units: 1}]
loss: mse
train: {epochs: 5}
"""
ARRAYS = """\
data: {type: npy, path: x.npy, target_path: y.npy}
layers: [{type: dense, units: 1}]
loss: mse
train: {epochs: 5}
"""
HINT = "hint: move it back, or give its new path: data.path=FILE for resume, --data FILE for eval and repeat"


def table(rows: int, factor: float = 3.0) -> str:
    return "rooms,price\n" + "".join(f"{i % 7},{factor * (i % 7) + 1}\n" for i in range(rows))


def first(folder: Path) -> Run:
    (path,) = (folder / "runs" / "houses").iterdir()
    return Run(path)


@pytest.fixture
def project(tmp_path: Path) -> Program:
    """A folder in which the spec, the data and the runs lie in folders of their own, with one run."""
    program = Program(tmp_path / "project")
    for name, text in (
        ("specs/houses.yaml", SPEC),
        ("data/houses.csv", table(40)),
        ("data/later.csv", table(14)),
        ("elsewhere/same.csv", table(40)),
        ("elsewhere/other.csv", table(40, 4.0)),
    ):
        (program.folder / name).parent.mkdir(exist_ok=True)
        program.write(name, text)
    assert program("train", "specs/houses.yaml", "-q").code == 0
    return program


def moved(project: Program, how: str) -> Program:
    """The project in another folder, at another depth."""
    there = project.folder.parent / "far" / "away"
    if how == "mv":
        there.parent.mkdir()
        project.folder.rename(there)
    elif how == "cp":
        shutil.copytree(project.folder, there)
        (project.folder / "data" / "houses.csv").write_text(table(3))
    else:
        archive = shutil.make_archive(str(project.folder.parent / "mailed"), "gztar", project.folder)
        shutil.rmtree(project.folder)
        shutil.unpack_archive(archive, there, filter="data")
    return Program(there)


@pytest.mark.parametrize("how", ["mv", "cp", "tar"])
def test_a_moved_folder_works_as_before(project: Program, how: str) -> None:
    before = json.loads(project("eval", "--json").out)
    there = moved(project, how)
    run = first(there.folder).path.relative_to(there.folder)
    assert json.loads(there("eval", run, "--json").out)["metrics"] == before["metrics"]
    assert (there.folder / there("plot", run, "--what", "fit").out.strip()).is_file()
    assert (there.folder / there("film", run).out.strip()).is_file()
    assert there("predict", run, "--data", "data/later.csv").code == 0
    repeated = there("repeat", run, "-q")
    assert (repeated.code, repeated.err) == (0, "")
    child = there("resume", run, "--fork", "optimizer=sgd", "train.epochs=7", "-q")
    assert (child.code, child.err) == (0, "")
    resumed = there("resume", run, "train.epochs=9", "-q")
    assert (resumed.code, resumed.err) == (0, "")
    assert len(Run(there.folder / run).rows()) == 9
    assert str(there.folder / "data") in Run(there.folder / run).config_text()
    assert nncli.load(there.folder / run).samples("train").x.shape == (40, 1)  # type: ignore[union-attr]


def test_a_resumed_run_can_be_moved_once_more(project: Program) -> None:
    assert project("resume", "houses", "train.epochs=6", "-q").code == 0
    there = moved(project, "mv")
    assert there("resume", "houses", "train.epochs=7", "-q").code == 0
    back = project.folder.parent / "project"
    there.folder.rename(back)
    assert Program(back)("eval", "houses").code == 0


def test_target_paths_are_found_too(tmp_path: Path) -> None:
    import numpy as np

    program = Program(tmp_path / "project")
    program.write("houses.yaml", ARRAYS)
    x = np.arange(20.0)[:, None]
    np.save(program.folder / "x.npy", x)
    np.save(program.folder / "y.npy", 2 * x)
    assert program("train", "houses.yaml", "-q").code == 0
    assert moved(program, "mv")("eval").code == 0


def test_runs_directory_elsewhere(project: Program) -> None:
    """The runs lie beside the project: the path from the run leads there."""
    done = project("train", "specs/houses.yaml", "-q", "--runs-dir", "../results")
    assert done.code == 0
    whole = project.folder.parent
    (whole / "course").mkdir()
    for name in ("project", "results"):
        (whole / name).rename(whole / "course" / name)
    there = Program(whole / "course" / "project")
    assert there("eval", "houses", "--runs-dir", "../results").code == 0


def lost(project: Program) -> tuple[Program, list[str]]:
    """The moved project without its table, and what is said of that."""
    saved = project.folder / "specs" / ".." / "data" / "houses.csv"
    there = moved(project, "mv")
    (there.folder / "data" / "houses.csv").unlink()
    message = f"{saved}: cannot be read: no such file or directory, nor {there.folder}/data/houses.csv"
    return there, [message, HINT]


def said(done: Done) -> list[str]:
    assert done.code == 2
    return done.err.splitlines()


def test_without_the_file_both_places_are_named(project: Program) -> None:
    there, lines = lost(project)
    for command in (
        ["eval"],
        ["repeat"],
        ["plot", "--what", "fit"],
        ["resume", "houses"],
        ["eval", "--data", "data/later.csv"],
    ):
        assert said(there(*command)) == lines
    assert there("predict", "--data", "data/later.csv").code == 0


def test_a_path_that_is_given_wins(project: Program) -> None:
    there, _ = lost(project)
    given = "data.path=elsewhere/same.csv"
    assert there("eval", "houses", "--data", "elsewhere/same.csv").code == 0
    assert there("repeat", "houses", "--data", "elsewhere/same.csv", "--runs-dir", "runs").code == 0
    run = sorted((there.folder / "runs" / "houses").iterdir())[0]
    child = there("resume", run, "--fork", given, "train.epochs=8", "-q")
    assert (child.code, child.err) == (0, "")
    assert "elsewhere/same.csv" in there.the_run(child.out).config_text()
    assert there("resume", run, given, "train.epochs=8", "-q").code == 0
    assert len(Run(run).rows()) == 8


def test_other_content_is_refused(project: Program) -> None:
    there, _ = lost(project)
    other = "elsewhere/other.csv"
    repeated = there("repeat", "houses", "--data", other)
    assert (repeated.code, repeated.out) == (1, "")
    assert "the data have changed since the run was trained" in repeated.err
    resumed = there("resume", "houses", f"data.path={other}", "train.epochs=8")
    assert resumed.code == 1
    assert "was trained on other data: the data of its experiment have changed" in resumed.err
    assert len(list((there.folder / "runs" / "houses").iterdir())) == 1


def test_an_edited_config_names_its_own_file(project: Program) -> None:
    """Only a path that stands in config.yaml as it was saved is looked for elsewhere."""
    run = first(project.folder)
    (run.path / "config.yaml").write_text(run.config_text().replace("data/houses.csv", "elsewhere/same.csv"))
    there = moved(project, "cp")
    done = there("repeat", "houses", "-q")
    assert (done.code, done.err) == (0, "")
    assert str(project.folder) in there.the_run(done.out).config_text()


@pytest.mark.parametrize("odd", [[], {"a": 1}, {"\0": "\0"}, "x", {"x": ""}])
def test_a_damaged_entry_is_passed_over(project: Program, odd: object) -> None:
    run = first(project.folder)
    (run.path / "run.json").write_text(json.dumps({**run.info(), "relative_paths": odd}))
    assert nncli.load(run).samples("train") is not None
