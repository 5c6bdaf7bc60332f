"""Time an epoch without each pass of the planner, and of another checkout of nncli."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.nets import NETS, problem_of, save
from benchmarks.rounds import Worker, time_alternately

ROOT = Path(__file__).resolve().parents[1]
PRECISIONS = ("float32", "book")
NOW, BEFORE = "now", "before"
PROCESSES = 5  # of each variant: memory layout differs between processes, which changes times by up to a tenth


def measure(rounds: int, against: Path | None) -> dict[str, Any]:
    """Return the times of an epoch without each pass, and of another checkout, divided by the time with all passes."""
    from nncli.nn.engine.plan import PASSES, SKIP_PASSES

    variants: dict[str, tuple[Path, dict[str, str]]] = {NOW: (ROOT, {SKIP_PASSES: ""})}
    if against is not None:
        variants[BEFORE] = (against.resolve(), {})
    variants |= {name: (ROOT, {SKIP_PASSES: name}) for name in PASSES}
    before = None if against is None else commit(against)
    result: dict[str, Any] = {"rounds": rounds, "processes": PROCESSES, "before": before, "nets": {}}
    for net in NETS:
        for precision in PRECISIONS:
            print(f"{net}, {precision}", flush=True)
            result["nets"][f"{net} {precision}"] = _ratios(net, f"nncli {precision}", variants, rounds)
    return result


def commit(checkout: Path) -> str:
    """Return the short commit hash of a checkout."""
    command = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _ratios(
    net: str, contestant: str, variants: Mapping[str, tuple[Path, dict[str, str]]], rounds: int
) -> dict[str, dict[str, float]]:
    """Return the time of an epoch of each variant divided by nncli's: median and quartiles over processes."""
    ratios: dict[str, list[float]] = {name: [] for name in variants if name != NOW}
    with tempfile.TemporaryDirectory() as folder:
        save(problem_of(NETS[net], Path(folder)))
        for _ in range(PROCESSES):
            workers: dict[str, Worker] = {}
            try:
                for name, (root, settings) in variants.items():
                    environment = os.environ | {"PYTHONPATH": str(root)} | settings
                    workers[name] = Worker(contestant, net, Path(folder), root, environment)
                times = time_alternately(workers, NETS[net].epochs, rounds, 1)
            finally:
                for worker in workers.values():
                    worker.close()
            for name, each in ratios.items():
                each.append(times[name].ratio_to(times[NOW]))
    quartiles = {name: quantiles(each, n=4, method="inclusive") for name, each in ratios.items()}
    return {name: {"low": low, "median": median, "high": high} for name, (low, median, high) in quartiles.items()}


def table(result: dict[str, Any]) -> list[str]:
    """Return a row for each net and precision: the ratio of times before and now, and the cost without each pass."""
    names = list(next(iter(result["nets"].values())))
    heads = [f"{result['before']} / now" if name == BEFORE else f"without {name}" for name in names]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(names) + 1) + "|"]
    for net, ratios in result["nets"].items():
        lines.append(f"| {net} | " + " | ".join(_cell(name, ratios[name]) for name in names) + " |")
    return lines


def _cell(name: str, ratio: dict[str, float]) -> str:
    if name == BEFORE:
        return f"{ratio['median']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})"
    return f"{round(100 * (ratio['median'] - 1)):+d} %"
