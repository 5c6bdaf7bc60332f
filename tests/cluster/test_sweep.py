"""Sweeps on real clusters of local processes: equal to a sweep on one machine, bit for bit."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from nncli.store import Run
from nncli.sweeps.directory import SweepDirectory
from tests.cli.program import ENDLESS, CompletedCommand, Program, may_mount, rows_without_times, wait_until
from tests.cluster.dask_processes import dask_processes

GRID = ("init=normal", "init.scale=0.01,0.1,1.0", "--seeds", 2)
TABLE = "x,z,price\n" + "".join(f"{i},{i * 2 % 7},{i * 3}\n" for i in range(20))


def runs_of(program: Program, done: CompletedCommand) -> dict[str, Any]:
    """Return the content of the runs of a sweep, without times and processes."""
    assert done.code == 0, done
    sweep = SweepDirectory(program.folder / done.out.strip())
    runs = [Run(path.parent) for path in sorted(sweep.path.glob("*/run.json"))]
    assert [path.name for path in sweep.path.glob(".*")] == []
    return {run.path.name: _content(run) for run in runs} | {"trials": _trials(sweep)}


def _content(run: Run) -> Any:
    keys = ("settings", "config_sha256", "relative_paths", "status", "seed", "blas", "versions", "host")
    info, summary = run.info(), run.summary() or {}
    arrays = {name: array.tobytes() for name, array in run.checkpoint("last").items() if name != "seconds"}
    return run.config_text(), {key: info.get(key) for key in keys}, summary["final"], rows_without_times(run), arrays


def _trials(sweep: SweepDirectory) -> Any:
    results = dict[int, Any]()
    for number, trial in sorted(sweep.trials().items()):
        trainings = {seed: (each.status, each.objective) for seed, each in sorted(trial.trainings.items())}
        results[number] = trial.settings, trainings
    return results


def test_local_cluster_gives_the_same_runs(program: Program) -> None:
    here = program("sweep", "tiny.yaml", *GRID, "-q")
    there = program("sweep", "tiny.yaml", *GRID, "-q", "--cluster", "local", "--workers", 2)
    assert there.err == ""
    assert runs_of(program, there) == runs_of(program, here)


@pytest.mark.long
def test_workers_with_and_without_a_shared_directory_give_the_same_runs(program: Program) -> None:
    here = runs_of(program, program("sweep", "tiny.yaml", *GRID, "-q"))
    for alone in (False, True) if may_mount(program) else (False,):
        with dask_processes(program) as dask:
            for _ in range(2):
                dask.start_worker(alone=alone)
            for warm in ([], ["--warm"]):
                there = program("sweep", "tiny.yaml", *GRID, "-q", *warm, "--cluster", dask.address)
                assert (runs_of(program, there), there.err) == (here, ""), alone


@pytest.mark.long
def test_data_files_are_named_or_sent(program: Program) -> None:
    if not may_mount(program):
        return
    (program.folder / "data").mkdir()
    program.write("data/houses.csv", TABLE)
    program.write(
        "houses.yaml",
        (program.folder / "tiny.yaml")
        .read_text()
        .replace("{type: sine, samples: 20}", "{type: csv, path: data/houses.csv, target: price}"),
    )
    command = ("sweep", "houses.yaml", *GRID, "-q")
    here = runs_of(program, program(*command))
    with dask_processes(program) as dask:
        dask.start_worker(alone=True)
        refused = program(*command, "--cluster", dask.address)
        path = program.folder / "data/houses.csv"
        assert refused.code == 1
        assert refused.err.startswith(f"--cluster {dask.address}: {path}: not on ")
        assert refused.err.endswith("or add --send-data\n")
        there = program(*command, "--cluster", dask.address, "--send-data")
        assert runs_of(program, there) == here


@pytest.mark.long
@pytest.mark.parametrize("alone", [False, True])
def test_stopped_sweep_continues_from_its_checkpoints(program: Program, alone: bool) -> None:
    if alone and not may_mount(program):
        return
    program.write("endless.yaml", ENDLESS)
    with dask_processes(program) as dask:
        worker = dask.start_worker(alone=alone)
        root = Path(f"/proc/{worker.pid}/root/{program.folder}")

        def stop_after(rows: int, *arguments: object) -> Path:
            """Stop a sweep once its training has written some rows; return its folder."""
            with program.start("sweep", *arguments, "--cluster", dask.address) as command:
                sweep = program.folder / command.line().strip()
                files = "worker-0/dask-scratch-space/nncli/*/*" if alone else "runs/*/*/*"
                wait_until(lambda: any(_rows(run) > rows for run in root.glob(files)), "rows")
                command.signal(signal.SIGINT, group=True)
                assert command.end().code == 130
            return sweep

        run = Run(stop_after(0, "endless.yaml", "init=normal", "init.scale=[0.1]") / "00000-seed0")
        epochs = (run.summary() or {})["epochs"]
        assert run.has_checkpoint("last")
        stop_after(epochs, "--resume", run.path.parent)
        assert [entry["epoch"] for entry in run.info()["resumed"]] == [epochs]


def _rows(run: Path) -> int:
    metrics = run / "metrics.jsonl"
    return metrics.read_bytes().count(b"\n") if metrics.exists() else 0


@pytest.mark.long
def test_pruner_ends_trainings_on_workers(program: Program) -> None:
    rates = "optimizer.learning_rate=0.005,0.006,1e-12,1e-13"
    pruner = "sweep.pruner={type: median, min_epochs: 10, startup_trials: 2}"
    options = ("optimizer=sgd", pruner, "train.epochs=40000")
    done = program("sweep", "tiny.yaml", rates, *options, "-q", "--cluster", "local", "--workers", 1)
    trials = SweepDirectory(program.folder / done.out.strip()).trials()
    assert [trial.status(1) for trial in trials.values()] == ["done", "done", "pruned", "pruned"]


@pytest.mark.longest
def test_chapter_17_has_the_same_digits_on_any_cluster(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.cli.program.PATIENCE", 3600.0)
    command = ("sweep", "configs/book/ch17-sweep.yaml", "-q")
    here = runs_of(program, program(*command))
    for workers in (1, 2, 4):
        for alone in (False, True):
            with dask_processes(program) as dask:
                for _ in range(workers):
                    dask.start_worker(alone=alone)
                there = program(*command, "--cluster", dask.address)
                assert runs_of(program, there) == here, (workers, alone)
