"""The whole command, from its start to its end: what somebody waits for who trains one network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.contestants import CONTESTANTS
from benchmarks.nets import NETS
from benchmarks.rounds import Times
from benchmarks.speed import OURS
from benchmarks.worker import ONE_THREAD

WHOLE_NETS = ("sine-64-64", "sine-64", "spiral")


def measure(nets: Sequence[str], names: Sequence[str], rounds: int, epochs: int) -> dict[str, Any]:
    """Seconds of each contestant's process; what compiles does so within them."""
    result: dict[str, Any] = {"rounds": rounds, "epochs": epochs, "nets": {}}
    for net in nets:
        with tempfile.TemporaryDirectory() as folder:
            commands = {name: _command(name, net, epochs, Path(folder)) for name in names}
            times = {name: Times() for name in names}
            for _ in range(rounds):
                for name, command in commands.items():
                    started = time.perf_counter()
                    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | ONE_THREAD)
                    seconds = time.perf_counter() - started
                    if done.returncode or "missing" in done.stdout:
                        continue
                    print(f"{net}: {name} {seconds:.1f} s", flush=True)
                    times[name].seconds.append(seconds)
        ours = times[OURS]
        found = {name: each for name, each in times.items() if len(each.seconds) == rounds}
        result["nets"][net] = {
            name: {"seconds": each.seconds, "ratio": each.ratio_to(ours)} for name, each in found.items()
        }
    return result


def _command(name: str, net: str, epochs: int, folder: Path) -> list[str]:
    """nncli as people call it; the others as a script that imports, builds, trains and ends."""
    module, precision = CONTESTANTS[name]
    if module != "nncli_loop":
        return [sys.executable, "-m", "benchmarks.worker", name, net, str(epochs)]
    file = folder / f"{net}-{precision}.json"
    file.write_text(json.dumps(NETS[net].spec(precision, epochs, folder)))
    return [sys.executable, "-m", "nncli", "train", str(file), "-q", "--runs-dir", str(folder / "runs")]


def table(result: dict[str, Any]) -> list[str]:
    """Seconds and ratios to ours."""
    nets = list(result["nets"])
    lines = ["| | " + " | ".join(nets) + " |", "|---" * (len(nets) + 1) + "|"]
    for name in CONTESTANTS:
        found = [result["nets"][net].get(name) for net in nets]
        if any(found):
            cells = [f"{min(each['seconds']):.1f} s; **{each['ratio']:.2f}**" if each else "" for each in found]
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines
