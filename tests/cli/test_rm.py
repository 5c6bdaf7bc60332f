"""`nncli rm` and `nncli clean`."""

from __future__ import annotations

import json
import shutil
import signal

import pytest

from nncli.store import Run
from tests.cli.program import ENDLESS, Program, json_of, wait_until
from tests.cli.terminal import terminal
from tests.cli.test_runs import HOSTILE


def make_runs(program: Program, *statuses: str) -> list[Run]:
    """Make a run of each status, oldest first."""
    original = program.train()
    runs = []
    for number, status in enumerate(statuses):
        path = original.path.with_name(f"20200101-00000{number}-0000")
        shutil.copytree(original.path, path)
        (path / "run.json").write_text(json.dumps({**original.info(), "status": status, "reason": HOSTILE}))
        if status == "failed":  # clean keeps failed runs with a checkpoint
            shutil.rmtree(path / "checkpoints")
        runs.append(Run(path))
    shutil.rmtree(original.path)
    return runs


def test_runs_are_removed_by_path_or_part_of_their_name(program: Program) -> None:
    a, b, c, d = make_runs(program, "done", "done", "stopped", "done")
    assert program("rm", f"runs/{a.name}", b.path.name, f"runs/{a.name}") == (0, f"runs/{a.name}\nruns/{b.name}\n", "")
    assert json_of(program("rm", "000002", "--json")) == {"removed": [f"runs/{c.name}"]}
    assert [run.path for run in program.runs()] == [d.path]
    assert program.shell("nncli runs --filter 'loss>0' --csv --columns run | tail -n +2 | xargs -r nncli rm").code == 0
    assert program.runs() == []
    assert list(program.runs_dir.iterdir()) == []


def test_nothing_is_removed_if_a_name_is_wrong(program: Program) -> None:
    a, _ = make_runs(program, "done", "done")
    for wrong in ("latest", "tiny"):
        done = program("rm", a.name, wrong)
        assert (done.code, done.out) == (2, ""), wrong
        assert len(done.err.splitlines()) == 2
    assert len(program.runs()) == 2


def test_a_running_run_is_not_removed(program: Program) -> None:
    with program.start("train", program.write("endless.yaml", ENDLESS), "-q") as started:
        run = program.run_at(started.line())
        wait_until(run.last_row, "a row")
        done = program("rm", run.name)
        assert (done.code, done.out) == (1, "")
        message, hint = done.err.splitlines()
        assert message == f"runs/{run.name}: is still training and cannot be removed"
        assert hint.startswith(f"hint: stop it first: process {started.process.pid} on ")
        assert program("clean", "--yes") == (0, "", "no runs to remove\n")
        assert run.status == "running"
        started.signal(signal.SIGINT)
        assert started.end().code == 130
    assert program("rm", run.name).code == 0


def test_clean_without_a_terminal_needs_yes(program: Program) -> None:
    runs = make_runs(program, "done", "failed", "stopped", "diverged")
    done = program("clean")
    assert (done.code, done.out) == (2, "")
    assert [line.split()[:2] for line in done.err.splitlines()[:3]] == [
        ["run", "status"],
        [runs[3].name, "diverged"],
        [runs[1].name, "failed"],
    ]
    assert done.err.splitlines()[3:] == [
        "error: refusing to remove runs without confirmation",
        "hint: add --yes to remove these runs, or --dry-run to list them",
    ]
    assert done.err.replace("\n", "").isprintable()
    listed = f"runs/{runs[3].name}\nruns/{runs[1].name}\n"
    assert program("clean", "--dry-run") == (0, listed, "")
    assert json_of(program("clean", "-n", "--json")) == {"would_remove": listed.split()}
    assert len(program.runs()) == 4
    assert program("clean", "--yes") == (0, listed, "")
    assert [run.status for run in program.runs()] == ["done", "stopped"]
    assert program("clean") == (0, "", "no runs to remove\n")


@pytest.mark.parametrize(("answer", "left"), [("Yes\n", 1), ("\n", 3)])
def test_clean_asks_on_a_terminal(program: Program, answer: str, left: int) -> None:
    make_runs(program, "failed", "done", "failed")
    with terminal(program, "clean") as screen:
        screen.wait_for(r"remove these 2 runs\? \[y/N\] ")
        screen.type(answer)
        assert screen.end() == 0
        assert "\x1b]0;" not in screen.output
        assert ("nothing removed" in screen.text) == (left == 3)
    assert len(program.runs()) == left


def test_ctrl_c_at_the_question_removes_nothing(program: Program) -> None:
    make_runs(program, "failed")
    with terminal(program, "clean") as screen:
        screen.wait_for(r"remove this run\? \[y/N\] ")
        screen.press_ctrl_c()
        assert screen.end() == 130
    assert len(program.runs()) == 1
