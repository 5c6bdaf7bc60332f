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
from typing import Any, NamedTuple

from benchmarks.contestants import CONTESTANTS
from benchmarks.nets import NETS, problem_of, save
from benchmarks.rounds import ONE_THREAD, Times
from benchmarks.speed import OURS
from benchmarks.worker import pin

WHOLE_NETS = ("sine-64-64", "sine-64", "spiral")


class Command(NamedTuple):
    """A program, and what it reads."""

    arguments: list[str]
    input: str = ""


def measure(nets: Sequence[str], names: Sequence[str], rounds: int, epochs: int) -> dict[str, Any]:
    """Seconds of each contestant's process; what compiles does so within them."""
    pin()  # and with this process those that it starts
    result: dict[str, Any] = {"rounds": rounds, "epochs": epochs, "missing": {}, "nets": {}}
    for net in nets:
        with tempfile.TemporaryDirectory() as folder:
            save(problem_of(NETS[net], Path(folder)))
            commands = {name: _command(name, net, epochs, Path(folder)) for name in names}
            times = {name: Times() for name in names}
            for _ in range(rounds):
                for name, command in commands.items():
                    if name in result["missing"]:
                        continue
                    seconds, told = _run(command)
                    if missing := told.get("missing"):
                        result["missing"][name] = missing
                        continue
                    print(f"{net}: {name} {seconds:.1f} s", flush=True)
                    times[name].seconds.append(seconds)
        ours = times[OURS]
        found = {name: each for name, each in times.items() if name not in result["missing"]}
        result["nets"][net] = {
            name: {"seconds": each.seconds, "ratio": each.ratio_to(ours)} for name, each in found.items()
        }
    return result


def _run(command: Command) -> tuple[float, dict[str, Any]]:
    """The seconds of a process, and the first line that it wrote, where that is an object."""
    started = time.perf_counter()
    environment, pipe = os.environ | ONE_THREAD, subprocess.PIPE
    done = subprocess.run(command.arguments, input=command.input, stdout=pipe, text=True, check=True, env=environment)
    seconds = time.perf_counter() - started
    line = done.stdout.partition("\n")[0]
    return seconds, json.loads(line) if line.startswith("{") else {}


def _command(name: str, net: str, epochs: int, folder: Path) -> Command:
    """nncli as people call it, the book's loop as it is; the others as a script that imports, builds and trains."""
    module, precision = CONTESTANTS[name]
    if module == "book_loop":
        from benchmarks.contestants.book_loop import SCRIPT, request

        return Command([sys.executable, str(SCRIPT)], request(NETS[net], epochs, folder))
    if module != "nncli_loop":
        return Command([sys.executable, "-m", "benchmarks.worker", name, net, str(folder), str(epochs)])
    file = folder / f"{net}-{precision}.json"
    file.write_text(json.dumps(NETS[net].spec(precision, epochs, folder)))
    arguments = [sys.executable, "-m", "nncli", "train", str(file), "-q", "--runs-dir", str(folder / "runs")]
    return Command(arguments)


def table(result: dict[str, Any]) -> list[str]:
    """Medians in seconds, with lowest and highest of several rounds, and ratios to ours."""
    nets = list(result["nets"])
    lines = ["| | " + " | ".join(nets) + " |", "|---" * (len(nets) + 1) + "|"]
    for name in CONTESTANTS:
        found = [result["nets"][net].get(name) for net in nets]
        if any(found):
            lines.append(f"| {name} | " + " | ".join(_cell(each) if each else "" for each in found) + " |")
    return lines


def _cell(found: dict[str, Any]) -> str:
    seconds = found["seconds"]
    spread = f" ({min(seconds):.1f} to {max(seconds):.1f})" if len(seconds) > 1 else ""
    return f"{Times(seconds).median:.1f} s{spread}; **{found['ratio']:.2f}**"
