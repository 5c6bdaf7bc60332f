"""`nncli train --plot`: the loss and the fit below the live line, and nothing of it where no terminal is."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import termios
from pathlib import Path

import pytest

from nncli.render.terminal.canvas import ESCAPES
from tests.cli.program import ENDLESS, Program, figures, without_speed
from tests.cli.terminal import terminal


def last_drawing(shown: str) -> list[str]:
    """The rows of the last drawing, from the live line on."""
    text = ESCAPES.sub("", shown)
    *_, count = re.finditer(r"\d+/\d+", text)  # of epochs: the live line has a bar only if there is room for one
    return [row.rstrip("\r") for row in text[count.start() :].split("\n")]


def test_the_loss_and_the_fit_are_drawn_below_the_line(program: Program) -> None:
    with terminal(program, "train", "tiny.yaml", "--plot", "--epochs", 300) as screen:
        assert screen.end() == 0
    line, titles, top, *rows = last_drawing(screen.shown)
    assert "lr 0.001" in line
    assert titles.split() == ["loss", "by", "epoch", "y", "by", "x:", "truth", "prediction"]
    assert top.count("┌") == 2
    assert sum(row.count("└") for row in rows) == 2
    assert any("⠤" in row or "⣀" in row or "⠒" in row or "⠉" in row for row in rows)
    assert "\x1b[36m" in screen.shown, "the truth in cyan"
    assert without_speed(rows[-2]).startswith("done: 300 epochs in S s")


@pytest.mark.long
def test_training_has_the_same_bits_with_plots(program: Program) -> None:
    layers = "layers: [{type: dense, units: 4, activation: tanh}, {type: dropout, rate: 0.5}, {type: dense, units: 1}]"
    text = Path(program.folder / "tiny.yaml").read_text(encoding="utf-8").splitlines()
    program.write("drop.yaml", "\n".join([layers if line.startswith("layers") else line for line in text]))
    for arguments in (["--plot"], []):
        with terminal(program, "train", "drop.yaml", "--epochs", 50, *arguments) as screen:
            assert screen.end() == 0
    first, second = program.runs()
    assert figures(first) == figures(second)


def test_without_unicode_and_colours_there_are_plain_characters(program: Program) -> None:
    with terminal(program, "train", "tiny.yaml", "--plot", LANG="C", NO_COLOR="1") as screen:
        assert screen.end() == 0
    _, titles, top, *rows = last_drawing(screen.shown)
    assert titles.endswith("y by x:  . truth  # prediction")
    assert top.count("+--") == 2
    assert "".join(rows).isascii()
    assert "\x1b[36m" not in screen.shown


def test_another_size_of_the_terminal_is_noticed(program: Program) -> None:
    """Beside one another where it is wide; on a narrow one of few rows the loss alone."""
    with terminal(program, "train", program.write("endless.yaml", ENDLESS), "--plot") as screen:
        screen.until("y by x")
        fcntl.ioctl(screen.master, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 50, 0, 0))
        screen.until(r"loss by epoch( \(log scale\))?\r\n(.*\r\n)+.*/1000000000.* loss .*\r\nloss by epoch")
        screen.press_ctrl_c()
        assert screen.end() == 130
    narrow = last_drawing(screen.shown)
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
def test_elsewhere_it_is_as_without(program: Program, arguments: list[str], environment: dict[str, str]) -> None:
    """Nor need the library be there."""
    (program.folder / "bare").mkdir()
    (program.folder / "bare" / "uniplot.py").write_text("raise ImportError('no uniplot here')")
    path = f"{program.folder / 'bare'}{os.pathsep}{program.environment()['PYTHONPATH']}"
    with_plots = program("train", "tiny.yaml", "--plot", *arguments, PYTHONPATH=path, **environment)
    without = program("train", "tiny.yaml", *arguments)
    assert with_plots.code == 0
    assert with_plots.said == without.said


def test_without_the_library_nothing_is_begun(program: Program) -> None:
    (program.folder / "bare").mkdir()
    (program.folder / "bare" / "uniplot.py").write_text("raise ImportError('no uniplot here')")
    path = f"{program.folder / 'bare'}{os.pathsep}{program.environment()['PYTHONPATH']}"
    with terminal(program, "train", "tiny.yaml", "--plot", PYTHONPATH=path) as screen:
        assert screen.end() == 1
    assert screen.lines == ["error: plots in the terminal need uniplot", "hint: pip install uniplot"]
    assert program.runs() == []


@pytest.mark.parametrize("option", [["--seeds", 2], pytest.param(["--style", "book"], marks=pytest.mark.long)])
def test_it_goes_with_the_live_line_of_one_training(program: Program, option: list[object]) -> None:
    done = program("train", "tiny.yaml", "--plot", *option)
    said = "error: --plot goes with the live display of one training, not with --seeds or --style\n"
    assert done == (2, "", said)
