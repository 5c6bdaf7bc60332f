"""Time what `nncli train` adds to its bare loop, and what its start adds to its imports."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.nets import NETS
from benchmarks.rounds import ONE_THREAD

# Epochs of each net: enough that the live display's import of rich hardly counts.
AROUND = {"sine-64-64": 1500, "spiral": 10001}
IN_A_PIPE, LIVE_TARGET, START_TARGET = {"sine-64-64": 1.10, "spiral": 1.20}, 1.05, 1.3
IMPORTS = "import typer, pydantic, yaml, numpy, nnfs.datasets; from pydantic import TypeAdapter"
# Typer and pydantic import more modules when a command has a parameter and when a class is validated.
LIST_MODULES = """
import atexit, sys
atexit.register(lambda: print(*(name for name in sys.modules if name.split(".")[0] not in ("nncli", "__main__"))))
from nncli.cli import main
main()
"""
IMPORT_MODULES = """
import contextlib, importlib, sys
for name in sys.argv[1:]:
    with contextlib.suppress(ImportError):  # modules that only exist inside a compiled one
        importlib.import_module(name)
"""
THIRD_PARTY = "all modules of others that it loads"  # the name in around.json
OVER = {"nncli --help": ["import typer"], "nncli train": ["the imports of nncli train", THIRD_PARTY]}
LABELS = {THIRD_PARTY: "all third-party modules that it loads"}


def measure(rounds: int) -> dict[str, Any]:
    """Return times and ratios, each the median over rounds."""
    loops: dict[str, Any] = {}
    for net, epochs in AROUND.items():
        with tempfile.TemporaryDirectory() as folder:
            loops[net] = _loops(net, epochs, Path(folder), rounds)
    with tempfile.TemporaryDirectory() as folder:
        starts = _starts(Path(folder), rounds + 4)
    return {"rounds": rounds, "loops": loops, "starts": starts}


def _loops(net: str, epochs: int, folder: Path, rounds: int) -> dict[str, float]:
    """Return microseconds per epoch of the bare loop, in a pipe and on a terminal, and the ratios of these."""
    from nncli import config, training
    from nncli.training.loop import make_train_step, train_epoch

    file = folder / f"{net}.json"
    file.write_text(json.dumps(NETS[net].spec("float32", epochs, folder)))

    def bare() -> float:
        """Time all steps and the metrics of every epoch, without events and without writing anything."""
        run = training.start(config.load(file, []).resolved)
        plan, checkpoint = run.plan, run.checkpoint
        step = make_train_step(plan, checkpoint)
        for _ in range(2):  # the second records the step
            train_epoch(plan, checkpoint, step)
        started = time.perf_counter()
        for _ in range(epochs):
            train_epoch(plan, checkpoint, step)
        return time.perf_counter() - started

    command = [sys.executable, "-m", "nncli", "train", str(file), "--json", "--runs-dir", str(folder / "runs")]

    def piped() -> float:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return float(json.loads(done.stdout)["seconds"])

    def live() -> float:
        return _on_a_terminal(command)

    seconds = _time_alternately([bare, piped, live], rounds)
    median = [statistics.median(each) * 1e6 / epochs for each in seconds]
    over = [statistics.median(a / b for a, b in zip(seconds[i + 1], seconds[i], strict=True)) for i in range(2)]
    return dict(zip(("bare", "pipe", "live", "in a pipe", "live, over a pipe"), [*median, *over], strict=True))


def _on_a_terminal(command: Sequence[str]) -> float:
    """Return the seconds of a run whose stderr is a terminal that is being read."""
    import pty

    leader, follower = pty.openpty()
    environment = os.environ | {"TERM": "xterm-256color"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=follower, text=True, env=environment) as process:
        os.close(follower)
        while True:
            try:
                if not os.read(leader, 1 << 16):
                    break
            except OSError:  # on Linux, all writers have closed the terminal
                break
        os.close(leader)
        assert process.stdout is not None
        return float(json.loads(process.stdout.read())["seconds"])


def _starts(folder: Path, rounds: int) -> dict[str, float]:
    """Return the seconds of starts and of the imports alone, and their ratios."""
    file = folder / "sine-64.json"
    file.write_text(json.dumps(NETS["sine-64"].spec("float32", 1, folder)))
    python, nncli = sys.executable, str(Path(sys.executable).with_name("nncli"))
    environment, train = os.environ | ONE_THREAD, ["train", str(file), "-q", "--runs-dir", str(folder / "runs")]
    listing = [python, "-c", LIST_MODULES, *train]
    done = subprocess.run(listing, capture_output=True, text=True, check=True, env=environment)
    commands = {
        "import typer": [python, "-c", "import typer"],
        "nncli --help": [nncli, "--help"],
        "the imports of nncli train": [python, "-c", IMPORTS],
        THIRD_PARTY: [python, "-c", IMPORT_MODULES, *done.stdout.splitlines()[-1].split()],
        "nncli train": [nncli, *train],
    }

    def timed(command: Sequence[str]) -> Callable[[], float]:
        def run() -> float:
            started = time.perf_counter()
            subprocess.run(command, capture_output=True, check=True, env=environment)
            return time.perf_counter() - started

        return run

    seconds = dict(
        zip(commands, _time_alternately([timed(command) for command in commands.values()], rounds), strict=True)
    )
    result = {name: statistics.median(each) for name, each in seconds.items()}
    for name, over in ((name, over) for name, overs in OVER.items() for over in overs):
        pairs = zip(seconds[name], seconds[over], strict=True)
        result[f"{name} over {over}"] = statistics.median(a / b for a, b in pairs)
    return result


def _time_alternately(functions: Sequence[Callable[[], float]], rounds: int) -> list[list[float]]:
    return [list(each) for each in zip(*([run() for run in functions] for _ in range(rounds)), strict=True)]


def table(result: dict[str, Any]) -> list[str]:
    """Return the lines of two tables: the loop, and the start."""
    lines = ["| net | bare loop, us per epoch | in a pipe, over the loop | live, over a pipe |", "|---|---|---|---|"]
    for net, each in result["loops"].items():
        piped, live = _more(each["in a pipe"], IN_A_PIPE[net]), _more(each["live, over a pipe"], LIVE_TARGET)
        lines.append(f"| {net} | {each['bare']:.0f} | {piped} | {live} |")
    lines += ["", "| start | seconds | ratio | target |", "|---|---|---|---|"]
    for name, value in result["starts"].items():
        head, over, what = name.partition(" over ")
        if over:
            seconds = result["starts"][head]
            lines.append(f"| `{head}` | {seconds:.2f} | {value:.2f} times {LABELS.get(what, what)} | {START_TARGET} |")
    return lines


def _more(ratio: float, target: float) -> str:
    return f"{(ratio - 1) * 100:+.0f} % (target {(target - 1) * 100:.0f} %)"
