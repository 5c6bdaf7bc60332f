"""Time epochs of growing size, and their matrix products alone, which are the lower limit."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.worker import pin

USUAL = {"samples": 1000, "width": 64, "depth": 2, "batch": 0}  # depth: hidden layers; batch 0: all samples at once
SERIES = {
    "samples": (100, 300, 1000, 3000, 10000),
    "width": (16, 32, 64, 128, 256),
    "depth": (1, 2, 4, 8),
    "batch": (32, 100, 300, 1000),
}


def measure(rounds: int) -> dict[str, Any]:
    """Return microseconds of an epoch and its products for each value of each setting, with USUAL values otherwise."""
    pin()
    result: dict[str, Any] = {"rounds": rounds, "usual": USUAL, "series": {}}
    for setting, values in SERIES.items():
        rows = []
        for value in values:
            print(f"{setting} {value}", flush=True)
            rows.append([value, *_medians(USUAL | {setting: value}, rounds)])
        result["series"][setting] = rows
    return result


def _medians(size: dict[str, int], rounds: int) -> tuple[float, float]:
    """Return the median times of an epoch and of its products, timed alternately."""
    epoch, products = _epoch(size), _products(size)
    once = min(_seconds(epoch) for _ in range(3))
    count = max(3, int(0.05 / once))
    pairs = [[_seconds(run, count) for run in (epoch, products)] for _ in range(rounds)]
    ours, limit = (statistics.median(each) * 1e6 for each in zip(*pairs, strict=True))
    return ours, limit


def _seconds(run: Callable[[], object], count: int = 1) -> float:
    started = time.perf_counter()
    for _ in range(count):
        run()
    return (time.perf_counter() - started) / count


def _epoch(size: dict[str, int]) -> Callable[[], object]:
    """Return an epoch of nncli's loop in float32: `width` inputs, layers of `width` units, mse, Adam."""
    from nncli import config, training
    from nncli.training.loop import make_train_step, train_epoch

    with tempfile.TemporaryDirectory() as folder:
        random = np.random.default_rng(0)
        x, y = random.normal(size=(size["samples"], size["width"])), random.normal(size=size["samples"])
        np.savez(f"{folder}/data.npz", x=x.astype(np.float32), y=y.astype(np.float32))
        hidden = {"type": "dense", "units": size["width"], "activation": "relu"}
        spec = {
            "data": {"type": "npz", "path": f"{folder}/data.npz", "scale": "none", "task": "regression"},
            "layers": [hidden] * size["depth"] + [{"type": "dense", "units": 1}],
            "loss": "mse",
            "train": {"batch_size": size["batch"] or None, "shuffle": False},
        }
        file = Path(folder, "growth.json")
        file.write_text(json.dumps(spec))
        run = training.start(config.load(file, []).resolved)
    plan, checkpoint = run.plan, run.checkpoint
    step = make_train_step(plan, checkpoint)
    for _ in range(2):  # the second records the step
        train_epoch(plan, checkpoint, step)
    return lambda: train_epoch(plan, checkpoint, step)


def _products(size: dict[str, int]) -> Callable[[], object]:
    """Return the replayed products of each layer: y = x W, dW = xᵀ dy and, except for the first, dx = dy Wᵀ."""
    from nncli.nn.engine.ops import Ops
    from nncli.nn.engine.plan import plan
    from nncli.nn.engine.record import Recording
    from nncli.nn.engine.replay import Replay

    rows = size["batch"] or size["samples"]
    widths = [size["width"]] * (size["depth"] + 1) + [1]
    random = np.random.default_rng(0)
    calls: list[tuple[Any, Any]] = []
    for i, (inputs, units) in enumerate(pairwise(widths)):
        x, w, dy = (random.normal(size=s).astype(np.float32) for s in ((rows, inputs), (inputs, units), (rows, units)))
        calls += [(x, w), (x.T, dy)]
        if i:
            calls.append((dy, w.T))
    steps = -(-size["samples"] // rows)
    recording, ops = Recording(), Ops("float32", random)
    with recording:
        products = [ops.dot(a, b) for a, b in recording.watch(calls)]
    replay = Replay(plan(recording.program(products)).calls)

    def run() -> None:
        for _ in range(steps):
            replay()

    return run


def table(result: dict[str, Any]) -> list[str]:
    """Return a row for each size."""
    usual = result["usual"]
    labels = {"samples": "samples", "width": "width", "depth": "hidden layers", "batch": "batch size"}
    lines = ["| | | epoch, us | its products, us | ratio |", "|---|---|---|---|---|"]
    for setting, rows in result["series"].items():
        for value, ours, limit in rows:
            mark = " (usual)" if value == usual[setting] else ""
            lines.append(f"| {labels[setting]} | {value:,}{mark} | {ours:,.0f} | {limit:,.0f} | {ours / limit:.2f} |")
    return lines


def draw(result: dict[str, Any], path: Path) -> None:
    """Draw the times against each size, on logarithmic axes."""
    import matplotlib

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "nncli"
    from matplotlib import pyplot

    labels = {"samples": "samples", "width": "units per layer", "depth": "hidden layers", "batch": "batch size"}
    figure, axes = pyplot.subplots(1, 4, figsize=(12, 3.2), sharey=True, layout="constrained")
    for ax, (setting, rows) in zip(axes, result["series"].items(), strict=True):
        values, ours, limits = zip(*rows, strict=True)
        ax.loglog(values, ours, "o-", color="#0072b2", label="nncli, one epoch")
        ax.loglog(values, limits, "s--", color="#d55e00", label="matrix products alone")
        ax.set_xlabel(labels[setting])
        ax.set_xticks(values, [f"{value:,}" for value in values])
        ax.minorticks_off()
        ax.grid(alpha=0.3)
    axes[0].set_ylabel("microseconds")
    axes[-1].legend(loc="lower center", fontsize="small")  # all points of the last plot are high
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
