"""Completions of command lines, requested as the scripts of the shells do."""

from __future__ import annotations

import os

import pytest
import typer
from typer.core import TyperArgument, TyperOption

from nncli import registry
from nncli.cli.app import app
from nncli.cli.completion.line import unquote
from nncli.cli.lazy_group import load, names
from tests.cli.program import Program
from tests.sweeps.known_sweeps import RATE, RATES, SCALE, SCALES, write

# Parameters that take a number or free text, which cannot be completed.
FREE = {"budget", "epochs", "trials", "workers", "seed", "name", "seeds", "jobs", "threads", "frames", "fps"}


def completions(program: Program, *words: str, shell: str = "zsh", **environment: str) -> list[str]:
    """Return the completions of the last word."""
    done = program(*words, _NNCLI_COMPLETE=shell, **environment)
    assert (done.code, done.err) == (0, "")
    return [line.partition("\t")[0] for line in done.lines]


def test_every_parameter_has_a_completion_or_takes_free_text() -> None:
    every = [parameter for name in names() for parameter in load(name).params]
    parameters = [each for each in every if isinstance(each, TyperArgument) or not each.is_flag]
    context = typer.Context(typer.main.get_command(app))
    without = {
        each.name for each in parameters if each._custom_shell_complete is None and not each.shell_complete(context, "")
    }
    assert without == FREE
    assert any(each._custom_shell_complete is not None for each in parameters)
    assert any(isinstance(each, TyperOption) for each in parameters)


def test_commands_are_completed_with_their_summaries(program: Program) -> None:
    done = program("tr", _NNCLI_COMPLETE="fish")
    assert done == (0, "train\tTrain a network as described in an experiment file.\n", "")
    assert completions(program, "") == [*typer.main.get_command(app).commands]  # type: ignore[attr-defined]


def test_resume_completes_runs_and_the_settings_of_the_run(program: Program) -> None:
    run = program.train()
    assert completions(program, "resume", "") == [run.name]
    assert completions(program, "resume", run.name, "train.ep") == ["train.epochs="]
    assert "layers.1.units=" in completions(program, "resume", run.name, "layers.1.")
    assert completions(program, "resume", "nothing", "optimizer.learning_ra") == ["optimizer.learning_rate="]


@pytest.mark.long
def test_options_are_completed_unless_already_given(program: Program) -> None:
    assert sorted(completions(program, "runs", "-")) == [
        *("--by-seed", "--columns", "--csv", "--filter", "--help", "--json", "--runs-dir", "--sort", "--unfold", "-h")
    ]
    assert completions(program, "train", "tiny.yaml", "--qu") == ["--quiet"]
    assert completions(program, "train", "tiny.yaml", "-q", "--qu") == []
    assert completions(program, "train", "-qv", "--verb") == []
    assert completions(program, "eval", "--fail-under", "loss=1", "--fail-u") == ["--fail-under"]
    assert completions(program, "--ver") == ["--version"]


def test_values_of_enumerations_are_completed(program: Program) -> None:
    assert completions(program, "eval", "--on", "") == ["train", "validation", "test"]
    assert completions(program, "eval", "--on=te") == ["--on=test"]
    assert completions(program, "plot", "--what", "f") == ["fit"]
    assert completions(program, "--install-completion", "") == ["bash", "zsh", "fish"]


@pytest.mark.long
def test_specs_are_completed_from_files_folders_and_bundled_configs(program: Program) -> None:
    for name in ("a.yml", "b.json", "nncli.schema.json", "notes.txt", ".hidden.yaml"):
        program.write(name, "")
    (program.folder / "deep").mkdir()
    program.write("deep/c.yaml", "")
    assert completions(program, "train", "") == ["a.yml", "b.json", "configs/", "deep/", "tiny.yaml"]
    assert completions(program, "check", "deep/") == ["deep/c.yaml"]
    assert completions(program, "check", "./t") == ["./tiny.yaml"]
    assert completions(program, "check", "~/t") == ["~/tiny.yaml"]
    assert completions(program, "check", ".h") == [".hidden.yaml"]
    assert completions(program, "train", "configs/si") == ["configs/sine.yaml"]
    assert "configs/book/ch16-spiral.yaml" in completions(program, "train", "configs/book/")
    assert completions(program, "train", "configs/../c") == []
    (program.folder / "configs").mkdir()
    program.write("configs/sine2.yaml", "")
    assert completions(program, "train", "configs/si") == ["configs/sine.yaml", "configs/sine2.yaml"]


def test_overrides_are_completed_with_the_keys_of_the_spec(program: Program) -> None:
    assert completions(program, "train", "tiny.yaml", "optimizer.learn") == ["optimizer.learning_rate="]
    assert completions(program, "check", "tiny.yaml", "layers.1.u") == ["layers.1.units="]
    assert completions(program, "check", "tiny.yaml", "layers.2") == []
    assert completions(program, "train", "configs/sine.yaml", "init.s") == ["init.scale="]
    assert completions(program, "train", "tiny.yaml", "init.s") == []
    assert completions(program, "train", "tiny.yaml", "-q", "init=normal", "init.s") == ["init.scale="]
    assert completions(program, "train", "tiny.yaml", "loss=", "optimizer=sgd", "optimizer.m") == [
        "optimizer.momentum="
    ]
    done = program("check", "tiny.yaml", "train.e", _NNCLI_COMPLETE="zsh")
    assert done.lines[0] == "train.epochs=\tnumber of passes over the training samples"


def test_overrides_are_completed_with_the_values_of_a_key(program: Program) -> None:
    assert completions(program, "train", "tiny.yaml", "optimizer=a") == [
        "optimizer=adagrad",
        "optimizer=adam",
        "optimizer=adamw",
    ]
    assert completions(program, "train", "tiny.yaml", "layers.0.activation=t") == ["layers.0.activation=tanh"]
    assert completions(program, "train", "tiny.yaml", "precision=") == [
        "precision=float32",
        "precision=float64",
        "precision=book",
    ]
    assert completions(program, "train", "tiny.yaml", "train.shuffle=t") == ["train.shuffle=true"]
    assert completions(program, "train", "tiny.yaml", "train.epochs=") == []


@pytest.mark.parametrize(
    "spec", ["broken.yaml", "none.yaml", "-", ".", "\0", "x" * 300, "configs/" + "x" * 300, "fifo"]
)
def test_an_unreadable_spec_has_the_keys_of_any_experiment(program: Program, spec: str) -> None:
    program.write("broken.yaml", "layers: [{")
    os.mkfifo(program.folder / "fifo")  # opening it would block
    if spec != "\0":  # not allowed in an argument of a process
        assert completions(program, "train", spec, "optimizer.learn") == ["optimizer.learning_rate="]


def test_invalid_overrides_are_ignored(program: Program) -> None:
    assert completions(program, "train", "tiny.yaml", "nonsense", "layers.0.u") == ["layers.0.units="]


def test_runs_are_completed_newest_first(program: Program) -> None:
    assert completions(program, "eval", "") == []
    first, second = program.train(), program.train()
    assert completions(program, "eval", "") == ["latest", second.name, first.name]
    assert completions(program, "predict", "--data", "x.csv", "tin") == [second.name, first.name]
    assert completions(program, "plot", "latest", "la") == ["latest"]
    assert completions(program, "diff", "latest", "t") == [second.name, first.name]
    assert completions(program, "rm", "") == [second.name, first.name]  # without `latest`, which rm refuses
    assert completions(program, "rm", second.name, "") == [first.name]
    assert completions(program, "eval", "runs/ti") == [f"runs/{second.name}", f"runs/{first.name}"]
    assert completions(program, "eval", "./ru") == ["./runs/"]


def test_runs_dir_is_taken_from_the_line_or_the_environment(program: Program) -> None:
    run = program.train()
    (program.folder / "elsewhere").mkdir()
    (program.folder / "runs").rename(program.folder / "elsewhere" / "mine")
    assert completions(program, "eval", "t") == []
    for place in ("elsewhere/mine", "~/elsewhere/mine"):
        assert completions(program, "eval", "--runs-dir", place, "t") == [run.name]
        assert completions(program, "eval", f"--runs-dir={place}", "t") == [run.name]
    assert completions(program, "eval", "t", NNCLI_RUNS_DIR="elsewhere/mine") == [run.name]


def test_damaged_runs_are_completed(program: Program) -> None:
    run = program.train()
    for name in ("run.json", "config.yaml", "summary.json"):
        (run.path / name).write_bytes(b"\xff{")
    assert completions(program, "eval", "t") == [run.name]
    assert completions(program, "eval", "--runs-dir", "tiny.yaml", "t") == []


def test_components_experiments_and_metrics_are_completed(program: Program) -> None:
    assert completions(program, "list", "op") == ["optimizer"]
    assert completions(program, "list", "ad") == ["adagrad", "adam", "adamw"]
    assert completions(program, "list", "adam", "") == []
    names = [registry.type_name(cls) for kind in registry.kinds() for cls in registry.components(kind)]
    mappings = ["mapping", "experiment", "data.split", "train", "train.early_stopping", "sweep", "sweep.objective"]
    assert set(completions(program, "list", "")) == {*registry.kinds(), *names, *mappings}
    assert completions(program, "book", "ch17-sine-1x64", "ch17-sine-1") == []
    assert completions(program, "book", "ch16") == ["ch16-spiral"]
    assert completions(program, "eval", "--fail-under", "acc") == ["accuracy="]
    assert completions(program, "eval", "--fail-over=lo") == ["--fail-over=loss="]


def test_files_and_folders_are_completed(program: Program) -> None:
    program.write("data.csv", "")
    program.train()
    assert completions(program, "predict", "--data", "") == ["data.csv", "runs/", "tiny.yaml"]
    assert completions(program, "eval", "--runs-dir", "") == ["runs/"]
    assert completions(program, "plot", "-o", "d") == ["data.csv"]
    assert completions(program, "predict", "--data=d") == ["--data=data.csv"]
    program.write("line\nbreak.csv", "")
    assert completions(program, "predict", "--data", "l") == []


@pytest.mark.long
@pytest.mark.parametrize(
    "words", [["nonsense", ""], ["train", "--nonsense", ""], ["runs", ""], ["schema", "x", ""], []]
)
def test_odd_lines_cause_no_error(program: Program, words: list[str]) -> None:
    for shell in ("bash", "zsh", "fish", "complete_bash"):
        completions(program, *words, shell=shell)
    assert (
        completions(program, "nonsense", "")
        == completions(program, "runs", "")
        == completions(program, "--nonsense=t")
        == []
    )


def test_no_options_are_completed_after_two_dashes(program: Program) -> None:
    assert completions(program, "train", "--", "-") == []
    assert completions(program, "train", "--", "ti") == ["tiny.yaml"]


def test_the_first_line_tells_bash_whether_to_quote(program: Program) -> None:
    program.write("my spec.yaml", "")
    assert program("train", "my", _NNCLI_COMPLETE="bash").out == "files\nmy spec.yaml\n"
    assert program("tra", _NNCLI_COMPLETE="bash").out == "words\ntrain\n"
    assert program("zebra", _NNCLI_COMPLETE="bash").out == "words\n"


def test_quotes_are_removed_from_all_words_in_bash_and_the_last_in_fish(program: Program) -> None:
    program.write("my spec.yaml", "init: {type: normal}")
    assert completions(program, "train", "'my spec.yaml'", "init.s", shell="bash") == ["words", "init.scale="]
    assert completions(program, "train", r"my\ spec.yaml", '"init.s', shell="bash") == ["words", "init.scale="]
    assert completions(program, "train", "my spec.yaml", "'init.s", shell="fish") == ["init.scale="]
    assert completions(program, "train", "my spec.yaml", "init.s", shell="zsh") == ["init.scale="]


@pytest.mark.parametrize(
    ("typed", "unquoted_word"),
    [("a", "a"), ("", ""), (r"a\ b", "a b"), ("'a b'", "a b"), ('"a b', "a b"), ("'a b", "a b"), ("a#b", "a#b")],
)
def test_unquoted_removes_quotes_and_backslashes(typed: str, unquoted_word: str) -> None:
    assert unquote(typed) == unquoted_word


def test_target_is_completed_with_the_columns_of_the_table(program: Program) -> None:
    program.write("houses.csv", "area, price\n1,2\n")
    assert completions(program, "new", "--from", "houses.csv", "--target", "") == ["area", "price"]
    program.write("houses.jsonl", '{"area": 1, "price": 2}\n')
    assert completions(program, "new", "--from", "houses.jsonl", "--target", "p") == ["price"]
    assert completions(program, "new", "--from", "none.csv", "--target", "") == []
    (program.folder / "bytes.csv").write_bytes(b"\xff\xfe")
    assert completions(program, "new", "--from", "bytes.csv", "--target", "") == []


def test_parameters_of_the_newest_or_the_named_sweep_extend_the_list(program: Program) -> None:
    assert completions(program, "plot", "--parameters", "") == []
    write(program.runs_dir, RATES | SCALES, lambda settings, seed: 1.0, trials=1)
    assert completions(program, "plot", "--parameters", "") == [RATE, SCALE]
    assert completions(program, "plot", "known", "--parameters", f"{RATE},") == [f"{RATE},{SCALE}"]
