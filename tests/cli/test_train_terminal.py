"""`nncli train` on a terminal: the live line and Ctrl-C."""

from __future__ import annotations

import re
import subprocess

import pytest

from nncli.text import count_of
from tests.cli.program import ENDLESS, SLOW, Program, rows_without_times, without_speed
from tests.cli.terminal import terminal


def test_progress_is_a_live_line(program: Program) -> None:
    with terminal(program, "train", "tiny.yaml", "--epochs", 300) as screen:
        assert screen.end() == 0
    path, live, end, _verdict = screen.lines
    assert program.run_at(path).status == "done"
    first, *_, last = (drawn.strip() for drawn in live.split("\r") if "epochs/s" in drawn)
    pattern = r"\S+ +{} [\d,]+ epochs/s \S+ loss \S+  lr 0\.001  regression_accuracy \S+"
    assert re.fullmatch(pattern.format("1/300"), first)
    assert re.fullmatch(pattern.format("300/300"), last)
    assert re.search(r"epochs/s (\d+:)?\d\d:\d\d loss", last)
    assert without_speed(end).startswith("done: 300 epochs in S s; after the last update: loss ")
    assert "\x1b[?25l" not in screen.output, "a killed process would leave the cursor hidden"


def test_a_narrow_terminal_truncates_the_metrics(program: Program) -> None:
    with terminal(program, "train", "tiny.yaml", "--epochs", 300, columns=60) as screen:
        assert screen.end() == 0
    drawn = [line for line in screen.lines[1].split("\r") if "epochs/s" in line]
    assert {len(line) for line in drawn} <= set(range(61))
    assert re.search(r"300/300 [\d,]+ epochs/s \d\d:\d\d loss .*…", drawn[-1])


def test_ctrl_c_finishes_the_epoch_and_saves(program: Program) -> None:
    with terminal(program, "train", program.write("endless.yaml", ENDLESS)) as screen:
        screen.wait_for("epochs/s")
        screen.press_ctrl_c()
        assert screen.end() == 130
    (run,) = program.runs()
    info, rows, summary = run.info(), rows_without_times(run), run.summary() or {}
    assert (run.status, info["reason"], info["exit_code"]) == ("stopped", "interrupted", 130)
    assert [row["epoch"] for row in rows] == list(range(summary["epochs"]))
    assert run.checkpoint("last")["epoch"] == summary["epochs"]
    ending = rf"stopped: interrupted; {count_of(summary['epochs'], 'epoch')} in \S+ s; after the last update: loss \S+"
    assert re.search(ending, screen.text)


def test_a_second_ctrl_c_quits_at_once(program: Program) -> None:
    with terminal(program, "train", program.write("slow.yaml", SLOW)) as screen:
        screen.wait_for(r"0/3 batch \d+/500000")
        screen.press_ctrl_c()
        with pytest.raises(subprocess.TimeoutExpired):  # an earlier Ctrl-C counts as the same request
            screen.process.wait(0.3)
        screen.press_ctrl_c()
        assert screen.end() == 130
    assert "Traceback" not in screen.text
    (run,) = program.runs()
    assert (run.status, run.rows(), run.has_checkpoint("last")) == ("lost", [], False)


def test_a_dumb_terminal_has_plain_lines(program: Program) -> None:
    with terminal(program, "train", "tiny.yaml", TERM="dumb", FORCE_COLOR="1") as screen:
        assert screen.end() == 0
    lines = screen.lines
    assert len(lines) == 13
    assert [line.split()[1] for line in lines[1:-2]] == [f"{epoch}/11" for epoch in (0, 1, 2, 4, 5, 6, 7, 9, 10, 11)]
    assert "\x1b" not in screen.output


@pytest.mark.long
def test_quiet_prints_only_the_path_on_a_terminal(program: Program) -> None:
    with terminal(program, "train", "tiny.yaml", "-q") as screen:
        assert screen.end() == 0
    assert program.run_at(screen.output).status == "done"


@pytest.mark.long
def test_ctrl_c_saves_every_seed(program: Program) -> None:
    """A terminal sends it to all processes; each finishes its epoch and saves."""
    program.write("endless.yaml", ENDLESS)
    with terminal(program, "train", "endless.yaml", "--seeds", 3, "--jobs", 2) as screen:
        screen.wait_for(r"runs/\S+\r\nruns/\S+\r\n")
        screen.press_ctrl_c()
        assert screen.end() == 130
    assert "Traceback" not in screen.text
    assert [run.status for run in program.runs()] == ["stopped", "stopped"]
    assert all(run.has_checkpoint("last") for run in program.runs())
