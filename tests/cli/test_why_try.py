"""`nncli why --try`: variants that are trained to find out what helps."""

from __future__ import annotations

import json
import math
import os
import re
import signal
import tempfile
from pathlib import Path
from typing import Any

import pytest

import nncli
from nncli.cli.try_remedies import Budget, goal_of
from nncli.diagnosis.case import Case
from nncli.diagnosis.diagnose import diagnose_case
from nncli.diagnosis.ended_run import load_ended
from nncli.store import Run
from tests.cli.program import Program, invoke, json_of, wait_until

LEARNS = {"train.epochs": 2000, "optimizer.learning_rate": 0.01}
TOO_LOW = {**LEARNS, "optimizer.learning_rate": 1e-6}
STUCK = {**TOO_LOW, "train.epochs": 20_000}
FAILS_LATE = {
    "train.epochs": 1000,
    "layers.0.units": 8,
    "optimizer": {
        "type": "adam",
        "learning_rate": 30,
        "schedule": {"type": "one_cycle", "div_factor": 1500, "pct_start": 0.98},
    },
}


@pytest.fixture
def sick(program: Program) -> Run:
    return program.train(TOO_LOW)


def tries_of(run: Run) -> list[Path]:
    return sorted((run.path / "tries").glob("*-seed*"))


def test_the_change_that_helps_comes_first_and_is_saved(program: Program, sick: Run) -> None:
    done = program("why", "--try", "--budget", "30s", "--save", "fixed.yaml")
    assert done.code == 0, done.err
    assert done.lines[0] == f"runs/{sick.name}: does not learn"
    head = next(number for number, line in enumerate(done.lines) if line.startswith("learned "))
    assert re.match(r"8 of 8 +optimizer.learning_rate=\S+ +\+\d+% to \+100% +\d+", done.lines[head + 1])
    change = re.findall(r"optimizer\.learning_rate=\S+", done.lines[head + 1])[0]
    assert f"{change} learned on 8 of 8 seeds, unchanged on 0 of 8" in done.lines
    assert done.lines[-1] == f"try: nncli train runs/{sick.name}/config.yaml {change}"
    assert len(program("runs").lines) == 2, "the runs that were tried are kept apart"
    assert Run(tries_of(sick)[0]).summary() is not None
    nncli.train(program.folder / "fixed.yaml", runs_dir=program.runs_dir)
    assert program("why", "--check").code == 0
    assert program("rm", sick.name).code == 0
    assert not sick.path.exists()


@pytest.mark.parametrize(("changes", "late"), [(FAILS_LATE, True), (TOO_LOW, False)])
def test_networks_that_fail_late_are_judged_at_the_end(program: Program, changes: dict[str, Any], late: bool) -> None:
    case = Case.of(load_ended(program.train(changes)), "done")
    diagnosis = diagnose_case(case)
    assert diagnosis.verdict == "does_not_learn"
    goal = goal_of(case, diagnosis, Budget(60.0, 0.0))
    assert goal.earliest == (goal.epochs if late else 0)


@pytest.mark.parametrize(
    ("changes", "improvable"),
    [
        ({"train.epochs": 800, "optimizer.learning_rate": 0.01}, True),
        (LEARNS, False),
        ({**LEARNS, "data": {"type": "linear", "samples": 60, "noise": 0.3}}, False),  # simple methods do no better
    ],
)
def test_healthy_networks_are_judged_at_the_end_if_they_can_be_improved(
    program: Program, changes: dict[str, Any], improvable: bool
) -> None:
    case = Case.of(load_ended(program.train(changes)), "done")
    diagnosis = diagnose_case(case)
    assert diagnosis.verdict == "healthy"
    goal = goal_of(case, diagnosis, Budget(60.0, 0.0))
    assert (goal.earliest, goal.error) == (goal.epochs if improvable else 0, math.inf)
    sick = goal_of(case, diagnosis._replace(verdict="learns_badly"), Budget(60.0, 0.0))
    assert sick.error == case.unexplained / 2, "a remedy must do better than the run and simple methods"


def test_a_second_attempt_replaces_the_runs_of_the_first(program: Program, sick: Run) -> None:
    (sick.path / "tries" / "99-seed1" / "checkpoints").mkdir(parents=True)
    (sick.path / "tries" / "notes.txt").write_text("mine")
    assert program("why", "--try", "--budget", "1").code == 0
    assert "99-seed1" not in {path.name for path in tries_of(sick)}
    assert (sick.path / "tries" / "notes.txt").exists()


def test_a_healthy_run_needs_no_mending(program: Program) -> None:
    run = program.train(LEARNS)
    done = program("why", "--try", "--budget", "30", "--save", "fixed.yaml")
    assert "unchanged learned on 8 of 8 seeds: nothing needs mending" in done.lines
    assert {path.name.split("-")[0] for path in tries_of(run)} == {"00"}
    assert (done.code, done.err.splitlines()[-1]) == (1, "fixed.yaml: was not written, because no change helped")
    assert not (program.folder / "fixed.yaml").exists()


@pytest.mark.long
def test_a_spec_can_be_tried_and_leaves_nothing_behind(program: Program) -> None:
    changes = [f"{key}={value}" for key, value in TOO_LOW.items()]
    with tempfile.TemporaryDirectory() as temporary:  # the path of a socket must be short
        done = program("why", "tiny.yaml", *changes, "--try", "--budget", "30", TMPDIR=temporary)
        assert done.code == 0, done.err
        assert not list(Path(temporary).iterdir())
    assert done.lines[-1].startswith("try: nncli train tiny.yaml train.epochs=2000 optimizer.learning_rate=")
    assert not program.runs_dir.exists()


@pytest.mark.long
def test_ctrl_c_gives_a_partial_answer_and_a_second_process_is_refused(program: Program) -> None:
    run = program.train(STUCK)
    with program.start("why", "--try", "--budget", "60") as started:
        wait_until(lambda: tries_of(run), "a training")
        done = program("why", "--try", "--budget", "1")
        assert (done.code, done.err) == (1, f"runs/{run.name}: another process tries changes of this run\n")
        wait_until(lambda: sum((path / "summary.json").exists() for path in tries_of(run)) > 2, "some trainings")
        started.signal(signal.SIGINT)
        done = started.end()
    assert done.code == 130, done.err
    assert any(re.match(r"0 of \d +unchanged", line) for line in done.out.splitlines())
    end = r"\d+ trainings( of at most [\d,]+ of [\d,]+ epochs)? in [\d.]+ s"
    assert any(re.fullmatch(end, line) for line in done.out.splitlines())
    again = program("why", "--try", "--budget", "1")
    assert again.code == 0, again.err


@pytest.mark.long
def test_killed_trainings_harm_nothing(program: Program, sick: Run) -> None:
    with program.start("why", "--try", "--budget", "30", "--json") as started:
        for count in (1, 3):
            wait_until(lambda count=count: len(tries_of(sick)) > count, "a training")
            running = [path for path in tries_of(sick) if Run(path).status == "running"]
            for path in running:
                os.kill(Run(path).info()["pid"], signal.SIGKILL)
        answer = json_of(started.end())["tried"]
    assert answer["status"] == "helps"
    assert answer["best"][0].startswith("optimizer.learning_rate=")


@pytest.mark.long
def test_the_budget_is_kept_even_on_one_core(program: Program) -> None:
    program.train(STUCK)
    budget = 6
    cpu = min(os.sched_getaffinity(0))
    done = program.run(["taskset", "-c", str(cpu), "nncli", "why", "--try", "--budget", str(budget), "--json"])
    assert json_of(done)["tried"]["seconds"] < 1.1 * budget


def test_wrong_options_are_refused(program: Program, sick: Run) -> None:
    assert program("why", "--budget", "5s") == (2, "", "--budget: needs --try\n")
    assert program("why", "--save", "x.yaml") == (2, "", "--save: needs --try\n")
    for text in ("x", "5d", "0", "-3", "inf", ""):
        done = program("why", "--try", "--budget", text)
        assert (done.code, done.out) == (2, "")
        assert "is no duration; use a number with s, m or h, as in 90s" in done.err
    message = "tiny.yaml: already exists; choose another name or remove it\n"
    assert program("why", "--try", "--save", "tiny.yaml") == (2, "", message)
    assert program("why", "--try", "--save", "none/x.yaml") == (2, "", "none: no such folder\n")


def test_a_folder_that_cannot_be_written_is_named(program: Program, sick: Run) -> None:
    (sick.path / "tries").write_text("")
    done = program("why", "--try")
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith(f"runs/{sick.name}/tries: cannot be written: ")


def test_a_temporary_folder_with_a_long_path_is_named(program: Program, sick: Run) -> None:
    long = program.folder / ("x" * 100)
    long.mkdir()
    done = program("why", "--try", TMPDIR=str(long))
    assert done.code == 1
    assert done.err.splitlines()[-2].startswith(f"{long}: cannot start processes: ")
    assert done.err.splitlines()[-1] == "hint: set TMPDIR to a folder with a short path and some free space"


def test_a_link_to_a_folder_is_refused(program: Program, sick: Run, tmp_path: Path) -> None:
    (tmp_path / "precious" / "00-seed1").mkdir(parents=True)
    (sick.path / "tries").symlink_to(tmp_path / "precious")
    done = program("why", "--try", "--budget", "1")
    assert (done.code, done.err) == (1, f"runs/{sick.name}/tries: is a link\nhint: remove it\n")
    assert (tmp_path / "precious" / "00-seed1").exists()


@pytest.mark.longest
def test_chapter_17_is_mended_by_larger_initial_weights(program: Program) -> None:
    spec = "configs/book/ch17-sine-2x64.yaml"
    changes = {"optimizer.learning_rate": 0.01, "optimizer.decay": 1e-3, "train.epochs": 2000}
    nncli.train(spec, changes, runs_dir=program.runs_dir)
    done = invoke("why", "--try", "--budget", "5m", "--json", "--runs-dir", str(program.runs_dir))
    answer = json.loads(done.out)["tried"]
    assert (answer["status"], answer["best"]) == ("helps", ["init.scale=0.1"])
    assert answer["variants"][0]["learned"] == answer["variants"][0]["trained"] == 8
