"""`nncli runs` and the live line of `nncli train` on terminals of 40, 80 and 110 columns."""

from __future__ import annotations

import re

import pytest

from tests.cli.program import ENDLESS, Program
from tests.cli.terminal import terminal

HINT = "use --columns run,KEY, --csv or a wider terminal"
ALL = "run status loss regression_accuracy best epochs seed data.split train.epochs seconds start".split()  # noqa: SIM905


@pytest.mark.parametrize(("columns", "count"), [(40, 2), (80, 4), (110, 7), (250, len(ALL))])
def test_a_narrow_table_names_the_columns_it_omits(program: Program, columns: int, count: int) -> None:
    runs = [
        program.train(),
        program.train({"seed": 3, "train.epochs": 1000, "data.split": {"validation": 0.2}}),
    ]
    in_pipe = [line.split("  ") for line in program("runs").lines]
    values = [[cell.strip() for cell in line if cell.strip()] for line in in_pipe]
    assert values[0] == ALL
    with terminal(program, "runs", columns=columns) as screen:
        assert screen.end() == 0
    head, newer, older, *note = screen.lines
    assert max(map(len, screen.lines)) <= columns
    assert re.split("  +", head) == ALL[:count]
    assert re.split("  +", newer.strip()) == values[1][:count]
    assert older.startswith(f"{runs[0].name}  done")
    omitted = f"{len(ALL) - count} more columns: {', '.join(ALL[count:])}; {HINT}"
    assert " ".join(note) == (omitted if count < len(ALL) else "")


def test_requested_columns_are_not_truncated(program: Program) -> None:
    run = program.train()
    with terminal(program, "runs", "--columns", "loss,name,regression_accuracy", columns=40) as screen:
        assert screen.end() == 0
    assert re.fullmatch(rf"[\d.e-]+  {run.name}", screen.lines[1])
    assert " ".join(screen.lines[2:]) == f"1 more column: regression_accuracy; {HINT}"


@pytest.mark.parametrize("arguments", [[], ["--plot"]], ids=["line", "plot"])
def test_the_live_line_shows_the_loss_on_40_columns(program: Program, arguments: list[str]) -> None:
    spec = program.write("endless.yaml", ENDLESS)
    with terminal(program, "train", spec, "train.epochs=1000000", *arguments, columns=40) as screen:
        screen.wait_for(r"/1000000 (\d+:)?\d\d:\d\d loss \d+(\.\d+)?(e-\d+)?[ …]")
        screen.press_ctrl_c()
        assert screen.end() == 130
