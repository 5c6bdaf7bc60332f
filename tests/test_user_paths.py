"""`~` and environment variables in paths, on the command line and in specs."""

from __future__ import annotations

from pathlib import Path

import pytest

import nncli
from nncli.errors import UsageError
from nncli.user_paths import expand
from tests.cli.program import TINY, Program

CSV = """\
data: {type: csv, path: 'PATH', target: y}
layers: [{type: dense, units: 1}]
loss: mse
train: {epochs: 2}
"""
TABLE = "x,y\n1,2\n2,4\n3,6\n4,8\n"


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("DATA", "/data/$HOME")
    monkeypatch.delenv("NOPE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("~", "/home/ada"),
        ("~/r", "/home/ada/r"),
        ("$HOME/r", "/home/ada/r"),
        ("a/${HOME}/$DATA", "a//home/ada//data/$HOME"),
        ("~nobody-of-that-name/r", "~nobody-of-that-name/r"),
        ("a~", "a~"),
        ("cost$", "cost$"),
        ("cost$5.csv", "cost$5.csv"),
        ("-", "-"),
        ("", ""),
    ],
)
def test_expand_replaces_home_and_variables(path: str, expected: str) -> None:
    assert expand(path) == expected


@pytest.mark.parametrize(("path", "variable"), [("$NOPE/x", "$NOPE"), ("${NOPE}/x", "${NOPE}"), ("${}", "${}")])
def test_unset_variable_is_an_error(path: str, variable: str) -> None:
    with pytest.raises(UsageError) as raised:
        expand(path)
    assert raised.value.lines() == [f"{path}: the environment variable {variable} is not set"]


def test_existing_file_with_that_name_is_not_expanded(work: Path) -> None:
    (work / "data").mkdir()
    for name in ("~x", "$NOPE", "a${NOPE}b"):
        (work / "data" / name).touch()
        assert expand(name, Path("data")) == name
        assert expand(f"data/{name}") == f"data/{name}"


@pytest.mark.parametrize("path", ["~/t.csv", "$HOME/t.csv", "${WHERE}/t.csv", "~odd.csv", "a$NOPE.csv"])
def test_paths_in_specs_and_overrides_are_expanded(work: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(work / "home"))
    monkeypatch.setenv("WHERE", str(work / "home"))
    (work / "home").mkdir()
    for folder in (work, work / "home"):
        for table in ("t.csv", "~odd.csv", "a$NOPE.csv"):
            (folder / table).write_text(TABLE)
    Path("home/base.yaml").write_text(CSV.replace("PATH", path))
    Path("t.yaml").write_text("extends: $HOME/base.yaml\n")
    Path("other.yaml").write_text(CSV.replace("PATH", "none.csv"))
    table = work / "home" / Path(path).name
    for run, expected in (
        (nncli.train("t.yaml"), table),
        (nncli.train("~/base.yaml"), table),
        (nncli.train("other.yaml", {"data.path": path}), table if "/" in path else work / path),
    ):
        assert Path(run.info()["settings"]["data"]["path"]).samefile(expected)
        assert nncli.load(run).samples("train") is not None


def test_runs_dir_of_the_library_is_expanded(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(work / "home"))
    Path("tiny.yaml").write_text(TINY)
    assert nncli.train("tiny.yaml", runs_dir="~/r").path.parents[1] == work / "home" / "r"
    monkeypatch.setenv("NNCLI_RUNS_DIR", "$HOME/q")
    run = nncli.train("tiny.yaml")
    assert run.path.parents[1] == work / "home" / "q"
    assert nncli.load("tiny").run.path == run.path


def test_saved_path_is_not_expanded(work: Path) -> None:
    """A run on a file with a $ in its name predicts even if the file is gone."""
    Path("a$NOPE.csv").write_text(TABLE)
    Path("t.yaml").write_text(CSV.replace("PATH", "a$NOPE.csv"))
    run = nncli.train("t.yaml")
    Path("a$NOPE.csv").unlink()
    assert nncli.load(run).predict([[1.0]]).shape == (1, 1)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("data: {type: csv, path: $NOPE/t.csv, target: y}", "t.yaml:1:25"),
        ("extends: $NOPE", "t.yaml:1:10"),
    ],
)
def test_unset_variable_in_a_spec_is_an_error_at_its_place(line: str, place: str) -> None:
    Path("t.yaml").write_text(CSV.replace(CSV.partition("\n")[0], line))
    with pytest.raises(UsageError) as raised:
        nncli.train("t.yaml")
    assert raised.value.lines() == [f"{place}: the environment variable $NOPE is not set"]


@pytest.mark.long
def test_commands_expand_paths(tmp_path: Path) -> None:
    program = Program(tmp_path)
    home = tmp_path / "home"
    home.mkdir()
    (home / "tiny.yaml").write_text(TINY)
    (home / "points.csv").write_text("x\n0.5\n")
    for output, *arguments in (
        ("r/tiny", "train", "~/tiny.yaml", "-q", "--runs-dir=~/r"),
        ("q/tiny", "train", "$HOME/tiny.yaml", "-q", "--runs-dir=${HOME}/q"),
        ("a.png", "plot", "--runs-dir=~/r", "--output=~/a.png"),
        ("a.gif", "film", "--runs-dir=~/r", "--output=$HOME/a.gif"),
        ("a.html", "report", "--runs-dir=~/r", "--output=~/a.html"),
        ("points.csv", "predict", "--runs-dir=~/r", "--data=~/points.csv"),
        ("fresh.yaml", "new", "$HOME/fresh", "--task", "classes"),
    ):
        done = program(*arguments, HOME=str(home))
        assert done.code == 0, done
        assert (home / output).exists()
    name = next((home / "r" / "tiny").iterdir()).name
    assert program("show", f"~/r/tiny/{name}", HOME=str(home)).code == 0
    assert not (tmp_path / "~").exists()
    assert not (tmp_path / "$HOME").exists()
    for option in ("--runs-dir", "--output"):
        message = "$NOPE/x.png: the environment variable $NOPE is not set\n"
        assert program("plot", f"{option}=$NOPE/x.png") == (2, "", message)
