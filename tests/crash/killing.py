"""Train in child processes that are killed at random moments, and check what is left of each run.

    python -m tests.crash.killing FOLDER KILLS SEED

This is a script, because a process that forks must have no other threads. Rows are flushed and weights saved about 50
times as often as usual, so that a run of half a second has as many chances to fail as one of half a minute. The
script prints its counts as JSON; it ends with an AssertionError if a check fails.
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
from nncli.store.run import PROBES, SNAPSHOTS

FLUSH_SECONDS, SAVE_SECONDS = 0.02, 0.03
SPEC = """\
data: {type: sine, samples: 60, validation: {samples: 20}}
layers: [{type: dense, units: 16, activation: relu}, {type: dropout, rate: 0.1}, {type: dense, units: 1}]
loss: mse
optimizer: {type: adam, learning_rate: 0.05}
train: {epochs: 1500, batch_size: 20}
"""


def train(runs_dir: Path, spec: Path, log: int) -> None:
    """Train like `nncli train`; each epoch and its time are written to a pipe before they are written to the run."""
    loaded = config.load(spec)
    report(log)
    with store.new_run(runs_dir, "kill", config.dump(loaded.experiment), {"command": ["train"], "probes": True}) as run:
        for _event in run.record(training.start(loaded.resolved)):
            pass


def resume(run: Run, log: int) -> None:
    """Resume the run like `nncli resume`."""
    report(log)
    Runner(["resume"]).resume(run)


def report(log: int) -> None:
    add = metrics_rows.RowWriter.add

    def reporting(self: metrics_rows.RowWriter, epoch: int, metrics: Any, seconds: float) -> None:
        os.write(log, b"%d %.6f\n" % (epoch, seconds))
        add(self, epoch, metrics, seconds)

    metrics_rows.RowWriter.add = reporting  # type: ignore[method-assign]


def in_child(work: Any, *arguments: Any, kill_after: float | None = None) -> tuple[int, list[tuple[int, float]]]:
    """Call `work` in a child process, and kill it after `kill_after` seconds; return its status and reported epochs."""
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
    complete = [line.split() for line in text.split(b"\n")[:-1]]
    return status, [(int(epoch), float(seconds)) for epoch, seconds in complete]


def final_content(run: Run) -> dict[str, Any]:
    """Return the content that a finished run must have bit for bit, however often it was killed."""
    summary = run.summary() or {}
    arrays = {which: {name: a.tobytes() for name, a in run.checkpoint(which).items()} for which in ("last", "best")}
    arrays["snapshots"] = {n: a.tobytes() for n, a in store.load_arrays(run.path / SNAPSHOTS).items()}
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in run.rows()]
    return {
        "rows": rows,
        "final": summary["final"],
        "best epoch": summary["best"]["epoch"],
        "status": run.status,
        "probes": (run.path / PROBES).read_text(),
        **arrays,
    }


def check_rows(run: Run, reported: list[tuple[int, float]]) -> int:
    """Check that the run is readable and no row older than the flush interval is missing; return the number of rows."""
    epochs = [row["epoch"] for row in run.rows()]
    assert epochs == [*range(len(epochs))], f"{run.path}: {epochs}"
    if len(reported) > 1:  # the process may have been killed while writing the last one
        *_, (_, now), _ = reported
        lost = [epoch for epoch, seconds in reported[:-1] if seconds <= now - FLUSH_SECONDS and epoch >= len(epochs)]
        assert not lost, f"{run.path}: lost epochs {lost}, {len(epochs)} rows"
    for which in ("last", "best"):
        if run.has_checkpoint(which):
            run.checkpoint(which)
    return len(epochs)


def main(folder: Path, kills: int, seed: int) -> None:
    """Kill new and resumed runs until `kills` is reached."""
    metrics_rows.FLUSH_SECONDS, writer.SAVE_SECONDS, writer.SAVE_SHARE = FLUSH_SECONDS, SAVE_SECONDS, 1
    chance, counts = random.Random(seed), Counter[str]()
    spec = folder / "kill.yaml"
    spec.write_text(SPEC)
    began = time.monotonic()
    assert in_child(train, folder / "whole", spec)[0] == 0
    longest = 1.1 * (time.monotonic() - began)
    (complete,) = store.list_runs(folder / "whole")
    expected = final_content(complete)
    assert 0.2 < expected["best epoch"] / 1500 < 0.8, (
        "if the last epoch were the best, keeping the best would not be tested"
    )
    while counts["kills"] < kills:
        runs_dir = folder / "killed"
        status, reported = in_child(train, runs_dir, spec, kill_after=chance.uniform(0, longest))
        runs = store.list_runs(runs_dir)
        counts[("kills" if runs else "kills before there was a run") if status else "done before"] += 1
        for run in runs:
            counts["runs"] += 1
            inspect(run, reported, counts)
            if not (run.path / "metrics.jsonl").exists() or not (run.path / "config.yaml").exists():
                counts["not begun"] += 1  # killed between creating the directory and its second file
                continue
            if chance.random() < 0.5:
                status, reported = in_child(resume, run, kill_after=chance.uniform(0, longest))
                counts["kills" if status else "done before"] += 1
                inspect(run, reported, counts)
            status, _ = in_child(resume, run)
            assert status == 0, f"{run.path} cannot be resumed"
            assert final_content(run) == expected, f"{run.path} has other bits"
            counts["same bits"] += 1
        shutil.rmtree(runs_dir, ignore_errors=True)
    print(json.dumps(counts))


def inspect(run: Run, reported: list[tuple[int, float]], counts: Counter[str]) -> None:
    """Check what a kill left, and count which files exist."""
    assert run.status in ("lost", "done"), run.status
    if (run.path / "metrics.jsonl").exists():
        counts["rows"] += check_rows(run, reported)
    for name in ("config.yaml", "run.json", "checkpoints/best.npz", "checkpoints/last.npz", "summary.json"):
        counts[f"with {name}"] += (run.path / name).exists()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
