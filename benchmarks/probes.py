"""Time `nncli train` with and without probes, alternately."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.nets import NETS
from benchmarks.rounds import ONE_THREAD
from benchmarks.worker import pin

TARGET = 1.03
PROBED_NETS = ("sine-64-64", "sine-64", "spiral", "tiny", "digits")
STEPS_OF_BATCHES = 14  # in an epoch of digits, which is trained for as many fewer epochs


def measure(nets: Sequence[str], rounds: int, epochs: int) -> dict[str, Any]:
    """Return the processor time of each command in each round, and the number of probes of a run."""
    pin()  # also holds for the processes started from here
    result: dict[str, Any] = {"rounds": rounds, "epochs": epochs, "nets": {}}
    for net in nets:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            file = folder / f"{net}.json"
            net_epochs = epochs // STEPS_OF_BATCHES if NETS[net].batch_size else epochs
            file.write_text(json.dumps(NETS[net].spec("float32", net_epochs, folder)))
            train = [sys.executable, "-m", "nncli", "train", str(file), "-q", "--runs-dir", str(folder / "runs")]
            _seconds(train)  # the first process compiles modules and fills caches of files
            pairs = []
            for number in range(rounds):
                pair = {options: _seconds([*train, *options]) for options in _order(number)}
                pairs.append((pair[()][0], pair["--no-probes",][0]))
                print(f"{net}: {pairs[-1][0]:.2f} s with probes, {pairs[-1][1]:.2f} s without", flush=True)
            run = Path(_seconds(train)[1])
            probes = len((run / "probes.jsonl").read_text().splitlines())
        result["nets"][net] = {"with": [a for a, _ in pairs], "without": [b for _, b in pairs], "probes": probes}
    return result


def _order(number: int) -> list[tuple[str, ...]]:
    """Return the options of the two commands; every second round begins with the other one."""
    return [(), ("--no-probes",)][:: 1 if number % 2 else -1]


def _seconds(command: Sequence[str]) -> tuple[float, str]:
    """Return the processor time of a process, which other load affects less than its duration, and its output."""
    before = os.times()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | ONE_THREAD)
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return seconds, done.stdout.strip()


def table(result: dict[str, Any]) -> list[str]:
    """Return a row for each net: probes, seconds without them, and the ratios of medians and of the fastest runs."""
    lines = ["| net | probes | without, s | median of the ratios | of the fastest runs |", "|---|---|---|---|---|"]
    for net, timing in result["nets"].items():
        ratios = [a / b for a, b in zip(timing["with"], timing["without"], strict=True)]
        low, median, high = statistics.quantiles(ratios, n=4)
        verdict = "meets" if median < TARGET else "misses"
        fastest = min(timing["with"]) / min(timing["without"])
        without = statistics.median(timing["without"])
        spread = f"**{median:.3f}** ({low:.3f} to {high:.3f}); {verdict} {TARGET}"
        lines.append(f"| {net} | {timing['probes']} | {without:.2f} | {spread} | {fastest:.3f} |")
    return lines
