"""`nncli train`: the path of the run on stdout, progress on stderr, and exit codes."""

from __future__ import annotations

import json
import math
import re
import signal

import pytest
import yaml

from nncli import threads
from nncli.book import printed_lines
from tests.cli.program import ENDLESS, TINY, Program, json_of, rows_without_times, wait_until, without_speed

PATH = re.compile(r"runs/[\w.-]+/\d{8}-\d{6}-[0-9a-f]{4}\n")
SPIRAL = """\
name: spiral
data: {type: spiral, samples: 20, classes: 2, validation: {samples: 10}, test: {samples: 10}}
layers: [{type: dense, units: 4, activation: tanh}, {type: dense, units: 1, activation: sigmoid}]
loss: binary_crossentropy
train: {epochs: 3}
"""


def test_train_prints_the_path_and_ten_lines_of_progress(program: Program) -> None:
    done = program("train", "tiny.yaml")
    assert done.code == 0
    assert PATH.fullmatch(done.out)
    run = program.run_at(done.out)
    rows, final = rows_without_times(run), (run.summary() or {})["final"]
    progress = [
        f"epoch {epoch}/11  loss {rows[epoch]['loss']:.4g}  "
        f"regression_accuracy {rows[epoch]['regression_accuracy']:.4g}  learning_rate 0.001  N epochs/s"
        for epoch in (0, 1, 2, 4, 5, 6, 7, 9, 10, 11)
    ]
    loss, accuracy = final["loss"], final["regression_accuracy"]
    end = f"done: 12 epochs in S s; after the last update: loss {loss:.4g}  regression_accuracy {accuracy:.4g}"
    *lines, verdict = done.err_without_speed.splitlines()
    assert lines == [*progress, end]
    assert re.fullmatch(rf"does not learn: [a-z_]+: .*; see nncli why runs/{run.name}", verdict)


def test_a_healthy_run_ends_without_a_verdict(program: Program) -> None:
    done = program("train", "configs/houses.yaml", "train.epochs=20")
    assert done.code == 0
    assert program.run_at(done.out).verdict() == "healthy"
    assert "nncli why" not in done.err
    assert done.err.splitlines()[-1].startswith("best val_loss ")


def test_an_interrupted_run_has_no_verdict(program: Program) -> None:
    with program.start("train", program.write("endless.yaml", ENDLESS), "-q") as started:
        run = program.run_at(started.line())
        wait_until(lambda: run.last_row() is not None, "the first epoch")
        started.signal(signal.SIGINT)
        assert started.end().code == 130
    assert (run.status, run.verdict()) == ("stopped", None)


def test_a_run_has_its_files_and_metrics(program: Program) -> None:
    done = program("train", program.write("spiral.yaml", SPIRAL), "-q")
    assert (done.code, done.err) == (0, "")
    run = program.run_at(done.out)
    files = {str(path.relative_to(run.path)) for path in run.path.rglob("*") if path.is_file()}
    checkpoints = {"checkpoints/last.npz", "checkpoints/best.npz", "checkpoints/snapshots.npz"}
    texts = {"config.yaml", "run.json", "metrics.jsonl", "probes.jsonl", "summary.json", "diagnosis.json"}
    assert files == texts | checkpoints
    info = run.info()
    assert (info["status"], info["exit_code"], info["seed"]) == ("done", 0, 0)
    assert info["command"][1:] == ["train", "spiral.yaml", "-q"]
    names = ["epoch", "loss", "data_loss", "regularization_loss", "accuracy", "learning_rate"]
    assert [list(row) for row in run.rows()] == [[*names, "val_loss", "val_accuracy", "seconds"]] * 3
    assert [row["epoch"] for row in run.rows()] == [0, 1, 2]


def test_stdout_has_only_the_path(program: Program) -> None:
    script = 'unset NNCLI_RUNS_DIR; run=$(nncli train tiny.yaml -q) && test -f "$run/summary.json" && echo "[$run]"'
    done = program.shell(script)
    assert (done.code, done.err) == (0, "")
    assert PATH.fullmatch(done.out.replace("[", "").replace("]", ""))


def test_json_has_the_summary(program: Program) -> None:
    done = program("train", "tiny.yaml", "--json", "-q")
    assert done.err == ""
    assert len(done.lines) == 1
    result = json_of(done)
    run = program.run_at(result.pop("run"))
    assert result.pop("verdict") == run.verdict() == "does_not_learn"
    assert result == run.summary()
    assert (result["status"], result["epochs"]) == ("done", 12)


def test_the_path_is_printed_before_training_ends(program: Program) -> None:
    with program.start("train", program.write("endless.yaml", ENDLESS), "-q") as started:
        run = program.run_at(started.line())
        assert run.status == "running"
        assert wait_until(run.rows, "a first row")[0]["epoch"] == 0
        started.signal(signal.SIGTERM)
        assert started.end() == (143, "", "")


def test_overrides_and_options_change_settings(program: Program) -> None:
    changes = ["optimizer.learning_rate=1e-2", "layers.0.units=3", "optimizer.type=sgd"]
    done = program("train", "tiny.yaml", *changes, "--epochs", 2, "--seed", 7, "--name", "007", "--quiet")
    assert done.code == 0, done.err
    assert done.out.startswith("runs/007/")
    run = program.run_at(done.out)
    spec = yaml.safe_load(run.config_text())
    assert (spec["name"], spec["seed"], spec["train"]["epochs"]) == ("007", 7, 2)
    assert (spec["optimizer"]["type"], spec["optimizer"]["learning_rate"]) == ("sgd", 0.01)
    assert spec["layers"][0]["units"] == 3
    assert len(run.rows()) == 2
    assert run.info()["seed"] == 7


def test_training_the_saved_config_repeats_a_run(program: Program) -> None:
    first = program.run_at(program("train", program.write("spiral.yaml", SPIRAL), "-q", "--seed", 3).out)
    second = program.run_at(program("train", first.path / "config.yaml", "-q").out)
    assert rows_without_times(second) == rows_without_times(first)
    assert second.config_text() == first.config_text()
    last, again = first.checkpoint("last"), second.checkpoint("last")
    assert {name: array.tobytes() for name, array in again.items()} == {
        name: array.tobytes() for name, array in last.items()
    }


def test_standard_input_may_be_yaml_or_json(program: Program) -> None:
    spec = yaml.safe_load(TINY)
    named = program("train", "-", "-q", stdin=json.dumps(spec, indent="\t"))
    assert named.out.startswith("runs/tiny/")
    del spec["name"]
    unnamed = program("train", "-", "train.epochs=12", "-q", stdin=yaml.safe_dump(spec))
    assert unnamed.out.startswith("runs/stdin/")
    first, second = program.run_at(named.out), program.run_at(unnamed.out)
    assert rows_without_times(first) == rows_without_times(second)


@pytest.mark.parametrize("quiet", [["-q"], pytest.param([], marks=pytest.mark.long)])
def test_a_diverged_run_exits_with_3(program: Program, quiet: list[str]) -> None:
    done = program("train", "tiny.yaml", "optimizer={type: sgd, learning_rate: 1e30}", *quiet)
    assert done.code == 3
    run = program.run_at(done.out)
    info = run.info()
    assert (run.status, info["exit_code"]) == ("diverged", 3)
    message, hint, *verdict = done.err_without_speed.splitlines()[-2 if quiet else -3 :]
    assert message.startswith(f"diverged: {info['reason']}; {len(run.rows())} epochs in S s")
    assert re.match(r"the loss is (inf|nan) at epoch \d+$", info["reason"])
    assert hint == "hint: try a smaller optimizer.learning_rate or init.scale"
    assert len(done.err.splitlines()) == 2 or not quiet
    assert [line.partition(":")[0] for line in verdict] == ([] if quiet else ["diverged"])
    assert run.verdict() == "diverged"
    final = (run.summary() or {})["final"]
    assert final["loss"] is None or math.isfinite(final["loss"])


@pytest.mark.long
def test_a_diverged_run_prints_json(program: Program) -> None:
    done = program("train", "tiny.yaml", "optimizer={type: sgd, learning_rate: 1e30}", "--json", "-q")
    assert done.code == 3
    result = json.loads(done.out)
    assert result["status"] == "diverged"
    assert program.run_at(result["run"]).status == "diverged"


def test_early_stopping_prints_its_reason(program: Program) -> None:
    done = program("train", "tiny.yaml", "train.early_stopping={patience: 2, min_delta: 10}")
    assert done.code == 0
    run = program.run_at(done.out)
    first, _, last = (f"{row['loss']:.6g}" for row in run.rows())
    reason = f"early stopping: loss improved from {first} to {last} in 2 epochs, not by more than min_delta 10"
    assert done.err_without_speed.splitlines()[-2].startswith(
        f"done: {reason}; 3 epochs in S s; after the last update: loss "
    )
    assert (run.info()["reason"], len(run.rows())) == (reason, 3)


def test_notes_and_warnings_go_to_stderr_unless_quiet(program: Program) -> None:
    changes = ["optimizer.type=sgd", "optimizer.momentum=0.5", "layers.0.init=zeros"]
    program.write("adam.yaml", TINY + "optimizer: {type: adam, beta_1: 0.8}\n")
    done = program("train", "adam.yaml", *changes, "--epochs", 1)
    assert done.code == 0
    note, warning, *_ = done.err.splitlines()
    assert note == "optimizer: type changed from adam to sgd, which drops beta_1"
    assert warning.startswith("warning: adam.yaml:3:10: layers.0: all weights start equal, so all units")
    assert program("train", "adam.yaml", *changes, "--epochs", 1, "-q").err == ""


def test_verbose_prints_layers_seed_and_threads(program: Program) -> None:
    done = program.fresh("train", "tiny.yaml", "--epochs", 1, "-v", "--threads", 2)
    assert done.code == 0
    table = done.err.splitlines()[:4]
    assert " ".join(table[0].split()) == "layer type activation inputs outputs parameters initial scale"
    assert table[3] == "13 parameters, mse, adam; sine: 20 training samples, float32"
    blas = threads.blas()
    assert f"\nseed 0, 2 threads of {blas.library} {blas.version} ({blas.kernels} kernels), Python 3." in done.err


def test_style_book_prints_the_output_of_the_book(program: Program) -> None:
    done = program("train", "configs/book/ch17-sine-1x64.yaml", "--epochs", 102, "--style", "book")
    assert done.code == 0
    lines = [line.metrics for line in printed_lines("ch17-sine-1x64") if line.epoch in (0, 100)]
    assert done.err.splitlines()[:2] == [
        f"epoch: {epoch}, acc: {line['accuracy']}, loss: {line['loss']} (data_loss: {line['data_loss']}, "
        f"reg_loss: {line['regularization_loss']}), lr: {line['learning_rate']}"
        for epoch, line in zip((0, 100), lines, strict=True)
    ]
    assert without_speed(done.err.splitlines()[2]).startswith("done: 102 epochs in S s")
    assert len(done.err.splitlines()) == 4


def test_eval_evaluates_at_the_end(program: Program) -> None:
    done = program("train", program.write("spiral.yaml", SPIRAL), "--eval", "--json")
    result = json_of(done)
    run = program.run_at(result["run"])
    assert result["eval"]["on"] == "test"
    assert result["eval"] == json.loads((run.path / "eval.json").read_text())
    assert "20 samples, test data" in done.err


def test_a_pipe_gets_no_progress_bar(program: Program) -> None:
    done = program("train", "tiny.yaml", FORCE_COLOR="1", TERM="xterm-256color", CLICOLOR_FORCE="1")
    assert done.code == 0
    assert len(done.err.splitlines()) == 12
    assert not re.search(r"[\r\x1b]", done.out + done.err)


def test_runs_dir_is_taken_from_the_option_or_the_environment(program: Program) -> None:
    done = program("train", "tiny.yaml", "-q", NNCLI_RUNS_DIR="elsewhere")
    assert done.out.startswith("elsewhere/tiny/")
    assert program.run_at(done.out).status == "done"
    done = program("train", "tiny.yaml", "-q", "--runs-dir", "other", NNCLI_RUNS_DIR="elsewhere")
    assert done.out.startswith("other/tiny/")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["absent-one.yaml"], "absent-one.yaml: no such file\n"),
        (["tiny.yml"], "tiny.yml: no such file\nhint: did you mean tiny.yaml?\n"),
        (["."], ".: is a folder, not a file\nhint: choose a file in it: tiny.yaml\n"),
        (["tiny.yaml", "--jobs", "2"], "error: --jobs needs --seeds\n"),
        (
            ["tiny.yaml", "--seeds", "2", "--eval"],
            "error: --seeds cannot be combined with --eval or --style\n",
        ),
        (
            ["tiny.yaml", "--seed", "4294967295", "--seeds", "2"],
            "seed=4294967295: must be at most 4294967294 with --seeds 2\n",
        ),
        (["tiny.yaml", "tiny.yaml"], "tiny.yaml: must look like key.path=value\n"),
        (["tiny.yaml", "--name", "a/b"], "must consist of letters, digits, `.`, `_` and `-`"),
        (["tiny.yaml", "--epochs", "0"], "Error: Invalid value for '--epochs'"),
        (["tiny.yaml", "--style", "fancy"], "Error: Invalid value for '--style'"),
        (["tiny.yaml", "--fast"], "Error: No such option: --fast"),
        ([], "Error: Missing argument 'SPEC'."),
    ],
)
def test_wrong_usage_is_refused(program: Program, arguments: list[str], message: str) -> None:
    done = program("train", *arguments)
    assert (done.code, done.out) == (2, "")
    assert (done.err == message) if message.endswith("\n") else (message in done.err)
    assert not program.runs_dir.exists()


def test_empty_standard_input_is_refused(program: Program) -> None:
    done = program("train", "-", stdin="")
    assert (done.code, done.out) == (2, "")
    assert done.err == "stdin: is empty\nhint: give at least data, layers and loss\n"


def test_a_file_as_runs_dir_is_an_error(program: Program) -> None:
    done = program("train", "tiny.yaml", "--runs-dir", "tiny.yaml")
    assert (done.code, done.out) == (1, "")
    assert done.err == "tiny.yaml/tiny: cannot be created: not a directory\n"
    assert (program.folder / "tiny.yaml").read_text() == TINY


def test_a_full_disk_leaves_no_run(program: Program) -> None:
    done = program.shell("ulimit -f 0; nncli train tiny.yaml", PYTHONDONTWRITEBYTECODE="1")
    assert (done.code, done.out) == (1, "")
    assert re.fullmatch(r"runs/tiny/[\w-]+/config\.yaml: cannot be written: file too large\n", done.err)
    assert program.runs() == []
    assert list((program.runs_dir / "tiny").iterdir()) == []


def test_a_disk_that_fills_up_fails_the_run(program: Program) -> None:
    done = program.shell("ulimit -f 8; nncli train tiny.yaml --epochs 1000 -q", PYTHONDONTWRITEBYTECODE="1")
    assert done.code == 1
    run = program.run_at(done.out)
    message = f"{done.out.strip()}/metrics.jsonl: cannot be written: file too large"
    assert done.err == f"{message}\n"
    info = run.info()
    assert (run.status, info["reason"], info["exit_code"]) == ("failed", message, 1)


@pytest.mark.long
def test_simultaneous_processes_never_share_a_run(program: Program) -> None:
    done = program.shell("for i in 1 2 3 4 5 6 7 8; do nncli train tiny.yaml -q --seed $i & done; wait")
    assert (done.code, done.err) == (0, "")
    assert len(set(done.lines)) == 8
    runs = [program.run_at(line) for line in done.lines]
    assert {run.info()["seed"] for run in runs} == set(range(1, 9))
    assert {run.status for run in program.runs()} == {"done"}
    assert len(program.runs()) == 8
    assert all(len(run.rows()) == 12 for run in runs)
