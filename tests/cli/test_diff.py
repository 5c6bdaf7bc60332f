"""`nncli diff`: settings and metrics that differ between two runs, and the first epoch at which their curves differ."""

from __future__ import annotations

import json

from tests.cli.program import Program, json_of
from tests.cli.test_runs import HOSTILE


def test_equal_runs_do_not_differ(program: Program) -> None:
    a, b = program.train(), program.train()
    done = program("diff", a.name, b.name)
    assert (done.code, done.err) == (0, "")
    assert done.lines[-1] == "no differences: settings, metrics and all 12 epochs are the same"
    comparison = json_of(program("diff", a.name, b.name, "--json"))
    assert (comparison["same"], comparison["settings"], comparison["parting"], comparison["epochs"]) == (
        True,
        {},
        None,
        [12, 12],
    )


def test_settings_metrics_and_the_first_differing_epoch_are_printed(program: Program) -> None:
    a, b = program.train({"train.epochs": 20}), program.train({"optimizer.learning_rate": 0.5})
    comparison = json_of(program("diff", a.name, b.name, "--json"))
    assert comparison["settings"] == {"optimizer.learning_rate": [0.001, 0.5], "train.epochs": [20, 12]}
    rows = a.rows(), b.rows()
    assert rows[0][0]["loss"] == rows[1][0]["loss"]  # before any training
    assert comparison["parting"]["epoch"] == 1
    assert comparison["parting"]["metrics"]["loss"] == [rows[0][1]["loss"], rows[1][1]["loss"]]
    final = [(run.summary() or {})["final"]["loss"] for run in (a, b)]
    assert comparison["final"]["loss"] == final
    done = program("diff", a.name, b.name)
    assert (done.code, done.err) == (0, "")
    assert done.lines[:2] == [f"A  runs/{a.name}  done  20 epochs", f"B  runs/{b.name}  done  12 epochs"]
    cells = [line.split() for line in done.lines]
    assert ["optimizer.learning_rate", "0.001", "0.5"] in cells
    assert ["train.epochs", "20", "12"] in cells
    assert ["loss", *(f"{value:.4g}" for value in (*final, final[1] - final[0]))] in cells
    losses = [each[1]["loss"] for each in rows]
    line = f"the curves first differ at epoch 1: loss is {losses[0]!r} in A and {losses[1]!r} in B; also different: "
    assert done.lines[-1].startswith(f"{line}data_loss, ")


def test_a_longer_run_is_compared_up_to_the_end_of_the_shorter(program: Program) -> None:
    a, b = program.train(), program.train({"train.epochs": 20})
    assert program("diff", a.name, b.name).lines[-1] == "the curves are the same in all 12 epochs that both runs have"


def test_both_runs_must_exist(program: Program) -> None:
    a = program.train()
    assert program("diff", a.name, "nothing").code == 2
    assert program("diff", a.name, "latest").lines[-1].startswith("no differences")


def test_text_from_strangers_is_escaped(program: Program) -> None:
    a, b = program.train(), program.train()
    for run, value in ((a, 1.5), (b, 2.5)):
        info = run.info()
        settings = {**info["settings"], HOSTILE: value, "init": {"type": HOSTILE * int(value)}}
        (run.path / "run.json").write_text(json.dumps({**info, "settings": settings}))
        (run.path / "metrics.jsonl").write_text(json.dumps({"epoch": 0, HOSTILE: value}) + "\n")
        (run.path / "summary.json").write_text(json.dumps({"epochs": 1, "final": {HOSTILE: value}, "best": None}))
    done = program("diff", a.name, b.name)
    assert (done.code, done.err) == (0, "")
    assert done.out.replace("\n", "").isprintable()
    assert done.out.count("[bold red]:smile:") > 3
