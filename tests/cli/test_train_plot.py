"""`nncli train --plot`: loss and fit below the live line, only on a terminal."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import termios
from pathlib import Path

import pytest

from nncli.render.terminal.canvas import ESCAPES
from tests.cli.program import ENDLESS, Program, rows_without_times, without_speed
from tests.cli.terminal import terminal


def last_drawing(output: str) -> list[str]:
    """Return the rows of the last drawing, starting with the live line."""
    text = ESCAPES.sub("", output)
    *_, count = re.finditer(r"\d+/\d+", text)  # of epochs: the live line has a bar only if there is room for one
    return [row.rstrip("\r") for row in text[count.start() :].split("\n")]


def test_loss_and_fit_are_drawn_below_the_live_line(program: Program) -> None:
    with terminal(program, "train", "tiny.yaml", "--plot", "--epochs", 300) as screen:
        assert screen.end() == 0
    line, titles, top, *rows = last_drawing(screen.output)
    assert "lr 0.001" in line
    assert titles.split() == ["loss", "by", "epoch", "y", "by", "x:", "truth", "prediction"]
    assert top.count("┌") == 2
    assert sum(row.count("└") for row in rows) == 2
    assert any("⠤" in row or "⣀" in row or "⠒" in row or "⠉" in row for row in rows)
    assert "\x1b[36m" in screen.output, "the truth must be cyan"
    assert without_speed(rows[-3]).startswith("done: 300 epochs in S s")


@pytest.mark.long
def test_plots_do_not_change_the_results(program: Program) -> None:
    layers = "layers: [{type: dense, units: 4, activation: tanh}, {type: dropout, rate: 0.5}, {type: dense, units: 1}]"
    text = Path(program.folder / "tiny.yaml").read_text(encoding="utf-8").splitlines()
    program.write("drop.yaml", "\n".join([layers if line.startswith("layers") else line for line in text]))
    for arguments in (["--plot"], []):
        with terminal(program, "train", "drop.yaml", "--epochs", 50, *arguments) as screen:
            assert screen.end() == 0
    first, second = program.runs()
    assert rows_without_times(first) == rows_without_times(second)


def test_without_unicode_and_colours_plots_are_ascii(program: Program) -> None:
    with terminal(program, "train", "tiny.yaml", "--plot", LANG="C", NO_COLOR="1") as screen:
        assert screen.end() == 0
    _, titles, top, *rows = last_drawing(screen.output)
    assert titles.endswith("y by x:  . truth  # prediction")
    assert top.count("+--") == 2
    assert "".join(rows).isascii()
    assert "\x1b[36m" not in screen.output


def test_plots_adapt_to_the_size_of_the_terminal(program: Program) -> None:
    """A wide terminal shows both plots side by side, a narrow one with few rows only the loss."""
    with terminal(program, "train", program.write("endless.yaml", ENDLESS), "--plot") as screen:
        screen.wait_for("y by x")
        fcntl.ioctl(screen.master, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 50, 0, 0))
        screen.wait_for(r"loss by epoch( \(log scale\))?\r\n(.*\r\n)+.*/1000000000.* loss .*\r\nloss by epoch")
        screen.press_ctrl_c()
        assert screen.end() == 130
    narrow = last_drawing(screen.output)
    assert narrow[1].startswith("loss by epoch")
    assert narrow[2].count("┌") == 1
    assert max(map(len, narrow[1:9])) < 50


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        pytest.param([], {}, id="pipe"),
        pytest.param(["-q"], {}, id="quiet", marks=pytest.mark.long),
        pytest.param([], {"TERM": "dumb"}, id="dumb", marks=pytest.mark.long),
    ],
)
def test_plot_has_no_effect_without_a_live_display(
    program: Program, arguments: list[str], environment: dict[str, str]
) -> None:
    """The library for plots is not imported either."""
    (program.folder / "bare").mkdir()
    (program.folder / "bare" / "uniplot.py").write_text("raise ImportError('no uniplot here')")
    path = f"{program.folder / 'bare'}{os.pathsep}{program.environment()['PYTHONPATH']}"
    with_plots = program("train", "tiny.yaml", "--plot", *arguments, PYTHONPATH=path, **environment)
    without = program("train", "tiny.yaml", *arguments)
    assert with_plots.code == 0
    assert with_plots.err_without_speed.rpartition("/")[0] == without.err_without_speed.rpartition("/")[0]


def test_without_uniplot_no_training_starts(program: Program) -> None:
    (program.folder / "bare").mkdir()
    (program.folder / "bare" / "uniplot.py").write_text("raise ImportError('no uniplot here')")
    path = f"{program.folder / 'bare'}{os.pathsep}{program.environment()['PYTHONPATH']}"
    with terminal(program, "train", "tiny.yaml", "--plot", PYTHONPATH=path) as screen:
        assert screen.end() == 1
    assert screen.lines == ["error: plots in the terminal need uniplot", "hint: pip install uniplot"]
    assert program.runs() == []


@pytest.mark.parametrize("option", [["--seeds", 2], pytest.param(["--style", "book"], marks=pytest.mark.long)])
def test_plot_cannot_be_combined_with_seeds_or_style(program: Program, option: list[object]) -> None:
    done = program("train", "tiny.yaml", "--plot", *option)
    message = "error: --plot cannot be combined with --seeds or --style\n"
    assert done == (2, "", message)
