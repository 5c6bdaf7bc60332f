"""`nncli train`: the path of the run on stdout, everything for people on stderr, and how it ends."""

from __future__ import annotations

import json
import math
import re
import signal

import pytest
import yaml

from nncli import threads
from nncli.book import printed_lines
from tests.cli.program import ENDLESS, TINY, Program, figures, json_of, until, without_speed

PATH = re.compile(r"runs/[\w.-]+/\d{8}-\d{6}-[0-9a-f]{4}\n")
SPIRAL = """\
name: spiral
data: {type: spiral, samples: 20, classes: 2, validation: {samples: 10}, test: {samples: 10}}
layers: [{type: dense, units: 4, activation: tanh}, {type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
train: {epochs: 3}
"""


def test_a_path_on_stdout_and_ten_lines_on_stderr(program: Program) -> None:
    done = program("train", "tiny.yaml")
    assert done.code == 0
    assert PATH.fullmatch(done.out)
    run = program.the_run(done.out)
    rows, final = figures(run), (run.summary() or {})["final"]
    shown = [
        f"epoch {epoch}/11  loss {rows[epoch]['loss']:.4g}  "
        f"regression_accuracy {rows[epoch]['regression_accuracy']:.4g}  learning_rate 0.001  N epochs/s"
        for epoch in (0, 1, 2, 4, 5, 6, 7, 9, 10, 11)
    ]
    loss, accuracy = final["loss"], final["regression_accuracy"]
    end = f"done: 12 epochs in S s; after the last update: loss {loss:.4g}  regression_accuracy {accuracy:.4g}"
    assert done.said.splitlines() == [*shown, end]


def test_what_a_run_holds(program: Program) -> None:
    done = program("train", program.write("spiral.yaml", SPIRAL), "-q")
    assert (done.code, done.err) == (0, "")
    run = program.the_run(done.out)
    files = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file()}
    checkpoints = {"checkpoints/last.npz", "checkpoints/best.npz", "checkpoints/snapshots.npz"}
    assert files == {"config.yaml", "run.json", "metrics.jsonl", "summary.json", *checkpoints}
    info = run.info()
    assert (info["status"], info["exit_code"], info["seed"]) == ("done", 0, 0)
    assert info["command"][1:] == ["train", "spiral.yaml", "-q"]
    names = ["epoch", "loss", "data_loss", "regularization_loss", "accuracy", "learning_rate", "seconds"]
    assert [list(row) for row in run.rows()] == [[*names, "val_loss", "val_accuracy"]] * 3
    assert [row["epoch"] for row in run.rows()] == [0, 1, 2]


def test_the_path_is_all_that_a_script_reads(program: Program) -> None:
    script = 'unset NNCLI_RUNS_DIR; run=$(nncli train tiny.yaml -q) && test -f "$run/summary.json" && echo "[$run]"'
    done = program.shell(script)
    assert (done.code, done.err) == (0, "")
    assert PATH.fullmatch(done.out.replace("[", "").replace("]", ""))


def test_json_is_one_object_with_the_summary(program: Program) -> None:
    done = program("train", "tiny.yaml", "--json", "-q")
    assert done.err == ""
    assert len(done.lines) == 1
    result = json_of(done)
    run = program.the_run(result.pop("run"))
    assert result == run.summary()
    assert (result["status"], result["epochs"]) == ("done", 12)


def test_the_path_is_there_before_training_ends(program: Program) -> None:
    with program.start("train", program.write("endless.yaml", ENDLESS), "-q") as started:
        run = program.the_run(started.line())
        assert run.status == "running"
        assert until(run.rows, "a first row")[0]["epoch"] == 0
        started.signal(signal.SIGTERM)
        assert started.end() == (143, "", "")


def test_settings_on_the_command_line(program: Program) -> None:
    changes = ["optimizer.learning_rate=1e-2", "layers.0.units=3", "optimizer.type=sgd"]
    done = program("train", "tiny.yaml", *changes, "--epochs", 2, "--seed", 7, "--name", "007", "--quiet")
    assert done.code == 0, done.err
    assert done.out.startswith("runs/007/")
    run = program.the_run(done.out)
    spec = yaml.safe_load(run.config_text())
    assert (spec["name"], spec["seed"], spec["train"]["epochs"]) == ("007", 7, 2)
    assert (spec["optimizer"]["type"], spec["optimizer"]["learning_rate"]) == ("sgd", 0.01)
    assert spec["layers"][0]["units"] == 3
    assert len(run.rows()) == 2
    assert run.info()["seed"] == 7


def test_what_a_run_was_trained_with_repeats_it(program: Program) -> None:
    first = program.the_run(program("train", program.write("spiral.yaml", SPIRAL), "-q", "--seed", 3).out)
    second = program.the_run(program("train", first.path / "config.yaml", "-q").out)
    assert figures(second) == figures(first)
    assert second.config_text() == first.config_text()
    last, again = first.checkpoint("last"), second.checkpoint("last")
    assert {name: array.tobytes() for name, array in again.items()} == {
        name: array.tobytes() for name, array in last.items()
    }


def test_standard_input_as_yaml_or_json(program: Program) -> None:
    spec = yaml.safe_load(TINY)
    named = program("train", "-", "-q", stdin=json.dumps(spec, indent="\t"))
    assert named.out.startswith("runs/tiny/")
    del spec["name"]
    unnamed = program("train", "-", "train.epochs=12", "-q", stdin=yaml.safe_dump(spec))
    assert unnamed.out.startswith("runs/stdin/")
    first, second = program.the_run(named.out), program.the_run(unnamed.out)
    assert figures(first) == figures(second)


@pytest.mark.parametrize("quiet", [["-q"], pytest.param([], marks=pytest.mark.long)])
def test_a_training_that_diverges(program: Program, quiet: list[str]) -> None:
    done = program("train", "tiny.yaml", "optimizer={type: sgd, learning_rate: 1e30}", *quiet)
    assert done.code == 3
    run = program.the_run(done.out)
    info = run.info()
    assert (run.status, info["exit_code"]) == ("diverged", 3)
    told, hint = done.said.splitlines()[-2:]
    assert told.startswith(f"diverged: {info['reason']}; {len(run.rows())} epochs in S s")
    assert re.match(r"the loss is (inf|nan) at epoch \d+$", info["reason"])
    assert hint == "hint: try a smaller optimizer.learning_rate or init.scale"
    assert len(done.err.splitlines()) == 2 or not quiet
    final = (run.summary() or {})["final"]
    assert final["loss"] is None or math.isfinite(final["loss"])


@pytest.mark.long
def test_a_diverged_training_as_json(program: Program) -> None:
    done = program("train", "tiny.yaml", "optimizer={type: sgd, learning_rate: 1e30}", "--json", "-q")
    assert done.code == 3
    result = json.loads(done.out)
    assert result["status"] == "diverged"
    assert program.the_run(result["run"]).status == "diverged"


def test_early_stopping_says_why(program: Program) -> None:
    done = program("train", "tiny.yaml", "train.early_stopping={patience: 2, min_delta: 10}")
    assert done.code == 0
    run = program.the_run(done.out)
    first, _, last = (f"{row['loss']:.6g}" for row in run.rows())
    reason = f"early stopping: loss improved from {first} to {last} in 2 epochs, by no more than min_delta 10"
    assert done.said.splitlines()[-1].startswith(f"done: {reason}; 3 epochs in S s; after the last update: loss ")
    assert (run.info()["reason"], len(run.rows())) == (reason, 3)


def test_notes_and_warnings_are_for_people(program: Program) -> None:
    changes = ["optimizer.type=sgd", "optimizer.momentum=0.5", "layers.0.init=zeros"]
    program.write("adam.yaml", TINY + "optimizer: {type: adam, beta_1: 0.8}\n")
    done = program("train", "adam.yaml", *changes, "--epochs", 1)
    assert done.code == 0
    note, warning, *_ = done.err.splitlines()
    assert note == "optimizer: now sgd, so beta_1 of adam is dropped"
    assert warning.startswith("warning: adam.yaml:3:10: layers.0: weights that start all the same")
    assert program("train", "adam.yaml", *changes, "--epochs", 1, "-q").err == ""


def test_verbose_tells_layers_seed_and_threads(program: Program) -> None:
    done = program("train", "tiny.yaml", "--epochs", 1, "-v", "--threads", 2)
    assert done.code == 0
    table = done.err.splitlines()[:4]
    assert " ".join(table[0].split()) == "layer type activation inputs outputs parameters initial scale"
    assert table[3] == "13 parameters, mse, adam; sine: 20 training samples, float32"
    blas = threads.blas()
    assert f"\nseed 0, 2 threads of {blas.library} {blas.version} ({blas.kernels} kernels), Python 3." in done.err


def test_the_books_own_lines(program: Program) -> None:
    done = program("train", "configs/book/ch17-sine-1x64.yaml", "--epochs", 102, "--style", "book")
    assert done.code == 0
    lines = [line.metrics for line in printed_lines("ch17-sine-1x64") if line.epoch in (0, 100)]
    assert done.err.splitlines()[:2] == [
        f"epoch: {epoch}, acc: {line['accuracy']}, loss: {line['loss']} (data_loss: {line['data_loss']}, "
        f"reg_loss: {line['regularization_loss']}), lr: {line['learning_rate']}"
        for epoch, line in zip((0, 100), lines, strict=True)
    ]
    assert without_speed(done.err.splitlines()[2]).startswith("done: 102 epochs in S s")
    assert len(done.err.splitlines()) == 3


def test_evaluation_at_the_end(program: Program) -> None:
    done = program("train", program.write("spiral.yaml", SPIRAL), "--eval", "--json")
    result = json_of(done)
    run = program.the_run(result["run"])
    assert result["eval"]["on"] == "test"
    assert result["eval"] == json.loads((run.path / "eval.json").read_text())
    assert "20 samples, test data" in done.err


def test_no_bar_in_a_pipe(program: Program) -> None:
    done = program("train", "tiny.yaml", FORCE_COLOR="1", TERM="xterm-256color", CLICOLOR_FORCE="1")
    assert done.code == 0
    assert len(done.err.splitlines()) == 11
    assert not re.search(r"[\r\x1b]", done.out + done.err)


def test_where_runs_are_kept(program: Program) -> None:
    done = program("train", "tiny.yaml", "-q", NNCLI_RUNS_DIR="elsewhere")
    assert done.out.startswith("elsewhere/tiny/")
    assert program.the_run(done.out).status == "done"
    done = program("train", "tiny.yaml", "-q", "--runs-dir", "there", NNCLI_RUNS_DIR="elsewhere")
    assert done.out.startswith("there/tiny/")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent-one.yaml"], "absent-one.yaml: there is no such file\n"),
        (["tiny.yml"], "tiny.yml: there is no such file\nhint: did you mean tiny.yaml?\n"),
        (["."], ".: is a folder, not a file\nhint: it holds tiny.yaml\n"),
        (["tiny.yaml", "--jobs", "2"], "error: --jobs goes with --seeds\n"),
        (
            ["tiny.yaml", "--seeds", "2", "--eval"],
            "error: --eval and --style are for one training, and --seeds makes many\n",
        ),
        (["tiny.yaml", "--seed", "4294967295", "--seeds", "2"], "seed=4294967295: must leave room for 2 seeds below"),
        (["tiny.yaml", "tiny.yaml"], "tiny.yaml: must look like key.path=value\n"),
        (["tiny.yaml", "--name", "a/b"], "must be of letters, digits, `.`, `_` and `-`"),
        (["tiny.yaml", "--epochs", "0"], "Error: Invalid value for '--epochs'"),
        (["tiny.yaml", "--style", "fancy"], "Error: Invalid value for '--style'"),
        (["tiny.yaml", "--fast"], "Error: No such option: --fast"),
        ([], "Error: Missing argument 'SPEC'."),
    ],
)
def test_wrong_usage(program: Program, arguments: list[str], message: str) -> None:
    done = program("train", *arguments)
    assert (done.code, done.out) == (2, "")
    assert (done.err == message) if message.endswith("\n") else (message in done.err)
    assert not program.runs_dir.exists()


def test_no_standard_input(program: Program) -> None:
    done = program("train", "-", stdin="")
    assert (done.code, done.out) == (2, "")
    assert done.err == "stdin: is empty\nhint: an experiment needs data, layers and loss\n"


def test_a_file_where_the_runs_should_be(program: Program) -> None:
    done = program("train", "tiny.yaml", "--runs-dir", "tiny.yaml")
    assert (done.code, done.out) == (1, "")
    assert done.err == "tiny.yaml/tiny: cannot be made: not a directory\n"
    assert (program.folder / "tiny.yaml").read_text() == TINY


def test_a_disk_that_is_full_from_the_start(program: Program) -> None:
    done = program.shell("ulimit -f 0; nncli train tiny.yaml", PYTHONDONTWRITEBYTECODE="1")
    assert (done.code, done.out) == (1, "")
    assert re.fullmatch(r"runs/tiny/[\w-]+/config\.yaml: cannot be written: file too large\n", done.err)
    assert program.runs() == []
    assert list((program.runs_dir / "tiny").iterdir()) == []


def test_a_disk_that_fills_while_training_goes_on(program: Program) -> None:
    done = program.shell("ulimit -f 8; nncli train tiny.yaml --epochs 1000 -q", PYTHONDONTWRITEBYTECODE="1")
    assert done.code == 1
    run = program.the_run(done.out)
    message = f"{done.out.strip()}/metrics.jsonl: cannot be written: file too large"
    assert done.err == f"{message}\n"
    info = run.info()
    assert (run.status, info["reason"], info["exit_code"]) == ("failed", message, 1)


@pytest.mark.long
def test_shells_that_train_at_once_never_share_a_run(program: Program) -> None:
    done = program.shell("for i in 1 2 3 4 5 6 7 8; do nncli train tiny.yaml -q --seed $i & done; wait")
    assert (done.code, done.err) == (0, "")
    assert len(set(done.lines)) == 8
    runs = [program.the_run(line) for line in done.lines]
    assert {run.info()["seed"] for run in runs} == set(range(1, 9))
    assert {run.status for run in program.runs()} == {"done"}
    assert len(program.runs()) == 8
    assert all(len(run.rows()) == 12 for run in runs)
