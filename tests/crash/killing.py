"""Trains in child processes that are killed at random moments, and looks at what is left of each run.

    python -m tests.crash.killing FOLDER KILLS SEED

A script, since a process that forks must have no other threads. Rows are flushed and weights saved some 50 times as
often as usual, so that a training of half a second has as many chances to go wrong as one of half a minute. Prints, as
JSON, what was counted; an AssertionError ends it.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from nncli import config, store, training
from nncli.runner import Runner
from nncli.store import Run, metrics_rows, writer
from nncli.store.run import SNAPSHOTS

FLUSH_SECONDS, SAVE_SECONDS = 0.02, 0.03
SPEC = """\
data: {type: sine, samples: 60, validation: {samples: 20}}
layers: [{type: dense, units: 16, activation: relu}, {type: dropout, rate: 0.1}, {type: dense, units: 1}]
loss: mse
optimizer: {type: adam, learning_rate: 0.05}
train: {epochs: 1500, batch_size: 20}
"""


def train(runs_dir: Path, spec: Path, log: int) -> None:
    """A training as `nncli train` has it; each epoch and its time go into a pipe before they go into the run."""
    loaded = config.load(spec)
    report(log)
    with store.new_run(runs_dir, "kill", config.dump(loaded.experiment), {"command": ["train"]}) as run:
        for _event in run.record(training.start(loaded.resolved)):
            pass


def go_on(run: Run, log: int) -> None:
    """The run goes on as `nncli resume` has it."""
    report(log)
    Runner(["resume"]).resume(run)


def report(log: int) -> None:
    add = metrics_rows.RowWriter.add

    def reporting(self: metrics_rows.RowWriter, epoch: int, metrics: Any, seconds: float) -> None:
        os.write(log, b"%d %.6f\n" % (epoch, seconds))
        add(self, epoch, metrics, seconds)

    metrics_rows.RowWriter.add = reporting  # type: ignore[method-assign]


def in_child(work: Any, *arguments: Any, kill_after: float | None = None) -> tuple[int, list[tuple[int, float]]]:
    """Does work in a child process, which is killed after some seconds; its status, and the epochs that it reported."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            work(*arguments, writing)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as log:
        if kill_after is not None:
            os.set_blocking(log.fileno(), False)
            text, give_up = b"", time.monotonic() + kill_after
            while time.monotonic() < give_up:
                text += log.read() or b""
                time.sleep(0.0005)
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
            os.set_blocking(log.fileno(), True)
            text += log.read()
        else:
            text = log.read()
            _, status = os.waitpid(child, 0)
    whole = [line.split() for line in text.split(b"\n")[:-1]]
    return status, [(int(epoch), float(seconds)) for epoch, seconds in whole]


def all_of(run: Run) -> dict[str, Any]:
    """What a finished run must have to the bit, however often it was killed."""
    summary = run.summary() or {}
    arrays = {which: {name: a.tobytes() for name, a in run.checkpoint(which).items()} for which in ("last", "best")}
    arrays["snapshots"] = {n: a.tobytes() for n, a in store.load_arrays(run.path / SNAPSHOTS).items()}
    rows_ = [{name: value for name, value in row.items() if name != "seconds"} for row in run.rows()]
    return {
        "rows": rows_,
        "final": summary["final"],
        "best epoch": summary["best"]["epoch"],
        "status": run.status,
        **arrays,
    }


def check_rows(run: Run, reported: list[tuple[int, float]]) -> int:
    """Fails where the run cannot be read, or a row older than the time between flushes is missing; counts the rows."""
    epochs = [row["epoch"] for row in run.rows()]
    assert epochs == [*range(len(epochs))], f"{run.path}: {epochs}"
    if len(reported) > 1:  # the very last may have been killed on its way into the file
        *_, (_, now), _ = reported
        lost = [epoch for epoch, seconds in reported[:-1] if seconds <= now - FLUSH_SECONDS and epoch >= len(epochs)]
        assert not lost, f"{run.path}: lost epochs {lost}, {len(epochs)} rows"
    for which in ("last", "best"):
        if run.has_checkpoint(which):
            run.checkpoint(which)
    return len(epochs)


def main(folder: Path, kills: int, seed: int) -> None:
    """Kills trainings, and what goes on from them, until there were so many kills."""
    metrics_rows.FLUSH_SECONDS, writer.SAVE_SECONDS, writer.SAVE_SHARE = FLUSH_SECONDS, SAVE_SECONDS, 1
    chance, counts = random.Random(seed), Counter[str]()
    spec = folder / "kill.yaml"
    spec.write_text(SPEC)
    began = time.monotonic()
    assert in_child(train, folder / "whole", spec)[0] == 0
    longest = 1.1 * (time.monotonic() - began)
    (whole,) = store.list_runs(folder / "whole")
    expected = all_of(whole)
    assert 0.2 < expected["best epoch"] / 1500 < 0.8, "a best that comes last would show nothing of how it is kept"
    while counts["kills"] < kills:
        runs_dir = folder / "killed"
        status, reported = in_child(train, runs_dir, spec, kill_after=chance.uniform(0, longest))
        found = store.list_runs(runs_dir)
        counts[("kills" if found else "kills before there was a run") if status else "done before"] += 1
        for run in found:
            counts["runs"] += 1
            look(run, reported, counts)
            if not (run.path / "metrics.jsonl").exists() or not (run.path / "config.yaml").exists():
                counts["not begun"] += 1  # killed between making the directory and its second file
                continue
            if chance.random() < 0.5:
                status, reported = in_child(go_on, run, kill_after=chance.uniform(0, longest))
                counts["kills" if status else "done before"] += 1
                look(run, reported, counts)
            status, _ = in_child(go_on, run)
            assert status == 0, f"{run.path} does not go on"
            assert all_of(run) == expected, f"{run.path} has other bits"
            counts["same bits"] += 1
        shutil.rmtree(runs_dir, ignore_errors=True)
    print(json.dumps(counts))


def look(run: Run, reported: list[tuple[int, float]], counts: Counter[str]) -> None:
    """Checks what a kill left, and counts which files there are."""
    assert run.status in ("lost", "done"), run.status
    if (run.path / "metrics.jsonl").exists():
        counts["rows"] += check_rows(run, reported)
    for name in ("config.yaml", "run.json", "checkpoints/best.npz", "checkpoints/last.npz", "summary.json"):
        counts[f"with {name}"] += (run.path / name).exists()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
