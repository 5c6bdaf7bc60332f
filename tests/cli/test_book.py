"""`nncli book`: comparison with the output printed in the book."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nncli.book.printed import EXACT_MACHINES, experiments, printed_lines
from tests.cli.program import Program, copy_package, json_of

NAME = "ch17-sine-1x64"
LINES = """\
ch17-sine-1x64
  same    epoch 0      accuracy 0.002  loss 0.500  data_loss 0.500  regularization_loss 0.000  learning_rate 0.001
  same    epoch 100    accuracy 0.003  loss 0.346  data_loss 0.346  regularization_loss 0.000  learning_rate 0.001
2 of 2 lines are the same, 0 differ for a known reason, 0 differ unexpectedly
"""


def test_the_first_lines_of_chapter_17_are_the_same(program: Program) -> None:
    assert program("book", NAME, "--epochs", 101) == (0, LINES, "")
    assert not program.runs_dir.exists()


def test_json_has_the_metrics_of_both(program: Program) -> None:
    results = json_of(program("book", NAME, "--epochs", 1, "--json"))
    metrics = {**printed_lines(NAME)[0].metrics}
    assert results == {NAME: [{"epoch": 0, "same": True, "theirs": metrics, "ours": metrics, "known_difference": ""}]}


PRINTED, RIGHT = "ch17-sine-2x64-lr0.005", "ch17-sine-2x64-init0.1-lr0.005"


def test_an_erratum_is_reported_for_both_experiments(program: Program) -> None:
    done = program("book", PRINTED, "--epochs", 101)
    assert (done.code, done.err) == (0, "")
    note, theirs, ours, *_, count = done.lines[1:]
    assert note == f"  erratum: the book prints the lines of init 0.1; they agree with: nncli book {RIGHT}"
    assert theirs.startswith("  erratum epoch 0      accuracy 0.003  loss 0.496 ")
    assert ours.startswith("  nncli   epoch 0      accuracy 0.002  loss 0.500 ")
    assert count == "all 2 lines are an erratum in the book: they belong to another experiment"
    done = program("book", RIGHT, "--epochs", 101)
    assert (done.code, done.err) == (0, "")
    assert done.lines[1] == f"  erratum: the book prints these lines for init 0.01, under {PRINTED}"
    assert done.lines[2] == theirs.replace("erratum", "same   ")
    assert done.lines[-1] == "2 of 2 lines are the same, 0 differ for a known reason, 0 differ unexpectedly"
    both = program("book", PRINTED, RIGHT, "--epochs", 1).lines[-1]
    assert both == (
        "1 of 1 lines are the same, 1 are an erratum in the book, 0 differ for a known reason, 0 differ unexpectedly"
    )


def test_a_known_difference_does_not_fail(program: Program) -> None:
    """The output of the spiral of chapter 16 differs from the book's after epoch 200."""
    done = program("book", "ch16-spiral", "--epochs", 601)
    assert (done.code, done.err) == (0, "")
    known_differences = [line for line in done.lines if "float32 exp rounds differently" in line]
    known = sum(line.startswith("  known ") for line in done.lines)
    assert len(known_differences) == min(known, 1)
    assert (
        done.lines[-1]
        == f"{7 - known} of 7 lines are the same, {known} differ for a known reason, 0 differ unexpectedly"
    )


def test_all_digits_agree_with_the_nnfs_package(program: Program) -> None:
    done = program("book", NAME, "--epochs", 101, "--against", "nnfs")
    assert (done.code, done.err) == (0, "")
    assert [line.split()[:3] for line in done.lines[1:3]] == [["same", "epoch", "0"], ["same", "epoch", "100"]]
    assert "loss 0.3458618288818686 " in done.lines[2]
    assert done.lines[-1] == "2 of 2 lines are the same, 0 differ for a known reason, 0 differ unexpectedly"


def test_a_differing_line_exits_with_4(program: Program, tmp_path: Path) -> None:
    package = copy_package(tmp_path / "copy")
    path = package / "nncli" / "book" / "printed.json"
    lines = json.loads(path.read_text())
    lines[NAME][1][2] = "0.347"
    path.write_text(json.dumps(lines))
    done = program("book", NAME, "--epochs", 101, PYTHONPATH=str(package))
    assert done.code == (4 if EXACT_MACHINES else 0)
    assert done.lines[2].startswith("  DIFFERS epoch 100    accuracy 0.003  loss 0.347 ")
    assert done.lines[3].startswith("  nncli   epoch 100    accuracy 0.003  loss 0.346 ")
    assert done.lines[-1] == "1 of 2 lines are the same, 0 differ for a known reason, 1 differ unexpectedly"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ch16-spira"], 'error: the book has no experiment "ch16-spira"\nhint: did you mean ch16-spiral?\n'),
        (["xyz"], f'error: the book has no experiment "xyz"\nhint: choose from {", ".join(experiments())}\n'),
        (
            ["ch10-spiral-sgd"],
            'error: the book prints no output of "ch10-spiral-sgd"\n'
            "hint: add --against nnfs to compare it with the book's code\n",
        ),
    ],
)
def test_experiments_without_printed_output_are_refused(program: Program, arguments: list[str], message: str) -> None:
    assert program("book", *arguments, "--epochs", "1") == (2, "", message)


@pytest.mark.long
def test_every_line_up_to_epoch_200_is_the_same(program: Program) -> None:
    done = program("book", "--epochs", 201)
    assert (done.code, done.err) == (0, "")
    names = [line for line in done.lines[:-1] if not line.startswith(" ")]
    assert names == [name for name in experiments() if printed_lines(name)]
    assert done.lines[-1].endswith(", 0 differ unexpectedly")
