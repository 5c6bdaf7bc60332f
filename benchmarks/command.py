"""Time the whole command, from the start of the process to its end."""

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

from benchmarks.contestants import CONTESTANTS, LABELS
from benchmarks.nets import NETS, problem_of, save
from benchmarks.rounds import ONE_THREAD, Times
from benchmarks.speed import OURS
from benchmarks.worker import pin

COMMAND_NETS = ("sine-64-64", "sine-64", "spiral")


class Command(NamedTuple):
    """A command line, and its standard input."""

    arguments: list[str]
    input: str = ""


def measure(nets: Sequence[str], names: Sequence[str], rounds: int, epochs: int) -> dict[str, Any]:
    """Return the seconds of each contestant's process, compilation included."""
    pin()  # also holds for the processes started from here
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
                    seconds, answer = _run(command)
                    if missing := answer.get("missing"):
                        result["missing"][name] = missing
                        continue
                    print(f"{net}: {name} {seconds:.1f} s", flush=True)
                    times[name].seconds.append(seconds)
        ours = times[OURS]
        installed = {name: each for name, each in times.items() if name not in result["missing"]}
        result["nets"][net] = {
            name: {"seconds": each.seconds, "ratio": each.ratio_to(ours)} for name, each in installed.items()
        }
    return result


def _run(command: Command) -> tuple[float, dict[str, Any]]:
    """Return the seconds of a process, and its first line of output if that is a JSON object."""
    started = time.perf_counter()
    environment, pipe = os.environ | ONE_THREAD, subprocess.PIPE
    done = subprocess.run(command.arguments, input=command.input, stdout=pipe, text=True, check=True, env=environment)
    seconds = time.perf_counter() - started
    line = done.stdout.partition("\n")[0]
    return seconds, json.loads(line) if line.startswith("{") else {}


def _command(name: str, net: str, epochs: int, folder: Path) -> Command:
    """Return the command of a contestant: nncli's, the book's script, or a script that imports, builds and trains."""
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
    """Return a row for each contestant: median seconds, lowest and highest of several rounds, and ratios to nncli."""
    nets = list(result["nets"])
    lines = ["| | " + " | ".join(nets) + " |", "|---" * (len(nets) + 1) + "|"]
    for name in CONTESTANTS:
        timings = [result["nets"][net].get(name) for net in nets]
        if any(timings):
            lines.append(
                f"| {LABELS.get(name, name)} | " + " | ".join(_cell(each) if each else "" for each in timings) + " |"
            )
    return lines


def _cell(timing: dict[str, Any]) -> str:
    seconds = timing["seconds"]
    spread = f" ({min(seconds):.1f} to {max(seconds):.1f})" if len(seconds) > 1 else ""
    return f"{Times(seconds).median:.1f} s{spread}; **{timing['ratio']:.2f}**"
