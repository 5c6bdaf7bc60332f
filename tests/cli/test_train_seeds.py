"""`nncli train --seeds`: a run for each seed, and the median and range of their metrics."""

from __future__ import annotations

import json
import os
import re
import signal
import statistics
from pathlib import Path

import pytest

from tests.cli.program import TINY, Program, rows_without_times

# Takes a second, because each step trains on one sample.
SHORT_STEPS = TINY.replace("samples: 20", "samples: 1000").replace("epochs: 12", "epochs: 15, batch_size: 1")
DIVERGING = "optimizer={type: sgd, learning_rate: 1e30}"


def test_seeds_prints_paths_medians_and_ranges(program: Program) -> None:
    done = program("train", "tiny.yaml", "--seed", 5, "--seeds", 3, "--jobs", 2)
    assert done.code == 0
    runs = {run.info()["seed"]: run for run in map(program.run_at, done.lines)}
    assert sorted(runs) == [5, 6, 7]
    assert [run.status for run in runs.values()] == ["done"] * 3
    assert len(program.runs()) == 3

    lines = [line for line in done.err.splitlines() if "see nncli why" not in line]
    finals = {seed: (run.summary() or {})["final"] for seed, run in sorted(runs.items())}
    assert sorted(lines[:3]) == [
        f"seed {seed}  done  loss {final['loss']:.4g}  regression_accuracy {final['regression_accuracy']:.4g}"
        for seed, final in finals.items()
    ]
    assert lines[3].split() == ["metric", "median", "lowest", "highest"]
    table = {line.split()[0]: line.split()[1:] for line in lines[4:]}
    assert list(table) == ["loss", "data_loss", "regularization_loss", "regression_accuracy"]
    for name, cells in table.items():
        values = [final[name] for final in finals.values()]
        assert cells == [f"{value:.4g}" for value in (statistics.median(values), min(values), max(values))]

    alone = program.train({"seed": 6})
    assert rows_without_times(alone) == rows_without_times(runs[6])
    assert alone.config_text() == runs[6].config_text()
    assert (alone.summary() or {})["final"] == finals[6]


@pytest.mark.long
def test_json_has_runs_and_metrics(program: Program) -> None:
    done = program("train", "tiny.yaml", "--seeds", 2, "--json", "-q")
    assert (done.code, done.err) == (0, "")
    result = json.loads(done.out)
    assert len(done.lines) == 1
    runs = [program.run_at(path) for path in result["runs"]]
    assert [run.info()["seed"] for run in runs] == [0, 1]
    losses = [(run.summary() or {})["final"]["loss"] for run in runs]
    expected = {"median": statistics.median(losses), "min": min(losses), "max": max(losses)}
    assert result["metrics"]["loss"] == expected


def test_killing_one_seed_does_not_stop_the_others(program: Program) -> None:
    program.write("steps.yaml", SHORT_STEPS)
    with program.start("train", "steps.yaml", "--seeds", 2, "--jobs", 1) as started:
        first = program.run_at(started.line())
        os.kill(first.info()["pid"], signal.SIGKILL)
        second = program.run_at(started.line())
        done = started.end()
    assert done.code == 1
    killed, survived, *table = [line for line in done.err.splitlines() if "see nncli why" not in line]
    assert killed == "seed 0  failed  its process was killed by signal 9, as the system does if memory runs out"
    assert re.match(r"seed 1  done  loss \S+", survived)
    assert table[1].split()[0] == "loss"
    assert (first.status, second.status) == ("lost", "done")
    assert len(second.rows()) == 15


def test_each_seed_has_a_verdict_and_the_first_one_the_warnings(program: Program) -> None:
    changes = ("layers.0.activation=linear", "data.samples=100")
    done = program("train", "tiny.yaml", *changes, "--seeds", 2)
    runs = {run.info()["seed"]: run for run in map(program.run_at, done.lines)}
    assert all(run.verdict() not in (None, "healthy") for run in runs.values())
    lines = done.err.splitlines()
    for seed, run in runs.items():
        (line,) = [line for line in lines if line.startswith(f"seed {seed}  ") and line.endswith(f"/{run.name}")]
        assert line.endswith(f"; see nncli why runs/{run.name}")
    (warning,) = [line for line in lines if line.startswith("warning: ")]
    assert warning.startswith("warning: seed 0: layers: no hidden layer has an activation; ")


def test_diverged_seeds_are_reported_even_if_quiet(program: Program) -> None:
    done = program("train", "tiny.yaml", DIVERGING, "--seeds", 2, "-q")
    assert done.code == 3
    assert [program.run_at(line).status for line in done.lines] == ["diverged"] * 2
    assert [re.sub(r"loss is .* at epoch \d+.*", "loss ...", line) for line in sorted(done.err.splitlines())] == [
        f"seed {seed}  diverged  the loss ..." for seed in (0, 1)
    ]


@pytest.mark.long
def test_each_seed_whose_run_cannot_be_made_is_reported(program: Program) -> None:
    done = program("train", "tiny.yaml", "--seeds", 2, "--runs-dir", "tiny.yaml", "-q")
    assert (done.code, done.out) == (1, "")
    message = "tiny.yaml/tiny: cannot be created: not a directory"
    assert sorted(done.err.splitlines()) == [f"seed {seed}  failed  {message}" for seed in (0, 1)]


@pytest.mark.long
def test_a_reader_of_paths_may_end_early(program: Program) -> None:
    done = program.shell("nncli train tiny.yaml --seeds 3 --jobs 1 -q | head -n 1; echo ${PIPESTATUS[0]}")
    path, code = done.lines
    assert (code, done.err) == ("0", "")
    assert Path(program.folder / path).is_dir()
    assert {run.status for run in program.runs()} <= {"done", "stopped"}
