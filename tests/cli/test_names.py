"""References to runs by name: ambiguous names, copies, renamed folders and names in any script."""

from __future__ import annotations

import shutil

import pytest

import nncli
from nncli.store import Run
from tests.cli.program import TINY, Program, json_of


@pytest.fixture
def two(program: Program) -> tuple[Run, Run]:
    """Return two runs of the same name, older first."""
    return program.train(), program.train()


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
def test_an_ambiguous_name_means_the_newest_run(program: Program, two: tuple[Run, Run], command: list[str]) -> None:
    program.write("points.csv", "x\n0.5\n")
    done = program(*command)
    assert done.code == 0
    assert done.err.splitlines()[0] == f"tiny: matches 2 runs; using the newest, {two[1].name}"
    if command[0] in ("plot", "film", "report"):
        assert two[1].path.name in done.out


def test_no_note_is_printed_if_quiet_or_the_name_is_unique(program: Program, two: tuple[Run, Run]) -> None:
    assert program("repeat", "tiny", "-q").err == ""
    assert program("show", two[0].name).err == ""
    assert json_of(program("show", two[0].name, "--json"))["name"] == two[0].name


def test_resume_and_rm_refuse_an_ambiguous_name(program: Program, two: tuple[Run, Run]) -> None:
    for command in (["resume", "tiny", "train.epochs=20"], ["rm", "tiny"]):
        done = program(*command)
        assert (done.code, done.out) == (2, "")
        assert done.err.splitlines()[0] == "tiny: matches 2 runs in runs"
    assert len(program.runs()) == 2


def test_load_takes_the_newest_run_without_a_note(
    program: Program, two: tuple[Run, Run], capfd: pytest.CaptureFixture[str]
) -> None:
    assert nncli.load("tiny", runs_dir=program.runs_dir).run.path == two[1].path
    assert capfd.readouterr() == ("", "")


@pytest.mark.long
def test_copied_and_renamed_runs_are_found_by_their_folders(program: Program) -> None:
    run = program.train()
    (program.runs_dir / "b").mkdir()
    shutil.copytree(run.path, program.runs_dir / "b" / run.path.name)
    (program.runs_dir / "tiny").rename(program.runs_dir / "a")
    names = [each["name"] for each in json_of(program("runs", "--json"))]
    assert sorted(names) == [f"a/{run.path.name}", f"b/{run.path.name}"]
    assert json_of(program("show", "a", "--json"))["name"] == f"a/{run.path.name}"
    assert json_of(program("show", "--json"))["name"] == f"b/{run.path.name}"  # of two runs with the same start time
    assert "matches no run" in program("show", "tiny").err
    assert program("rm", run.path.name).code == 2
    repeated = program.run_at(program("repeat", "a", "-q").out)
    assert repeated.info()["repeats"] == f"a/{run.path.name}"
    assert program("rm", "a") == (0, f"runs/a/{run.path.name}\n", "")
    assert (program.runs_dir / "b" / run.path.name).is_dir()


@pytest.mark.long
@pytest.mark.parametrize("name", ["실험", "häuser", "स्कूल", "Ελλάδα", "مدرسة"])
def test_run_names_may_be_in_any_script(program: Program, name: str) -> None:
    spec = program.write(f"{name}.yaml", TINY.replace("name: tiny\n", ""))
    done = program("train", spec, "-q")
    assert (done.code, done.out.rpartition("/")[0]) == (0, f"runs/{name}")
    assert program("eval", name).code == 0
    assert name in program("runs").out
    assert program("rm", name).code == 0
