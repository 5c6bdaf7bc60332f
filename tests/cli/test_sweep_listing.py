"""Sweeps among the runs: listed in a line, unfolded, found by name, and removed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nncli.system import hold_lock
from tests.cli.program import Program

CHOICES = ("init=normal", "init.scale=0.01,0.1", "train.epochs=2")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A folder with a run and a newer sweep of two trials."""
    program = Program(tmp_path_factory.mktemp("swept"))
    program.train({"train.epochs": 2})
    assert program("sweep", "tiny.yaml", *CHOICES, "-q").code == 0
    return program


def sweep_of(program: Program) -> Path:
    (path,) = program.runs_dir.glob("tiny/sweep-*")
    return path


def test_sweep_is_one_line_of_the_list(swept: Program) -> None:
    rows = json.loads(swept("runs", "--json").out)
    assert [row["name"].split("/")[1].startswith("sweep-") for row in rows] == [True, False]
    assert (rows[0]["status"], rows[0]["trials"]) == ("done", "2 of 2")
    last_rows = [path.read_text().splitlines()[-1] for path in sweep_of(swept).glob("*/metrics.jsonl")]
    best = min(json.loads(row)["loss"] for row in last_rows)
    assert rows[0]["loss"] == best
    assert "trials" not in rows[1]
    header, first, _ = swept("runs").lines
    assert header.split()[:4] == ["run", "status", "trials", "loss"]
    assert first.split()[1:5] == ["done", "2", "of", "2"]


def test_unfolded_list_has_the_runs_of_the_sweep(swept: Program) -> None:
    rows = json.loads(swept("runs", "--unfold", "--json").out)
    sweep = sweep_of(swept).name
    names = [row["name"] for row in rows]
    assert names[1:] == [f"{sweep}/00000-seed0", f"{sweep}/00001-seed0"]
    assert [row["settings"]["init"]["scale"] for row in rows[1:]] == [0.01, 0.1]


@pytest.mark.parametrize(
    "form", ["00001-seed0", "{sweep}/00001-seed0", "tiny/{sweep}/00001-seed0", "runs/tiny/{sweep}/00001-seed0"]
)
def test_run_of_a_sweep_is_found_by_name(swept: Program, form: str) -> None:
    done = swept("show", form.format(sweep=sweep_of(swept).name, run="00001-seed0"), "--json")
    assert json.loads(done.out)["settings"]["init"]["scale"] == 0.1
    assert done.err == ""


def test_latest_is_never_a_trial(swept: Program) -> None:
    assert "sweep" not in json.loads(swept("eval", "--json").out)["run"]


def test_run_of_a_sweep_is_evaluated_resumed_and_repeated_like_any_other(swept: Program) -> None:
    run = f"{sweep_of(swept).name}/00000-seed0"
    assert swept("eval", run).code == 0
    assert swept("repeat", run).code == 0
    assert swept("resume", run, "--fork", "train.epochs=4").code == 0


def test_filter_finds_sweeps_by_status_and_metric(swept: Program) -> None:
    assert "sweep-" in swept("runs", "--filter", "trials!=null and status=done and loss<100").out


def test_sweep_is_removed_as_a_whole(program: Program) -> None:
    program("sweep", "tiny.yaml", *CHOICES, "-q")
    path = sweep_of(program)
    done = program("rm", path.name)
    assert (done.code, done.lines) == (0, [f"runs/tiny/{path.name}"])
    assert not path.parent.exists()


def test_running_sweep_is_not_removed(program: Program) -> None:
    program("sweep", "tiny.yaml", *CHOICES, "-q")
    path = sweep_of(program)
    with (path / "trials.jsonl").open("rb") as journal:
        assert hold_lock(journal)
        done = program("rm", str(path))
    assert done.code == 1
    assert done.err.startswith(f"{path}: is still training and cannot be removed\nhint: stop it first")
    assert path.exists()


def test_damaged_sweep_is_listed_as_lost(program: Program) -> None:
    program("sweep", "tiny.yaml", *CHOICES, "-q")
    (sweep_of(program) / "sweep.json").write_text("{")
    (row,) = json.loads(program("runs", "--json").out)
    assert (row["status"], row["trials"]) == ("lost", "0 of ?")


def test_sweeps_are_completed(swept: Program) -> None:
    name = f"tiny/{sweep_of(swept).name}"
    done = swept("sweep", "--resume", "", _NNCLI_COMPLETE="zsh")
    assert [line.partition("\t")[0] for line in done.lines] == ["latest", name]
    assert name in [line.partition("\t")[0] for line in swept("rm", "tiny/sw", _NNCLI_COMPLETE="zsh").lines]
