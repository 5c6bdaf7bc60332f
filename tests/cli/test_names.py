"""Names of runs: of any script, of several runs the newest, and never one that a shell or a folder takes amiss."""

from __future__ import annotations

import shutil

import pytest

import nncli
from nncli.store import Run
from tests.cli.program import TINY, Program, json_of


@pytest.fixture
def two(program: Program) -> tuple[Run, Run]:
    """Two runs of one name, the older one first."""
    return program.trained(), program.trained()


@pytest.mark.long
@pytest.mark.parametrize(
    "command",
    [
        ["show", "tiny"],
        ["eval", "tiny"],
        ["predict", "tiny", "--data", "points.csv"],
        ["plot", "tiny"],
        ["film", "tiny"],
        ["report", "tiny"],
        ["diff", "tiny", "latest"],
        ["repeat", "tiny"],
    ],
    ids=lambda command: command[0],
)
def test_a_name_of_several_runs_means_the_newest(program: Program, two: tuple[Run, Run], command: list[str]) -> None:
    program.write("points.csv", "x\n0.5\n")
    done = program(*command)
    assert done.code == 0
    assert done.err.splitlines()[0] == f"tiny: matches 2 runs; using the newest, {two[1].name}"
    if command[0] in ("plot", "film", "report"):
        assert two[1].path.name in done.out


def test_quiet_means_no_note_and_a_whole_name_needs_none(program: Program, two: tuple[Run, Run]) -> None:
    assert program("repeat", "tiny", "-q").err == ""
    assert program("show", two[0].name).err == ""
    assert json_of(program("show", two[0].name, "--json"))["name"] == two[0].name


def test_what_changes_or_removes_needs_a_name_of_one(program: Program, two: tuple[Run, Run]) -> None:
    for command in (["resume", "tiny", "train.epochs=20"], ["rm", "tiny"]):
        done = program(*command)
        assert (done.code, done.out) == (2, "")
        assert done.err.splitlines()[0] == "tiny: matches 2 runs in runs"
    assert len(program.runs()) == 2


def test_python_means_the_newest_and_prints_nothing(
    program: Program, two: tuple[Run, Run], capfd: pytest.CaptureFixture[str]
) -> None:
    assert nncli.load("tiny", runs_dir=program.runs_dir).run.path == two[1].path
    assert capfd.readouterr() == ("", "")


@pytest.mark.long
def test_copies_and_renamed_folders(program: Program) -> None:
    run = program.trained()
    (program.runs_dir / "b").mkdir()
    shutil.copytree(run.path, program.runs_dir / "b" / run.path.name)
    (program.runs_dir / "tiny").rename(program.runs_dir / "a")
    names = [each["name"] for each in json_of(program("runs", "--json"))]
    assert sorted(names) == [f"a/{run.path.name}", f"b/{run.path.name}"]
    assert json_of(program("show", "a", "--json"))["name"] == f"a/{run.path.name}"
    assert json_of(program("show", "--json"))["name"] == f"b/{run.path.name}"  # of two from one moment
    assert "matches no run" in program("show", "tiny").err
    assert program("rm", run.path.name).code == 2
    repeated = program.the_run(program("repeat", "a", "-q").out)
    assert repeated.info()["repeats"] == f"a/{run.path.name}"
    assert program("rm", "a") == (0, f"runs/a/{run.path.name}\n", "")
    assert (program.runs_dir / "b" / run.path.name).is_dir()


@pytest.mark.long
@pytest.mark.parametrize("name", ["실험", "häuser", "स्कूल", "Ελλάδα", "مدرسة"])
def test_names_in_any_script(program: Program, name: str) -> None:
    spec = program.write(f"{name}.yaml", TINY.replace("name: tiny\n", ""))
    done = program("train", spec, "-q")
    assert (done.code, done.out.rpartition("/")[0]) == (0, f"runs/{name}")
    assert program("eval", name).code == 0
    assert name in program("runs").out
    assert program("rm", name).code == 0
