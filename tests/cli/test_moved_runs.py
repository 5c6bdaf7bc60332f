"""Runs find their data after their project folder is moved, copied or archived."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import nncli
from nncli.store import Run
from tests.cli.program import CompletedCommand, Program

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


def first_run(folder: Path) -> Run:
    (path,) = (folder / "runs" / "houses").iterdir()
    return Run(path)


@pytest.fixture
def project(tmp_path: Path) -> Program:
    """Return a project with separate folders for specs, data and runs, and with one run."""
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


def move(project: Program, how: str) -> Program:
    """Move, copy or archive the project to another folder at another depth; return it."""
    target = project.folder.parent / "far" / "away"
    if how == "mv":
        target.parent.mkdir()
        project.folder.rename(target)
    elif how == "cp":
        shutil.copytree(project.folder, target)
        (project.folder / "data" / "houses.csv").write_text(table(3))
    else:
        archive = shutil.make_archive(str(project.folder.parent / "mailed"), "gztar", project.folder)
        shutil.rmtree(project.folder)
        shutil.unpack_archive(archive, target, filter="data")
    return Program(target)


@pytest.mark.parametrize("how", ["mv", "cp", "tar"])
def test_a_moved_folder_works_as_before(project: Program, how: str) -> None:
    before = json.loads(project("eval", "--json").out)
    moved = move(project, how)
    run = first_run(moved.folder).path.relative_to(moved.folder)
    assert json.loads(moved("eval", run, "--json").out)["metrics"] == before["metrics"]
    assert (moved.folder / moved("plot", run, "--what", "fit").out.strip()).is_file()
    assert (moved.folder / moved("film", run).out.strip()).is_file()
    assert moved("predict", run, "--data", "data/later.csv").code == 0
    repeated = moved("repeat", run, "-q")
    assert (repeated.code, repeated.err) == (0, "")
    child = moved("resume", run, "--fork", "optimizer=sgd", "train.epochs=7", "-q")
    assert (child.code, child.err) == (0, "")
    resumed = moved("resume", run, "train.epochs=9", "-q")
    assert (resumed.code, resumed.err) == (0, "")
    assert len(Run(moved.folder / run).rows()) == 9
    assert str(moved.folder / "data") in Run(moved.folder / run).config_text()
    assert nncli.load(moved.folder / run).samples("train").x.shape == (40, 1)  # type: ignore[union-attr]


@pytest.mark.parametrize("how", ["mv", "cp"])
def test_why_proposes_commands_with_the_paths_of_moved_data(project: Program, how: str) -> None:
    commands = [line for line in project("why").lines if line.startswith("   try ")]
    assert commands
    assert not any("data." in line for line in commands)
    moved = move(project, how)
    command = next(line for line in moved("why", "latest").lines if line.startswith("   try "))
    assert f" data.path={moved.folder}/data/houses.csv " in command
    run = moved.run_at(moved.shell(f"{command[12:]} -q").out)
    assert str(moved.folder / "data") in run.config_text()


def test_a_resumed_run_can_be_moved_again(project: Program) -> None:
    assert project("resume", "houses", "train.epochs=6", "-q").code == 0
    moved = move(project, "mv")
    assert moved("resume", "houses", "train.epochs=7", "-q").code == 0
    back = project.folder.parent / "project"
    moved.folder.rename(back)
    assert Program(back)("eval", "houses").code == 0


def test_target_paths_of_moved_data_are_found(tmp_path: Path) -> None:
    import numpy as np

    program = Program(tmp_path / "project")
    program.write("houses.yaml", ARRAYS)
    x = np.arange(20.0)[:, None]
    np.save(program.folder / "x.npy", x)
    np.save(program.folder / "y.npy", 2 * x)
    assert program("train", "houses.yaml", "-q").code == 0
    assert move(program, "mv")("eval").code == 0


def test_a_runs_directory_outside_the_project_can_be_moved(project: Program) -> None:
    """The runs are outside the project; the path from the run to its data is the same after moving both."""
    done = project("train", "specs/houses.yaml", "-q", "--runs-dir", "../results")
    assert done.code == 0
    parent = project.folder.parent
    (parent / "course").mkdir()
    for name in ("project", "results"):
        (parent / name).rename(parent / "course" / name)
    moved = Program(parent / "course" / "project")
    assert moved("eval", "houses", "--runs-dir", "../results").code == 0


def move_without_table(project: Program) -> tuple[Program, list[str]]:
    """Return the moved project without its table, and the lines of the resulting error."""
    saved = project.folder / "specs" / ".." / "data" / "houses.csv"
    moved = move(project, "mv")
    (moved.folder / "data" / "houses.csv").unlink()
    message = f"{saved}: cannot be read: no such file or directory, nor {moved.folder}/data/houses.csv"
    return moved, [message, HINT]


def error_lines(done: CompletedCommand) -> list[str]:
    """Return the lines of a usage error."""
    assert done.code == 2
    return done.err.splitlines()


def test_missing_data_are_reported_with_both_paths(project: Program) -> None:
    moved, lines = move_without_table(project)
    for command in (
        ["eval"],
        ["repeat"],
        ["plot", "--what", "fit"],
        ["resume", "houses"],
    ):
        assert error_lines(moved(*command)) == lines
    for command in ("predict", "eval"):
        assert moved(command, "--data", "data/later.csv").code == 0


def test_a_given_path_takes_precedence(project: Program) -> None:
    moved, _ = move_without_table(project)
    override = "data.path=elsewhere/same.csv"
    assert moved("eval", "houses", "--data", "elsewhere/same.csv").code == 0
    assert moved("repeat", "houses", "--data", "elsewhere/same.csv", "--runs-dir", "runs").code == 0
    run = sorted((moved.folder / "runs" / "houses").iterdir())[0]
    child = moved("resume", run, "--fork", override, "train.epochs=8", "-q")
    assert (child.code, child.err) == (0, "")
    assert "elsewhere/same.csv" in moved.run_at(child.out).config_text()
    assert moved("resume", run, override, "train.epochs=8", "-q").code == 0
    assert len(Run(run).rows()) == 8


def test_data_with_other_content_are_refused(project: Program) -> None:
    moved, _ = move_without_table(project)
    other = "elsewhere/other.csv"
    repeated = moved("repeat", "houses", "--data", other)
    assert (repeated.code, repeated.out) == (1, "")
    assert "the data have changed since the run was trained" in repeated.err
    resumed = moved("resume", "houses", f"data.path={other}", "train.epochs=8")
    assert resumed.code == 1
    assert "was trained on other data: the data of its experiment have changed" in resumed.err
    assert len(list((moved.folder / "runs" / "houses").iterdir())) == 1


def test_an_edited_path_is_not_replaced(project: Program) -> None:
    """Data are looked for elsewhere only if the path in config.yaml is the one that was saved."""
    run = first_run(project.folder)
    (run.path / "config.yaml").write_text(run.config_text().replace("data/houses.csv", "elsewhere/same.csv"))
    moved = move(project, "cp")
    done = moved("repeat", "houses", "-q")
    assert (done.code, done.err) == (0, "")
    assert str(project.folder) in moved.run_at(done.out).config_text()


@pytest.mark.parametrize("odd", [[], {"a": 1}, {"\0": "\0"}, "x", {"x": ""}])
def test_a_damaged_entry_is_ignored(project: Program, odd: object) -> None:
    run = first_run(project.folder)
    (run.path / "run.json").write_text(json.dumps({**run.info(), "relative_paths": odd}))
    assert nncli.load(run).samples("train") is not None
