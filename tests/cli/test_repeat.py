"""`nncli repeat`: whether every digit of a run comes out again."""

from __future__ import annotations

import json

from nncli.store import Run, save_arrays
from tests.cli.program import TINY, Program, json_of


def test_every_digit_comes_out_again(program: Program) -> None:
    run = program.trained()
    done = program("repeat", run.name)
    assert done.code == 0
    assert done.err.splitlines()[-1] == "the same: every digit of 12 epochs agrees, and so do the last weights"
    again = program.the_run(done.out)
    assert again.info()["repeats"] == run.name
    assert again.path.parent == run.path.parent
    assert json_of(program("repeat", run.name, "--json", "-q"))["repeats"] == {
        "run": f"runs/{run.name}",
        "exact": True,
        "epochs": 12,
        "first_difference": None,
        "largest": {},
        "weights_agree": True,
        "elsewhere": {},
    }


def with_another_digit(run: Run) -> None:
    """Puts a loss of its fifth epoch a little higher."""
    rows = run.rows()
    rows[4]["loss"] *= 1.001
    (run.path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def test_a_digit_that_differs_is_told(program: Program) -> None:
    run = program.trained()
    with_another_digit(run)
    done = program("repeat", run.name)
    assert done.code == 4
    assert done.err.splitlines()[-1] == "not the same: from epoch 4 on; at most loss by 1.0e-03 (relative)"


def test_elsewhere_it_is_told_by_how_much(program: Program) -> None:
    run = program.trained()
    with_another_digit(run)
    info = run.info()
    (run.path / "run.json").write_text(json.dumps(info | {"versions": info["versions"] | {"numpy": "1.0"}}))
    done = program("repeat", run.name)
    assert done.code == 0
    assert done.err.splitlines()[-3:] == [
        "not the same: from epoch 4 on; at most loss by 1.0e-03 (relative)",
        f"versions.numpy was 1.0, here {info['versions']['numpy']}",
        "digits are promised for one kind of processor and one version of NumPy only",
    ]


def test_weights_that_differ_are_told(program: Program) -> None:
    run = program.trained()
    arrays = run.checkpoint("last")
    arrays["layers.0.weights"][0, 0] += 1
    save_arrays(run.path / "checkpoints" / "last.npz", arrays)
    done = program("repeat", run.name)
    assert done.code == 4
    assert done.err.splitlines()[-1] == "not the same: 12 epochs agree to every digit, the last weights do not"


def test_a_run_that_went_on_is_repeated_whole(program: Program) -> None:
    run = program.trained()
    assert program("resume", run.name, "train.epochs=20", "-q").code == 0
    done = program("repeat", run.name)
    assert done.err.splitlines()[-1] == "the same: every digit of 20 epochs agrees, and so do the last weights"


def test_a_child_is_not_of_its_settings_alone(program: Program) -> None:
    run = program.trained()
    child = program.the_run(program("resume", run.name, "--fork", "train.epochs=15", "-q").out)
    done = program("repeat", child.name)
    assert (done.code, done.out) == (1, "")
    told = f"went on from {run.name}, so its settings alone do not give it again"
    assert done.err.splitlines() == [f"runs/{child.name}: {told}", "hint: repeat its parent, and --fork that"]


def test_data_that_changed_are_told_before_anything_is_trained(program: Program) -> None:
    program.write("t.csv", "\n".join(["x,y", *(f"{i / 10},{i % 7}" for i in range(30))]))
    spec = program.write("csv.yaml", TINY.replace("{type: sine, samples: 20}", "{type: csv, path: t.csv, target: y}"))
    run = program.the_run(program("train", spec, "-q").out)
    assert program("repeat", "-q").code == 0
    program.write("t.csv", "\n".join(["x,y", *(f"{i / 10},{i % 5}" for i in range(30))]))
    done = program("repeat", run.name)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[0] == f"runs/{run.name}: its data have changed since it was trained"
    assert len(program.runs()) == 2
