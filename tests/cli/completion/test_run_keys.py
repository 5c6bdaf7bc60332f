"""Completion of `nncli runs --sort`, `--columns` and `--filter` with the keys of the runs."""

from __future__ import annotations

import os
import shutil
import time

import pytest

from tests.cli.completion.test_answer import completions
from tests.cli.program import Program


def test_sort_and_columns_are_completed_with_the_keys_of_runs(program: Program) -> None:
    assert completions(program, "runs", "--sort", "s") == ["status", "start", "seconds", "seed"]
    program.train({"data.split.validation": 0.5})
    assert completions(program, "runs", "--sort", "regression_") == ["regression_accuracy"]
    assert completions(program, "runs", "--sort", "-regression_") == ["-regression_accuracy"]
    assert completions(program, "runs", "--sort=-best.e") == ["--sort=-best.epoch"]
    assert completions(program, "runs", "--columns", "optimizer.l") == ["optimizer.learning_rate"]
    assert completions(program, "runs", "--columns", "run,loss,val_") == [
        "run,loss,val_loss",
        "run,loss,val_regression_accuracy",
    ]
    assert completions(program, "runs", "--columns", "run,status,sta") == ["run,status,start"]
    assert completions(program, "runs", "--runs-dir", "none", "--columns", "run,optimizer.l") == []


@pytest.mark.parametrize(
    ("text", "expected_keys"),
    [
        ("regr", ["regression_accuracy"]),
        ("loss<0.1 and regr", ["loss<0.1 and regression_accuracy"]),
        ("(regr", ["(regression_accuracy"]),
        ("not(seed=1 OR  regr", ["not(seed=1 OR  regression_accuracy"]),
    ],
)
def test_filter_is_completed_with_keys_and_operators(program: Program, text: str, expected_keys: list[str]) -> None:
    """A single key is completed with operators, because the shell closes the quotation after a single candidate."""
    program.train()
    expected = [key + sign for key in expected_keys for sign in ("<", "<=", ">", ">=", "=", "!=")]
    assert completions(program, "runs", "--filter", text) == expected
    assert completions(program, "runs", "--filter", text.replace("regr", "sta")) == [
        text.replace("regr", key) for key in ("status", "start")
    ]


def test_filter_is_completed_with_the_values_of_a_key(program: Program) -> None:
    for optimizer in ("sgd", "adam", "sgd"):
        program.train({"optimizer": optimizer})
    assert completions(program, "runs", "--filter", "optimizer.type=") == ["optimizer.type=sgd", "optimizer.type=adam"]
    assert completions(program, "runs", "--filter", "loss<1 and (status != d") == ["loss<1 and (status != done"]
    for text in ("loss=", "loss<", "nothing=", "loss<1 ", "loss<1 an", "android", "'"):
        assert completions(program, "runs", "--filter", text) == [], text


def test_completing_keys_of_many_runs_is_fast(program: Program) -> None:
    """It takes 300 ms, half of which is the start of Python; the limit leaves a margin for a busy machine."""
    run = program.train()
    for number in range(1000):
        shutil.copytree(run.path, run.path.with_name(f"20200101-{number:06}-0000"), copy_function=os.link)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        assert completions(program, "runs", "--sort", "regression_") == ["regression_accuracy"]
        times.append(time.perf_counter() - began)
    assert min(times) < 1
