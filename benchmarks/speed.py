"""Time an epoch of nncli and of the alternatives."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.contestants import CONTESTANTS, LABELS
from benchmarks.nets import NETS, problem_of, save
from benchmarks.rounds import Times, Worker, time_alternately

OURS, BOOK, BOOK_LOOP = "nncli float32", "nncli book", "the book's loop"
EPOCHS_TO_LOSS = {"sine-64-64": 100, "sine-64": 100, "spiral": 100, "tiny": 100, "digits": 3, "784": 3}
TOLERANCE = 0.01  # relative: after so few epochs, rounding errors have hardly grown
WITHOUT_L2 = {"scikit-learn"}
TARGETS = {
    "the book's loop": {"sine-64-64": 6, "sine-64": 6, "spiral": 4.2},
    "PyTorch": {"sine-64-64": 2.0, "sine-64": 4.8, "spiral": 8, "digits": 3.1, "784": 1.25},
    "scikit-learn": {"sine-64-64": 2.3, "sine-64": 5.3, "spiral": 3.9, "digits": 3.7, "784": 1.4},
    "Keras on JAX": {"sine-64-64": 2.7, "sine-64": 8, "spiral": 20, "digits": 2.4, "784": 1.05},
    "JAX, a call an epoch": {"sine-64-64": 1.05, "sine-64": 1.25, "spiral": 2.2},
}
BOOK_TARGETS = {"sine-64-64": 2.6, "sine-64": 2.4, "spiral": 2.2}


def measure(nets: Sequence[str], names: Sequence[str], rounds: int) -> dict[str, Any]:
    """Return the times, ratios and losses of each contestant on each net."""
    result: dict[str, Any] = {"rounds": rounds, "missing": {}, "nets": {}}
    for net in nets:
        with tempfile.TemporaryDirectory() as folder:
            save(problem_of(NETS[net], Path(folder)))
            times = _times(net, [name for name in names if name not in result["missing"]], rounds, Path(folder), result)
        ours = times[OURS]
        result["nets"][net] = {
            name: {
                "microseconds": [round(seconds * 1e6, 1) for seconds in each.seconds],
                "ratio": each.ratio_to(ours),
                "loss": each.loss,
                "agrees": agrees(name, net, each.loss, ours.loss),
            }
            for name, each in times.items()
        }
        if BOOK in times and BOOK_LOOP in times:
            result["nets"][net][BOOK]["of the book's loop"] = times[BOOK_LOOP].ratio_to(times[BOOK])
    return result


def _times(net: str, names: Sequence[str], rounds: int, folder: Path, result: dict[str, Any]) -> dict[str, Times]:
    """Time the contestants that are installed and can train the net; record missing packages in the result."""
    workers: dict[str, Worker] = {}
    try:
        for name in names:
            print(f"{net}: {name}", flush=True)
            worker = Worker(name, net, folder)
            if worker.ready:
                workers[name] = worker
                continue
            worker.close()
            if "missing" in worker.answer:
                result["missing"][name] = worker.answer["missing"]
        return time_alternately(workers, NETS[net].epochs, rounds, EPOCHS_TO_LOSS[net])
    finally:
        for worker in workers.values():
            worker.close()


def agrees(name: str, net: str, loss: float, ours: float) -> bool | None:
    """Return whether a contestant reached nncli's loss, or None if it trains without nncli's L2 penalty."""
    if NETS[net].l2 and name in WITHOUT_L2:
        return None
    return math.isclose(loss, ours, rel_tol=TOLERANCE)


def table(result: dict[str, Any]) -> list[str]:
    """Return a row for each contestant: microseconds per epoch, ratios to nncli, and targets."""
    nets = list(result["nets"])
    lines = ["| | " + " | ".join(nets) + " |", "|---" * (len(nets) + 1) + "|"]
    for name in CONTESTANTS:
        cells = [_cell(result["nets"][net].get(name), TARGETS.get(name, {}).get(net)) for net in nets]
        if any(cells):
            lines.append(f"| {LABELS.get(name, name)} | " + " | ".join(cells) + " |")
    if any("of the book's loop" in result["nets"][net].get(BOOK, {}) for net in nets):
        cells = [_of_the_book(result["nets"][net], BOOK_TARGETS.get(net)) for net in nets]
        lines.append("| **the book's loop over nncli book** | " + " | ".join(cells) + " |")
    return lines


def _cell(timing: dict[str, Any] | None, target: float | None) -> str:
    if not timing:
        return ""
    times = timing["microseconds"]
    spread = f"{Times(times).median:.0f} ({min(times):.0f} to {max(times):.0f})"
    mark = {True: "", None: " without L2", False: " **another loss**"}[timing["agrees"]]
    return f"{spread}; **{timing['ratio']:.2f}**{_against(timing['ratio'], target)}{mark}"


def _of_the_book(timing: dict[str, Any], target: float | None) -> str:
    ratio = timing.get(BOOK, {}).get("of the book's loop")
    return "" if ratio is None else f"**{ratio:.2f}**{_against(ratio, target)}"


def _against(ratio: float, target: float | None) -> str:
    return "" if target is None else f" ({'meets' if ratio >= target else 'misses'} {target})"
