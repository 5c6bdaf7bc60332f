"""`nncli repeat`: a retraining gives every number of a run again, or the numbers that differ are named."""

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
from tests.cli.program import TINY, Done, Program, invoked, json_of
from tests.trainings import start

VALIDATED = TINY.replace("samples: 20", "samples: 20, validation: {samples: 10}, test: {samples: 10}")


def edit(run: Run, name: str, change: Callable[[Any], object]) -> None:
    """Change a JSON file of a run by hand."""
    path = run.path / name
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def edit_rows(run: Run, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change the rows of a run by hand."""
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


def repeated(run: Run, *options: str) -> Done:
    """Run `nncli repeat` in this process, which takes a tenth of the time."""
    return invoked("repeat", run.path, "--runs-dir", run.path.parents[1], *options)


def test_every_digit_comes_out_again(program: Program) -> None:
    run = program.trained()
    done = program("repeat", run.name)
    assert done.code == 0
    assert verdict(run, done.err) == ["the same: every digit agrees in 12 epochs, summary.json, checkpoints/last.npz"]
    again = program.the_run(done.out)
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
def test_an_evaluation_is_made_again(program: Program) -> None:
    program.write("tiny.yaml", VALIDATED)
    run = program.trained()
    for arguments in ("--on train", "--on validation --checkpoint best", "--on test"):
        assert program("eval", run.name, *arguments.split()).code == 0
        done = program("repeat", run.name)
        files = "summary.json, eval.json, checkpoints/last.npz, checkpoints/best.npz"
        assert verdict(run, done.err) == [f"the same: every digit agrees in 12 epochs, {files}"]
    edit(run, "eval.json", lambda evaluation: evaluation["metrics"].update(mae=0.25))
    done = program("repeat", run.name)
    assert done.code == 4
    assert verdict(run, done.err)[0].startswith("eval.json: metrics.mae is 0.25, and the retraining gives ")


@pytest.mark.long
def test_an_evaluation_on_other_data_is_left_alone(program: Program) -> None:
    run = program.trained()
    program.write("t.csv", "x,y\n0.1,0.2\n0.3,0.4\n")
    assert program("eval", run.name, "--data", "t.csv").code == 0
    edit(run, "eval.json", lambda evaluation: evaluation["metrics"].update(loss=0))
    assert program("repeat", run.name, "-q").code == 0


def longer(rows: list[dict[str, Any]]) -> None:
    rows.append(rows[-1] | {"epoch": 12})


def worse(name: str) -> Callable[[list[dict[str, Any]]], None]:
    return lambda rows: rows[4].update({name: rows[4][name] * 1.001})


EDITED = {
    "the final accuracy": (
        "summary.json",
        lambda summary: summary["final"].update(regression_accuracy=0.98),
        "summary.json: final.regression_accuracy is 0.98, and the retraining gives ",
    ),
    "the final validation loss": (
        "summary.json",
        lambda summary: summary["final"].update(val_loss=0.125),
        "summary.json: final.val_loss is 0.125, and the retraining gives ",
    ),
    "a final metric that is gone": (
        "summary.json",
        lambda summary: summary["final"].pop("val_regression_accuracy"),
        "summary.json: final.val_regression_accuracy is null, and the retraining gives ",
    ),
    "the best epoch": (
        "summary.json",
        lambda summary: summary["best"].update(epoch=3),
        "summary.json: best.epoch is 3, and ",
    ),
    "the best validation loss": (
        "summary.json",
        lambda summary: summary["best"].update(val_loss=0.125),
        "summary.json: best.val_loss is 0.125, and the retraining gives ",
    ),
    "the number of epochs": (
        "summary.json",
        lambda summary: summary.update(epochs=100),
        "summary.json: epochs is 100, and the retraining gives 12",
    ),
    "the status": (
        "summary.json",
        lambda summary: summary.update(status="stopped"),
        'summary.json: status is "stopped", and the retraining gives "done"',
    ),
    "a loss": (
        "metrics.jsonl",
        worse("loss"),
        "metrics.jsonl: loss differs from epoch 4 on (at most 1.0e-03 relative)",
    ),
    "a validation loss": (
        "metrics.jsonl",
        worse("val_loss"),
        "metrics.jsonl: val_loss differs from epoch 4 on (at most 1.0e-03 relative)",
    ),
    "a learning rate": (
        "metrics.jsonl",
        worse("learning_rate"),
        "metrics.jsonl: learning_rate differs from epoch 4 on (at most 1.0e-03 relative)",
    ),
    "a row that is gone": (
        "metrics.jsonl",
        lambda rows: rows.pop(3),
        "metrics.jsonl: epoch is 4, and line 4 should have 3",
    ),
    "a row too many": ("metrics.jsonl", longer, "summary.json: epochs is 12, and the rows of metrics.jsonl end at 13"),
}


@pytest.mark.parametrize("numpy", ["", "1.0"])
@pytest.mark.parametrize("edited", EDITED)
def test_an_edited_number_is_named(program: Program, edited: str, numpy: str) -> None:
    """Another NumPy in run.json excuses none of these: their difference is more than rounding makes of a last digit."""
    name, change, line = EDITED[edited]
    program.write("tiny.yaml", VALIDATED)
    run = program.trained()
    edit_rows(run, change) if name == "metrics.jsonl" else edit(run, name, change)
    if numpy:
        claim_another_numpy(run)
    done = repeated(run)
    assert done.code == 4
    assert any(each.startswith(line) for each in verdict(run, done.err)), done.err


@pytest.mark.parametrize("file", ["last", "best"])
@pytest.mark.parametrize("numpy", ["", "1.0"])
def test_edited_weights_are_named(program: Program, file: str, numpy: str) -> None:
    program.write("tiny.yaml", VALIDATED)
    run = program.trained()
    arrays = run.checkpoint(file)  # type: ignore[arg-type]
    arrays["layers.0.weights"][0, 0] += 1
    save_arrays(run.path / "checkpoints" / f"{file}.npz", arrays)
    if numpy:
        claim_another_numpy(run)
    done = repeated(run)
    assert done.code == 4
    assert verdict(run, done.err)[0].startswith(f"checkpoints/{file}.npz: layers.0.weights differs (at most ")


def test_all_differences_are_data(program: Program) -> None:
    run = program.trained()
    edit_rows(run, worse("loss"))
    edit(run, "summary.json", lambda summary: summary["final"].update(regression_accuracy=0.98))
    done = program("repeat", run.name, "--json", "-q")
    found = json.loads(done.out)["repeats"]
    assert (done.code, found["exact"], found["agrees"]) == (4, False, False)
    assert (found["first_difference"], found["largest"]) == (4, {"loss": pytest.approx(1e-3, rel=1e-2)})
    keys = [(each["file"], each["key"], each["epoch"], each["excused"]) for each in found["differences"]]
    assert keys == [
        ("metrics.jsonl", "loss", 4, False),
        ("summary.json", "final.regression_accuracy", None, False),
        ("metrics.jsonl", "loss of epoch 4", None, False),
    ]
    assert found["differences"][1]["stated"] == 0.98


@pytest.mark.long
def test_only_the_first_differences_have_a_line(program: Program) -> None:
    run = program.trained()
    edit(run, "summary.json", lambda summary: summary.update(epochs=1, final=dict.fromkeys(summary["final"], 9.0)))
    done = program("repeat", run.name)
    lines = verdict(run, done.err)
    assert program("repeat", run.name, "-q").err.splitlines() == done.err.splitlines()[-7:], "errors are not hidden"
    assert (len(lines), lines[-2:]) == (7, ["and 1 more", "not the same: 6 numbers differ"])


def nudged_last_digit(rows: list[dict[str, Any]]) -> None:
    for row in rows[5:]:
        row["loss"] = row["data_loss"] = float(np.nextafter(np.float32(row["loss"]), np.float32(1)))


@pytest.mark.long
def test_a_last_digit_is_excused_elsewhere_only(program: Program) -> None:
    run = program.trained()
    edit_rows(run, nudged_last_digit)
    assert program("repeat", run.name, "-q").code == 4
    here = run.info()["versions"]["numpy"]
    claim_another_numpy(run)
    done = program("repeat", run.name)
    assert done.code == 0
    first, second = verdict(run, done.err)
    assert first.startswith("the same except for rounding: 12 epochs; at most loss by ")
    assert second == f"versions.numpy was 1.0, here {here}"
    found = json_of(program("repeat", run.name, "--json", "-q"))["repeats"]
    assert (found["exact"], found["agrees"], found["nudged"]) == (False, True, 0), "so little needs no nudged training"
    assert found["elsewhere"] == {"versions.numpy": ["1.0", here]}


@pytest.mark.long
def test_other_kernels_are_excused(program: Program) -> None:
    """Of OpenBLAS on x86-64, which can be told to run the kernels of an older processor."""
    program.write("tiny.yaml", VALIDATED.replace("units: 4", "units: 16").replace("epochs: 12", "epochs: 300"))
    run = program.the_run(program("train", "tiny.yaml", "-q", OPENBLAS_CORETYPE="Nehalem").out)
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
def test_a_chaotic_training_is_excused_and_its_final_metrics_are_those_of_its_weights(program: Program) -> None:
    """A run that rounded otherwise once, at its start, as if it had been trained with other kernels."""
    program.write("chaotic.yaml", CHAOTIC)
    experiment = config.load(program.folder / "chaotic.yaml", []).experiment
    source = start(experiment)
    (weights,) = source.checkpoint.params.vectors
    weights[...] = np.nextafter(weights, np.float32(1))
    with store.new_run(program.runs_dir, "chaotic", config.dump(experiment), store.provenance([], 0)) as writer:
        assert list(writer.record(source))
    run = Run(writer.path)
    assert repeated(run, "-q").code == 4
    claim_another_numpy(run)
    done = repeated(run, "--json")
    assert "the same except for rounding, which this training amplifies: 400 epochs; at most loss by " in done.err
    assert "training 5 of 5 with nudged weights, to see how far rounding goes" in done.err
    found = json_of(done)["repeats"]
    assert (found["exact"], found["agrees"], found["nudged"]) == (False, True, 5)
    assert found["largest"]["loss"] > 1e-3
    value = (run.summary() or {})["final"]["accuracy"]
    edit(run, "summary.json", lambda summary: summary["final"].update(accuracy=value - 0.03))
    done = repeated(run)
    assert done.code == 4
    by = f"its own weights give {value}"
    assert verdict(run, done.err)[:2] == [
        f"summary.json: final.accuracy is {value - 0.03}, and {by}",
        "not the same: 1 number differs by more than rounding explains",
    ]


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("on", "validation", 'eval.json: on is "validation", and config.yaml has null'),
        ("checkpoint", "best", 'eval.json: checkpoint is "best", and checkpoints/ has null'),
    ],
)
def test_an_evaluation_that_cannot_be_made_again(program: Program, key: str, value: str, line: str) -> None:
    run = program.trained()
    assert program("eval", run.name).code == 0
    edit(run, "eval.json", lambda evaluation: evaluation.update({key: value}))
    done = program("repeat", run.name)
    assert (done.code, verdict(run, done.err)) == (4, [line, "not the same: 1 number differs"])


def test_a_summary_or_an_evaluation_that_is_damaged(program: Program) -> None:
    run = program.trained()
    (run.path / "summary.json").write_text("{")
    done = program("repeat", run.name)
    assert done.code == 4
    assert verdict(run, done.err)[:2] == [
        "summary.json: epochs is null, and the rows of metrics.jsonl end at 12",
        'summary.json: status is null, and run.json has "done"',
    ]
    (run.path / "eval.json").write_text("{")
    done = program("repeat", run.name)
    hint = f"hint: write it again: nncli eval runs/{run.name}"
    assert (done.code, done.err.splitlines()) == (1, [f"runs/{run.name}/eval.json: is damaged", hint])


def test_weights_of_another_shape_are_named(program: Program) -> None:
    run = program.trained()
    claim_another_numpy(run)
    arrays = run.checkpoint("last")
    save_arrays(run.path / "checkpoints" / "last.npz", arrays | {"layers.0.weights": np.zeros((2, 4), np.float32)})
    done = program("repeat", run.name)
    assert done.code == 4
    assert verdict(run, done.err)[0].startswith(
        "checkpoints/last.npz: layers.0.weights differs (of another shape, or not finite)"
    )


def test_a_run_that_went_on_is_repeated_whole(program: Program) -> None:
    run = program.trained()
    assert program("resume", run.name, "train.epochs=20", "-q").code == 0
    done = program("repeat", run.name)
    assert verdict(run, done.err) == ["the same: every digit agrees in 20 epochs, summary.json, checkpoints/last.npz"]


def stopped_run(program: Program, epochs: int) -> Run:
    """A run of tiny.yaml that was stopped after so many epochs, as by Ctrl-C."""
    experiment = config.load(program.folder / "tiny.yaml", []).experiment
    source = start(experiment, lambda: source.checkpoint.epoch == epochs)
    about = store.provenance([], experiment.seed)
    with store.new_run(program.runs_dir, "tiny", config.dump(experiment), about) as writer:
        assert list(writer.record(source))
    return Run(writer.path)


@pytest.mark.long
def test_a_stopped_run_is_repeated_as_far_as_it_went(program: Program) -> None:
    run = stopped_run(program, 5)
    done = program("repeat", run.name)
    assert done.code == 0
    again = program.the_run(done.out)
    assert (again.info()["status"], again.info()["exit_code"], len(again.rows())) == ("stopped", 0, 5)
    assert done.err.splitlines()[-1] == "the same: every digit agrees in 5 epochs, summary.json, checkpoints/last.npz"
    edit(run, "summary.json", lambda summary: summary["final"].update(loss=0.125))
    assert program("repeat", run.name, "-q").code == 4


@pytest.mark.long
def test_an_interrupted_repetition_compares_what_there_is(program: Program) -> None:
    run = program.trained({"train.epochs": 100_000})
    with program.start("repeat", run.name) as started:
        assert started.line()
        started.signal(signal.SIGINT)
        done = started.end()
    assert done.code == 130
    pattern = r"interrupted: compared only the rows of [\d,]+ epochs?; every digit agrees"
    assert re.fullmatch(pattern, done.err.splitlines()[-1])


def test_a_diverged_run_is_repeated(program: Program) -> None:
    run = program.trained({"optimizer.type": "sgd", "optimizer.learning_rate": 1e30})
    assert run.info()["status"] == "diverged"
    done = program("repeat", run.name)
    assert done.code == 0
    assert done.err.splitlines()[-1].startswith("the same: every digit agrees in ")


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


@pytest.mark.long
def test_an_evaluation_made_elsewhere_excuses_nothing_but_itself(program: Program) -> None:
    run = program.trained()
    assert program("eval", run.name).code == 0
    edit(run, "eval.json", lambda evaluation: evaluation["environment"]["versions"].update(numpy="1.0"))
    edit(
        run, "eval.json", lambda evaluation: evaluation["metrics"].update(loss=evaluation["metrics"]["loss"] * 1.000001)
    )
    done = repeated(run)
    assert (done.code, verdict(run, done.err)[0]) == (0, "the same except for rounding: 12 epochs")
    edit_rows(run, nudged_last_digit)
    done = repeated(run)
    assert (done.code, verdict(run, done.err)[-2]) == (
        4,
        "not the same: 2 numbers differ by more than rounding explains",
    )
