"""`nncli repeat`: train a run again and report the numbers that differ."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nncli import config, store
from nncli.store import Run, save_arrays
from tests.cli.program import TINY, CompletedCommand, Program, invoke, json_of
from tests.trainings import start

VALIDATED = TINY.replace("samples: 20", "samples: 20, validation: {samples: 10}, test: {samples: 10}")


def edit(run: Run, name: str, change: Callable[[Any], object]) -> None:
    """Change a JSON file of a run, as a user might edit it."""
    path = run.path / name
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def edit_rows(run: Run, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change the rows of metrics.jsonl, as a user might edit them."""
    rows = run.rows()
    change(rows)
    (run.path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def claim_another_numpy(run: Run) -> None:
    edit(run, "run.json", lambda info: info["versions"].update(numpy="1.0"))


def verdict(run: Run, err: str) -> list[str]:
    """Return the lines that `repeat` prints after the training, without the path of the run."""
    lines = [re.sub(rf"^\S*{run.name}: ", "", line) for line in err.splitlines()]
    first = next(i for i, line in enumerate(lines) if line.startswith("done: ")) + 1
    return [line for line in lines[first:] if not line.startswith("training ")]


def repeat(run: Run, *options: str) -> CompletedCommand:
    """Run `nncli repeat` in this process, which takes a tenth of the time of the command."""
    return invoke("repeat", run.path, "--runs-dir", run.path.parents[1], *options)


def test_repeat_gives_the_same_digits(program: Program) -> None:
    run = program.train()
    done = program("repeat", run.name)
    assert done.code == 0
    assert verdict(run, done.err) == ["the same: every digit agrees in 12 epochs, summary.json, checkpoints/last.npz"]
    again = program.run_at(done.out)
    assert again.info()["repeats"] == run.name
    assert again.path.parent == run.path.parent
    assert json_of(program("repeat", run.name, "--json", "-q"))["repeats"] == {
        "run": f"runs/{run.name}",
        "exact": True,
        "agrees": True,
        "epochs": 12,
        "files": ["summary.json", "checkpoints/last.npz"],
        "first_difference": None,
        "largest": {},
        "weights_agree": True,
        "elsewhere": {},
        "nudged": 0,
        "complete": True,
        "differences": [],
    }


@pytest.mark.long
def test_an_evaluation_is_repeated(program: Program) -> None:
    program.write("tiny.yaml", VALIDATED)
    run = program.train()
    for arguments in ("--on train", "--on validation --checkpoint best", "--on test"):
        assert program("eval", run.name, *arguments.split()).code == 0
        done = program("repeat", run.name)
        files = "summary.json, eval.json, checkpoints/last.npz, checkpoints/best.npz"
        assert verdict(run, done.err) == [f"the same: every digit agrees in 12 epochs, {files}"]
    edit(run, "eval.json", lambda evaluation: evaluation["metrics"].update(mae=0.25))
    done = program("repeat", run.name)
    assert done.code == 4
    assert verdict(run, done.err)[0].startswith("eval.json: metrics.mae is 0.25, but the retraining gives ")


@pytest.mark.long
def test_an_evaluation_on_other_data_is_not_repeated(program: Program) -> None:
    run = program.train()
    program.write("t.csv", "x,y\n0.1,0.2\n0.3,0.4\n")
    assert program("eval", run.name, "--data", "t.csv").code == 0
    edit(run, "eval.json", lambda evaluation: evaluation["metrics"].update(loss=0))
    assert program("repeat", run.name, "-q").code == 0


def add_row(rows: list[dict[str, Any]]) -> None:
    rows.append(rows[-1] | {"epoch": 12})


def scale_metric(name: str) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: rows[4].update({name: rows[4][name] * 1.001})


EDITED = {
    "the final accuracy": (
        "summary.json",
        lambda summary: summary["final"].update(regression_accuracy=0.98),
        "summary.json: final.regression_accuracy is 0.98, but the retraining gives ",
    ),
    "the final validation loss": (
        "summary.json",
        lambda summary: summary["final"].update(val_loss=0.125),
        "summary.json: final.val_loss is 0.125, but the retraining gives ",
    ),
    "a final metric that is gone": (
        "summary.json",
        lambda summary: summary["final"].pop("val_regression_accuracy"),
        "summary.json: final.val_regression_accuracy is null, but the retraining gives ",
    ),
    "the best epoch": (
        "summary.json",
        lambda summary: summary["best"].update(epoch=3),
        "summary.json: best.epoch is 3, but ",
    ),
    "the best validation loss": (
        "summary.json",
        lambda summary: summary["best"].update(val_loss=0.125),
        "summary.json: best.val_loss is 0.125, but the retraining gives ",
    ),
    "the number of epochs": (
        "summary.json",
        lambda summary: summary.update(epochs=100),
        "summary.json: epochs is 100, but the retraining gives 12",
    ),
    "the status": (
        "summary.json",
        lambda summary: summary.update(status="stopped"),
        'summary.json: status is "stopped", but the retraining gives "done"',
    ),
    "a loss": (
        "metrics.jsonl",
        scale_metric("loss"),
        "metrics.jsonl: loss differs from epoch 4 on (relative difference at most 1.0e-03)",
    ),
    "a validation loss": (
        "metrics.jsonl",
        scale_metric("val_loss"),
        "metrics.jsonl: val_loss differs from epoch 4 on (relative difference at most 1.0e-03)",
    ),
    "a learning rate": (
        "metrics.jsonl",
        scale_metric("learning_rate"),
        "metrics.jsonl: learning_rate differs from epoch 4 on (relative difference at most 1.0e-03)",
    ),
    "a row that is gone": (
        "metrics.jsonl",
        lambda rows: rows.pop(3),
        "metrics.jsonl: epoch is 4, but line 4 should have 3",
    ),
    "a row too many": ("metrics.jsonl", add_row, "summary.json: epochs is 12, but the rows of metrics.jsonl end at 13"),
}


@pytest.mark.parametrize("numpy", ["", "1.0"])
@pytest.mark.parametrize("edited", EDITED)
def test_an_edited_number_is_reported(program: Program, edited: str, numpy: str) -> None:
    """Not even another NumPy in run.json excuses these, because the differences are larger than those of rounding."""
    name, change, line = EDITED[edited]
    program.write("tiny.yaml", VALIDATED)
    run = program.train()
    edit_rows(run, change) if name == "metrics.jsonl" else edit(run, name, change)
    if numpy:
        claim_another_numpy(run)
    done = repeat(run)
    assert done.code == 4
    assert any(each.startswith(line) for each in verdict(run, done.err)), done.err


@pytest.mark.parametrize("file", ["last", "best"])
@pytest.mark.parametrize("numpy", ["", "1.0"])
def test_edited_weights_are_reported(program: Program, file: str, numpy: str) -> None:
    program.write("tiny.yaml", VALIDATED)
    run = program.train()
    arrays = run.checkpoint(file)  # type: ignore[arg-type]
    arrays["layers.0.weights"][0, 0] += 1
    save_arrays(run.path / "checkpoints" / f"{file}.npz", arrays)
    if numpy:
        claim_another_numpy(run)
    done = repeat(run)
    assert done.code == 4
    assert verdict(run, done.err)[0].startswith(
        f"checkpoints/{file}.npz: layers.0.weights differs (relative difference at most "
    )


def test_json_has_all_differences(program: Program) -> None:
    run = program.train()
    edit_rows(run, scale_metric("loss"))
    edit(run, "summary.json", lambda summary: summary["final"].update(regression_accuracy=0.98))
    done = program("repeat", run.name, "--json", "-q")
    comparison = json.loads(done.out)["repeats"]
    assert (done.code, comparison["exact"], comparison["agrees"]) == (4, False, False)
    assert (comparison["first_difference"], comparison["largest"]) == (4, {"loss": pytest.approx(1e-3, rel=1e-2)})
    keys = [(each["file"], each["key"], each["epoch"], each["excused"]) for each in comparison["differences"]]
    assert keys == [
        ("metrics.jsonl", "loss", 4, False),
        ("summary.json", "final.regression_accuracy", None, False),
        ("metrics.jsonl", "loss of epoch 4", None, False),
    ]
    assert comparison["differences"][1]["stated"] == 0.98


@pytest.mark.long
def test_only_the_first_differences_are_printed(program: Program) -> None:
    run = program.train()
    edit(run, "summary.json", lambda summary: summary.update(epochs=1, final=dict.fromkeys(summary["final"], 9.0)))
    done = program("repeat", run.name)
    lines = verdict(run, done.err)
    assert program("repeat", run.name, "-q").err.splitlines() == done.err.splitlines()[-7:], (
        "--quiet must not hide errors"
    )
    assert (len(lines), lines[-2:]) == (7, ["and 1 more", "not the same: 6 numbers differ"])


def nudge_last_digit(rows: list[dict[str, Any]]) -> None:
    for row in rows[5:]:
        row["loss"] = row["data_loss"] = float(np.nextafter(np.float32(row["loss"]), np.float32(1)))


@pytest.mark.long
def test_a_last_digit_is_excused_only_with_another_numpy(program: Program) -> None:
    run = program.train()
    edit_rows(run, nudge_last_digit)
    assert program("repeat", run.name, "-q").code == 4
    here = run.info()["versions"]["numpy"]
    claim_another_numpy(run)
    done = program("repeat", run.name)
    assert done.code == 0
    first, second = verdict(run, done.err)
    assert first.startswith("the same except for rounding: 12 epochs; at most loss by ")
    assert second == f"versions.numpy was 1.0, here {here}"
    comparison = json_of(program("repeat", run.name, "--json", "-q"))["repeats"]
    assert (comparison["exact"], comparison["agrees"]) == (False, True)
    assert comparison["nudged"] == 0, "a difference in the last digit must need no nudged training"
    assert comparison["elsewhere"] == {"versions.numpy": ["1.0", here]}


@pytest.mark.long
def test_other_kernels_are_excused(program: Program) -> None:
    """OpenBLAS on x86-64 can be set to use the kernels of an older processor."""
    program.write("tiny.yaml", VALIDATED.replace("units: 4", "units: 16").replace("epochs: 12", "epochs: 300"))
    run = program.run_at(program("train", "tiny.yaml", "-q", OPENBLAS_CORETYPE="Nehalem").out)
    assert program("eval", run.name).code == 0
    done = program("repeat", run.name)
    assert done.code == 0
    assert verdict(run, done.err)[0].startswith("the same")
    edit(run, "summary.json", lambda summary: summary["final"].update(val_loss=summary["final"]["val_loss"] * 1.56))
    assert program("repeat", run.name, "-q").code == 4


CHAOTIC = """\
name: chaotic
data: {type: spiral, samples: 60, classes: 3, validation: {samples: 30}}
layers: [{type: dense, units: 32, activation: relu}, {type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
optimizer: {type: adam, learning_rate: 0.1}
metrics: [accuracy, f1]
train: {epochs: 400}
"""


@pytest.mark.long
def test_a_chaotic_run_is_excused_if_its_metrics_agree_with_its_weights(program: Program) -> None:
    """The initial weights are changed in the last digit, as if other kernels had rounded them."""
    program.write("chaotic.yaml", CHAOTIC)
    experiment = config.load(program.folder / "chaotic.yaml", []).experiment
    source = start(experiment)
    (weights,) = source.checkpoint.params.vectors
    weights[...] = np.nextafter(weights, np.float32(1))
    with store.new_run(program.runs_dir, "chaotic", config.dump(experiment), store.provenance([], 0)) as writer:
        assert list(writer.record(source))
    run = Run(writer.path)
    assert repeat(run, "-q").code == 4
    claim_another_numpy(run)
    done = repeat(run, "--json")
    assert "the same except for rounding, which this training amplifies: 400 epochs; at most loss by " in done.err
    assert "training 5 of 5 with nudged weights, to measure rounding" in done.err
    comparison = json_of(done)["repeats"]
    assert (comparison["exact"], comparison["agrees"], comparison["nudged"]) == (False, True, 5)
    assert comparison["largest"]["loss"] > 1e-3
    value = (run.summary() or {})["final"]["accuracy"]
    edit(run, "summary.json", lambda summary: summary["final"].update(accuracy=value - 0.03))
    done = repeat(run)
    assert done.code == 4
    weights_give = f"its weights give {value}"
    assert verdict(run, done.err)[:2] == [
        f"summary.json: final.accuracy is {value - 0.03}, but {weights_give}",
        "not the same: 1 number differs by more than rounding explains",
    ]


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("on", "validation", 'eval.json: on is "validation", but config.yaml has null'),
        ("checkpoint", "best", 'eval.json: checkpoint is "best", but checkpoints/ has null'),
    ],
)
def test_an_evaluation_that_cannot_be_repeated_is_reported(program: Program, key: str, value: str, line: str) -> None:
    run = program.train()
    assert program("eval", run.name).code == 0
    edit(run, "eval.json", lambda evaluation: evaluation.update({key: value}))
    done = program("repeat", run.name)
    assert (done.code, verdict(run, done.err)) == (4, [line, "not the same: 1 number differs"])


def test_a_damaged_summary_or_evaluation_is_reported(program: Program) -> None:
    run = program.train()
    (run.path / "summary.json").write_text("{")
    done = program("repeat", run.name)
    assert done.code == 4
    assert verdict(run, done.err)[:2] == [
        "summary.json: epochs is null, but the rows of metrics.jsonl end at 12",
        'summary.json: status is null, but run.json has "done"',
    ]
    (run.path / "eval.json").write_text("{")
    done = program("repeat", run.name)
    hint = f"hint: write it again: nncli eval runs/{run.name}"
    assert (done.code, done.err.splitlines()) == (1, [f"runs/{run.name}/eval.json: is damaged", hint])


def test_weights_of_another_shape_are_reported(program: Program) -> None:
    run = program.train()
    claim_another_numpy(run)
    arrays = run.checkpoint("last")
    save_arrays(run.path / "checkpoints" / "last.npz", arrays | {"layers.0.weights": np.zeros((2, 4), np.float32)})
    done = program("repeat", run.name)
    assert done.code == 4
    assert verdict(run, done.err)[0].startswith(
        "checkpoints/last.npz: layers.0.weights differs (the shape differs, or a value is not finite)"
    )


def test_a_resumed_run_is_repeated_without_interruption(program: Program) -> None:
    run = program.train()
    assert program("resume", run.name, "train.epochs=20", "-q").code == 0
    done = program("repeat", run.name)
    assert verdict(run, done.err) == ["the same: every digit agrees in 20 epochs, summary.json, checkpoints/last.npz"]


def stopped_run(program: Program, epochs: int) -> Run:
    """Return a run of tiny.yaml that was stopped after some epochs, as by Ctrl-C."""
    experiment = config.load(program.folder / "tiny.yaml", []).experiment
    source = start(experiment, lambda: source.checkpoint.epoch == epochs)
    about = store.provenance([], experiment.seed)
    with store.new_run(program.runs_dir, "tiny", config.dump(experiment), about) as writer:
        assert list(writer.record(source))
    return Run(writer.path)


@pytest.mark.long
def test_a_stopped_run_is_repeated_up_to_its_last_epoch(program: Program) -> None:
    run = stopped_run(program, 5)
    done = program("repeat", run.name)
    assert done.code == 0
    again = program.run_at(done.out)
    assert (again.info()["status"], again.info()["exit_code"], len(again.rows())) == ("stopped", 0, 5)
    assert done.err.splitlines()[-1] == "the same: every digit agrees in 5 epochs, summary.json, checkpoints/last.npz"
    edit(run, "summary.json", lambda summary: summary["final"].update(loss=0.125))
    assert program("repeat", run.name, "-q").code == 4


@pytest.mark.long
def test_an_interrupted_repetition_compares_the_rows_so_far(program: Program) -> None:
    run = program.train({"train.epochs": 100_000})
    with program.start("repeat", run.name) as started:
        assert started.line()
        started.signal(signal.SIGINT)
        done = started.end()
    assert done.code == 130
    pattern = r"interrupted: compared only the rows of [\d,]+ epochs?; every digit agrees"
    assert re.fullmatch(pattern, done.err.splitlines()[-1])


def test_a_diverged_run_is_repeated(program: Program) -> None:
    run = program.train({"optimizer.type": "sgd", "optimizer.learning_rate": 1e30})
    assert run.info()["status"] == "diverged"
    done = program("repeat", run.name)
    assert done.code == 0
    assert done.err.splitlines()[-1].startswith("the same: every digit agrees in ")


def test_a_forked_run_is_refused(program: Program) -> None:
    run = program.train()
    child = program.run_at(program("resume", run.name, "--fork", "train.epochs=15", "-q").out)
    done = program("repeat", child.name)
    assert (done.code, done.out) == (1, "")
    message = f"cannot be repeated from its settings alone, because it was forked from {run.name}"
    assert done.err.splitlines() == [f"runs/{child.name}: {message}", "hint: repeat the parent, then fork the new run"]


def test_changed_data_are_refused_before_training(program: Program) -> None:
    program.write("t.csv", "\n".join(["x,y", *(f"{i / 10},{i % 7}" for i in range(30))]))
    spec = program.write("csv.yaml", TINY.replace("{type: sine, samples: 20}", "{type: csv, path: t.csv, target: y}"))
    run = program.run_at(program("train", spec, "-q").out)
    assert program("repeat", "-q").code == 0
    program.write("t.csv", "\n".join(["x,y", *(f"{i / 10},{i % 5}" for i in range(30))]))
    done = program("repeat", run.name)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines()[0] == f"runs/{run.name}: the data have changed since the run was trained"
    assert len(program.runs()) == 2


@pytest.mark.long
def test_an_evaluation_from_another_machine_excuses_only_itself(program: Program) -> None:
    run = program.train()
    assert program("eval", run.name).code == 0
    edit(run, "eval.json", lambda evaluation: evaluation["environment"]["versions"].update(numpy="1.0"))
    edit(
        run, "eval.json", lambda evaluation: evaluation["metrics"].update(loss=evaluation["metrics"]["loss"] * 1.000001)
    )
    done = repeat(run)
    assert (done.code, verdict(run, done.err)[0]) == (0, "the same except for rounding: 12 epochs")
    edit_rows(run, nudge_last_digit)
    done = repeat(run)
    assert (done.code, verdict(run, done.err)[-2]) == (
        4,
        "not the same: 2 numbers differ by more than rounding explains",
    )
