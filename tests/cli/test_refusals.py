"""Common mistakes on the command line, and errors that tell what to write instead."""

from __future__ import annotations

import json
import shlex
import shutil

import pytest

from tests.cli.program import TINY, Program

THREE = """\
data: {type: spiral, samples: 20, classes: 3, validation: {samples: 10}}
layers: [{type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
train: {epochs: 3}
"""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--lr", "0.01"], "--lr: no such option; write optimizer.learning_rate=0.01"),
        (["--lr=0.01"], "--lr: no such option; write optimizer.learning_rate=0.01"),
        (["-lr", "0.01"], "-lr: no such option; write optimizer.learning_rate=0.01"),
        (["--learning-rate", "0.01"], "--learning-rate: no such option; write optimizer.learning_rate=0.01"),
        (["--batch_size", "8", "-q"], "--batch_size: no such option; write train.batch_size=8"),
        (["--optimizer", "sgd"], "--optimizer: no such option; write optimizer=sgd"),
        (["--momentum"], "--momentum: no such option; write optimizer.momentum=VALUE"),
        (["--units", "8", "--lr", "1"], "--units: no such option; write layers.0.units=8"),
        (["--metrics", "r2"], "--metrics: no such option; write 'metrics=[r2]'"),
        (["--optimizer", "{type: sgd}"], "--optimizer: no such option; write 'optimizer={type: sgd}'"),
        (["--train.epochs", "8"], "--train.epochs: no such option; write train.epochs=8"),
        (["--val-split", "0.2"], "--val-split: no such option; write data.split.validation=0.2"),
        (["--device", "cuda"], "--device: no such option; training runs on the CPU, so remove this"),
    ],
)
def test_an_option_named_like_a_setting_suggests_it(program: Program, arguments: list[str], message: str) -> None:
    assert program("train", "tiny.yaml", *arguments) == (2, "", f"{message}\n")


def test_other_commands_suggest_the_override_too(program: Program) -> None:
    assert program("check", "tiny.yaml", "--epochs", 3) == (2, "", "--epochs: no such option; write train.epochs=3\n")
    run = program.train()
    done = program("resume", run.path, "--lr", 3)
    assert done == (2, "", "--lr: no such option; write optimizer.learning_rate=3\n")


@pytest.mark.parametrize("arguments", [["--zebra", "3"], ["-e", "3"], ["--epochs"]])
def test_other_unknown_options_are_refused_by_click(program: Program, arguments: list[str]) -> None:
    done = program("train", "tiny.yaml", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1].startswith("Error: ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "5", "train.epochs=7"], "--epochs 5: contradicts train.epochs=7; give one of them"),
        (["--epochs", "5", "train={epochs: 7}"], "--epochs 5: contradicts train={epochs: 7}; give one of them"),
        (["--seed", "1", "seed=2"], "--seed 1: contradicts seed=2; give one of them"),
        (["--name", "a", "name=b"], "--name a: contradicts name=b; give one of them"),
    ],
)
def test_contradicting_options_and_overrides_are_refused(program: Program, arguments: list[str], message: str) -> None:
    assert program("train", "tiny.yaml", *arguments) == (2, "", f"{message}\n")
    assert program.runs() == []


def test_options_may_agree_with_overrides(program: Program) -> None:
    same = [
        "--epochs",
        "5",
        "train.epochs=5",
        "--seed",
        "1",
        "seed=1",
        "--name",
        "a",
        "name=a",
        "train={shuffle: true}",
    ]
    done = program("train", "tiny.yaml", *same, "-q")
    assert done.code == 0
    settings = json.loads((program.run_at(done.out).path / "run.json").read_text())["settings"]
    assert (settings["name"], settings["seed"], settings["train"]["epochs"]) == ("a", 1, 5)


@pytest.mark.parametrize(
    ("spec", "suggestion"),
    [
        ("spiral.yaml", "configs/spiral.yaml"),
        ("iris", "configs/iris.yaml"),
        ("ch16-spiral", "configs/book/ch16-spiral.yaml"),
        ("configs/iriss.yaml", "configs/iris.yaml"),
        ("tiny", "tiny.yaml"),
    ],
)
def test_a_missing_spec_suggests_similar_names(program: Program, spec: str, suggestion: str) -> None:
    done = program("train", spec)
    assert done == (2, "", f"{spec}: no such file\nhint: did you mean {suggestion}?\n")


def test_bundled_configs_are_not_suggested_for_other_folders(program: Program) -> None:
    assert program("check", "./no/iris.yaml").err == "no/iris.yaml: the folder no does not exist\n"
    program.write("child.yaml", "extends: iris.yaml\n")
    assert "configs" not in program("check", "child.yaml").err


def test_hints_quote_paths_with_spaces(program: Program) -> None:
    run = program.train()
    shutil.rmtree(run.path / "checkpoints")
    program.runs_dir.rename(program.folder / "my runs")
    done = program("eval", run.name, "--runs-dir", "my runs")
    assert done.err.splitlines()[1].endswith(f": nncli train 'my runs/{run.name}/config.yaml'")
    assert shlex.split(done.err.splitlines()[1])[-1] == f"my runs/{run.name}/config.yaml"


def test_train_prints_the_best_epoch_and_a_command_to_evaluate_it(program: Program) -> None:
    done = program("train", program.write("three.yaml", THREE))
    run = program.run_at(done.out)
    rows = run.rows()
    best = min(rows, key=lambda row: row["val_loss"])
    line = done.err.splitlines()[-2]  # before the verdict
    metric, _, command = line.partition(": ")
    words = metric.split()
    assert words[:2] == ["best", "val_loss"]
    assert words[3:] == ["at", "epoch", str(best["epoch"])]
    assert float(words[2]) == pytest.approx(best["val_loss"], rel=1e-3)
    assert shlex.split(command) == ["nncli", "eval", done.out.strip(), "--checkpoint", "best"]
    evaluated = program.shell(command)
    assert evaluated.lines[0] == f"{done.out.strip()}, best checkpoint: 60 samples, training data"
    assert program("eval").lines[0] == f"{done.out.strip()}, last checkpoint: 60 samples, training data"
    assert program("train", "three.yaml", "-q").err == ""


def test_train_without_validation_prints_no_best_epoch(program: Program) -> None:
    program.write("tiny.yaml", TINY)
    assert program("train", "tiny.yaml").err.splitlines()[-2].startswith("done: 12 epochs")
