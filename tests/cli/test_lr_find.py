"""`nncli lr-find`: a learning rate from a range test."""

from __future__ import annotations

import sys

import pytest

from tests.cli.program import Program, invoke, json_of


def test_the_override_is_all_of_stdout(program: Program) -> None:
    done = program("lr-find", "tiny.yaml", "layers.0.units=8")
    assert done.code == 0
    assert done.lines[0].startswith("optimizer.learning_rate=0.")
    assert len(done.lines) == 1
    assert done.err.startswith("smoothed loss by learning rate")
    lines = done.err.splitlines()[-9:]
    assert [line.split(":")[0] for line in lines[:3]] == ["seed 0", "seed 1", "seed 2"]
    assert all(line.startswith("rate ") for line in lines[3:])
    assert not program.runs_dir.exists()


def test_curves_are_optional(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uniplot", None)
    done = invoke("lr-find", program.folder / "tiny.yaml")
    assert (done.code, len(done.lines)) == (0, 1)
    assert done.err.splitlines()[0] == "note: plots in the terminal need uniplot; pip install uniplot"


def test_quiet_leaves_the_override(program: Program) -> None:
    done = program.shell("nncli check tiny.yaml $(nncli lr-find tiny.yaml -q)")
    assert (done.code, done.err) == (0, "")


def test_json_has_the_curves(program: Program) -> None:
    result = json_of(program("lr-find", "tiny.yaml", "seed=7", "--json"))
    assert set(result) == {"learning_rate", "override", "curves", "trials"}
    assert result["override"] == f"optimizer.learning_rate={result['learning_rate']:g}"
    assert [curve["seed"] for curve in result["curves"]] == [7, 8, 9]
    assert set(result["curves"][0]) == {"seed", "rates", "losses", "smoothed", "best_rate"}
    assert set(result["trials"][0]) == {"learning_rate", "steps", "losses"}
    assert result["trials"][-1]["learning_rate"] == result["learning_rate"]


def test_figure_is_written_beside_the_result(program: Program) -> None:
    done = program("lr-find", "tiny.yaml", "-q", "-o", "figures/rates.svg")
    assert (done.code, done.err, len(done.lines)) == (0, "", 1)
    assert "suggestion" not in done.out
    assert (program.folder / "figures/rates.svg").read_text("utf-8").startswith("<?xml")


def test_wrong_extension_is_refused_before_training(program: Program) -> None:
    done = program("lr-find", "missing.yaml", "-o", "rates.gif")
    assert done == (2, "", "rates.gif: cannot write a figure as .gif\nhint: use one of .png, .svg, .pdf\n")


def test_a_network_that_cannot_learn_is_an_error(program: Program) -> None:
    done = program("lr-find", "tiny.yaml", "init=zeros", "layers.0.activation=relu", "data={type: sine, samples: 51}")
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[0] == "tiny: the loss falls at no learning rate"
