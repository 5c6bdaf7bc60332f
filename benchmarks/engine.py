"""What the engine earns: an epoch without each pass of its planner, and beside another checkout of nncli."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.nets import NETS, problem_of, save
from benchmarks.rounds import Worker, in_turn

ROOT = Path(__file__).resolve().parents[1]
PRECISIONS = ("float32", "book")
SKIP_PASSES = "NNCLI_SKIP_PASSES"


def measure(rounds: int, against: Path | None) -> dict[str, Any]:
    """The ratio of an epoch without each pass, and of an epoch of another checkout, to one as it is."""
    from nncli.nn.engine.plan import PASSES

    variants: dict[str, tuple[Path, dict[str, str]]] = {name: (ROOT, {SKIP_PASSES: name}) for name in PASSES}
    if against is not None:
        variants = {"before": (against.resolve(), {}), **variants}
    result: dict[str, Any] = {"rounds": rounds, "before": against and commit(against), "nets": {}}
    for net in NETS:
        for precision in PRECISIONS:
            print(f"{net}, {precision}", flush=True)
            result["nets"][f"{net} {precision}"] = _ratios(net, f"nncli {precision}", variants, rounds)
    return result


def commit(checkout: Path) -> str:
    """The commit of a checkout, shortened."""
    command = ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _ratios(
    net: str, contestant: str, variants: Mapping[str, tuple[Path, dict[str, str]]], rounds: int
) -> dict[str, dict[str, float]]:
    """The time of an epoch of each variant over that of nncli as it is: median and quartiles of the rounds."""
    with tempfile.TemporaryDirectory() as folder:
        save(problem_of(NETS[net], Path(folder)))
        workers = {"": Worker(contestant, net, Path(folder))}
        try:
            for name, (root, settings) in variants.items():
                changes = {"PYTHONPATH": str(root), **settings}
                workers[name] = Worker(contestant, net, Path(folder), root, os.environ | changes)
            times = in_turn(workers, NETS[net].epochs, rounds, 1)
        finally:
            for worker in workers.values():
                worker.end()
    ratios = {
        name: sorted(a / b for a, b in zip(times[name].seconds, times[""].seconds, strict=True)) for name in variants
    }
    quartile = rounds // 4
    return {
        name: {"median": statistics.median(each), "low": each[quartile], "high": each[-1 - quartile]}
        for name, each in ratios.items()
    }


def table(result: dict[str, Any]) -> list[str]:
    """A row for each net and precision: the time before over that now, and how much longer it takes without a pass."""
    names = list(next(iter(result["nets"].values())))
    heads = [f"{result['before']} / now" if name == "before" else f"without {name}" for name in names]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(names) + 1) + "|"]
    for net, ratios in result["nets"].items():
        cells = []
        for name in names:
            each = ratios[name]
            spread = f" ({each['low']:.2f} to {each['high']:.2f})" if name == "before" else ""
            cells.append(
                f"{each['median']:.2f}{spread}" if name == "before" else f"{100 * (each['median'] - 1):+.0f} %"
            )
        lines.append(f"| {net} | " + " | ".join(cells) + " |")
    return lines
