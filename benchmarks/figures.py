"""Time the commands that show runs: a list of many, plots, a film and a report."""

from __future__ import annotations

import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.rounds import ONE_THREAD

RUNS, EPOCHS = 20, 10001
SINE = Path(__file__).parents[1] / "configs" / "sine.yaml"
LONG_LIST = 1000
TARGETS = {f"list of {LONG_LIST:,} runs": 1.0, f"plot of {RUNS} runs": 3.0, "film of about 100 frames": 15.0}  # seconds


def measure(rounds: int) -> dict[str, Any]:
    """Return the seconds of each command in each round."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = _train(folder)
        copies = [_copy(run, folder / "runs" / "copies", number) for number in range(RUNS)]
        many = folder / "many"
        for number in range(LONG_LIST):
            to = many / "sine" / f"20260101-{number:06d}-0000"
            shutil.copytree(run, to, copy_function=os.link)
        commands = {
            f"list of {LONG_LIST:,} runs": ["runs", "--runs-dir", str(many)],
            f"plot of {RUNS} runs": ["plot", *copies, "-o", str(folder / "all.png")],
            "plot of one run": ["plot", str(run)],
            "film of about 100 frames": ["film", str(run)],
            "report of one run": ["report", str(run)],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                seconds[name].append(_timed(command))
        size = (run / "figures" / "film.gif").stat().st_size
    return {"rounds": rounds, "epochs": EPOCHS, "seconds": seconds, "film": size}


def _timed(arguments: Sequence[str]) -> float:
    started = time.perf_counter()
    _nncli(*arguments)
    return time.perf_counter() - started


def _nncli(*arguments: str) -> str:
    command = [sys.executable, "-m", "nncli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | ONE_THREAD)
    return done.stdout.strip()


def _train(folder: Path) -> Path:
    """Train the book's sine for its full number of epochs and return the run."""
    return Path(_nncli("train", str(SINE), f"train.epochs={EPOCHS}", "-q", "--runs-dir", str(folder / "runs")))


def _copy(run: Path, parent: Path, number: int) -> str:
    """Copy a run, with a changed setting and changed metrics: as many rows, which vary as much."""
    copy = parent / f"20260101-0000{number:02d}-0000"
    shutil.copytree(run, copy)
    config = copy / "config.yaml"
    config.write_text(config.read_text().replace("scale: 0.1", f"scale: 0.{number + 1:02d}"))
    rows = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for row in rows:
        row["loss"] = row["data_loss"] = row["loss"] * (1 + number) * (1.5 + math.sin(row["epoch"] + number))
    (copy / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(copy)


def table(result: dict[str, Any]) -> list[str]:
    """Return a row for each command: the median, lowest and highest time, and the target."""
    lines = ["| command | seconds | target |", "|---|---|---|"]
    for name, seconds in result["seconds"].items():
        times = f"{statistics.median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})"
        target = TARGETS.get(name)
        verdict = "met" if target is None or statistics.median(seconds) <= target else "missed"
        lines.append(f"| {name} | {times} | {'' if target is None else f'{target:.0f} ({verdict})'} |")
    return [*lines, "", f"The size of the film is {result['film'] / 1e6:.2f} MB."]
