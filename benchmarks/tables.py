"""Measure whole commands on a big table and big arrays, and scripts with pandas and scikit-learn that do the same."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.rounds import ONE_THREAD, Times

ROOT = Path(__file__).resolve().parents[1]
SCRIPTS = ROOT / "benchmarks" / "table_scripts"
ROWS = 1_000_000
OURS, THEIRS = "nncli", "pandas and scikit-learn"
PACKAGES = {"pandas": "pandas", "scikit-learn": "sklearn"}
TARGETS = {"train": 0.8, "predict": 1.0}  # ratios of processor times
KILOBYTES = 1024 if sys.platform == "linux" else 1024**2  # of ru_maxrss in a megabyte: macOS counts bytes


class Usage(NamedTuple):
    """The resources that a process used."""

    processor: float  # seconds, user and system
    seconds: float
    megabytes: float  # the peak of its memory


def measure(rounds: int, rows: int = ROWS, array_rows: int = ROWS) -> dict[str, Any]:
    """Return the resources that each command and script used in each round."""
    missing = [name for name, module in PACKAGES.items() if find_spec(module) is None]
    usages: dict[str, dict[str, list[Usage]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(Path(folder), rows, array_rows)
        for _ in range(rounds):
            for command, contestants in commands.items():
                for name, arguments in contestants.items():
                    if name == OURS or not missing:
                        usage = run(arguments)
                        print(f"{command}: {name} {usage.processor:.1f} s, {usage.megabytes:.0f} MB", flush=True)
                        usages.setdefault(command, {}).setdefault(name, []).append(usage)
    return {
        "rounds": rounds,
        "rows": rows,
        "array_rows": array_rows,
        "missing": {THEIRS: " and ".join(missing)} if missing else {},
        "commands": {
            command: {name: dict(zip(Usage._fields, zip(*each, strict=True), strict=True)) for name, each in by.items()}
            for command, by in usages.items()
        },
    }


def run(arguments: Sequence[str]) -> Usage:
    """Run a command in an empty directory. Raises RuntimeError with its errors if it fails."""
    environment = os.environ | ONE_THREAD
    with tempfile.TemporaryDirectory() as folder, Path(folder, "output").open("w+b") as output:
        started = time.perf_counter()
        process = subprocess.Popen(arguments, cwd=folder, env=environment, stdout=output, stderr=subprocess.PIPE)
        assert process.stderr is not None
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.stderr.close()
        process.returncode = os.waitstatus_to_exitcode(status)  # which Popen would wait for in vain
    if process.returncode:
        raise RuntimeError(f"{arguments} failed: {errors.decode(errors='replace')}")
    return Usage(usage.ru_utime + usage.ru_stime, seconds, usage.ru_maxrss / KILOBYTES)


def _commands(folder: Path, rows: int, array_rows: int) -> dict[str, dict[str, list[str]]]:
    """Write the data and the experiments; return the arguments of each contestant for each command."""
    table, arrays, runs = str(folder / "table.csv"), str(folder / "arrays.npz"), str(folder / "runs")
    python, nncli = [sys.executable], [sys.executable, "-m", "nncli"]
    for kind, path, count in (("csv", table, rows), ("npz", arrays, array_rows)):
        # In its own process, because the memory of this one would count as that of the commands it starts.
        subprocess.run([*python, "-m", "benchmarks.table_data", kind, path, str(count)], check=True, cwd=ROOT)
    data = {"type": "csv", "path": table, "target": "kind", "split": {"validation": 0.1}}
    table_spec = _write_spec(folder / "table.json", data, classes=3, epochs=2)
    arrays_spec = _write_spec(folder / "arrays.json", {"type": "npz", "path": arrays, "task": "classes"}, 10, epochs=1)
    model, arrays_model = str(folder / "model.pickle"), str(folder / "arrays.pickle")
    return {
        "train": {
            OURS: [*nncli, "train", table_spec, "-q", "--runs-dir", runs],
            THEIRS: [*python, str(SCRIPTS / "train.py"), table, model],
        },
        "predict": {
            OURS: [*nncli, "predict", "table", "--data", table, "--runs-dir", runs],
            THEIRS: [*python, str(SCRIPTS / "predict.py"), table, model, "predictions.csv"],
        },
        "new": {OURS: [*nncli, "new", "--from", table, "--target", "kind"]},
        "train on arrays": {
            OURS: [*nncli, "train", arrays_spec, "-q", "--runs-dir", runs],
            THEIRS: [*python, str(SCRIPTS / "arrays.py"), arrays, arrays_model],
        },
    }


def _write_spec(path: Path, data: dict[str, Any], classes: int, epochs: int) -> str:
    hidden = {"type": "dense", "units": 64, "activation": "relu"}
    spec = {
        "data": data,
        "layers": [hidden, hidden, {"type": "dense", "units": classes, "activation": "softmax"}],
        "loss": "categorical_crossentropy",
        "optimizer": "adam",
        "metrics": ["accuracy"],
        "train": {"epochs": epochs, "batch_size": 4096},
    }
    path.write_text(json.dumps(spec))
    return str(path)


def table(result: dict[str, Any]) -> list[str]:
    """Return a row for each command and contestant: medians, lowest and highest processor times, ratio and target."""
    lines = ["| command | | processor, s | wall, s | peak, MB | ratio |", "|---|---|---|---|---|---|"]
    for command, usages in result["commands"].items():
        for name, usage in usages.items():
            processor = usage["processor"]
            times = f"{statistics.median(processor):.1f} ({min(processor):.1f} to {max(processor):.1f})"
            wall, peak = (statistics.median(usage[field]) for field in ("seconds", "megabytes"))
            ratio = ""
            if name == OURS and THEIRS in usages:
                value = Times(processor).ratio_to(Times(usages[THEIRS]["processor"]))
                ratio = f"**{value:.2f}**" + (f" (target {TARGETS[command]})" if command in TARGETS else "")
            lines.append(f"| {command} | {name} | {times} | {wall:.1f} | {peak:,.0f} | {ratio} |")
    return lines
