"""Time whole sweeps of short trainings, from the start of the process to its end, against other ways to run them."""

from __future__ import annotations

import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.nets import NETS, problem_of, save
from benchmarks.rounds import ONE_THREAD, Times
from benchmarks.sweep_peers import PEERS

EPOCHS = {"spiral": 1000, "tiny": 200}
RATE = "optimizer.learning_rate"
TWO, ONE = "nncli sweep, 2 workers", "nncli sweep, 1 worker"
WARM_TWO, WARM_ONE = "nncli sweep --warm, 2 workers", "nncli sweep --warm, 1 worker"
SWEEPS = {TWO: (2, ""), ONE: (1, ""), WARM_TWO: (2, "--warm"), WARM_ONE: (1, "--warm")}
LOOP, XARGS = "nncli train in a shell loop", "nncli train by xargs -P 2"
NAMES = (*SWEEPS, LOOP, XARGS, *PEERS)


def measure(rounds: int, trials: int) -> dict[str, Any]:
    """Return the seconds of each contestant for a sweep, and what a trial of nncli takes beyond its training."""
    result: dict[str, Any] = {"rounds": rounds, "trials": trials, "missing": {}, "nets": {}}
    # Removed at the end, because ext4 without a journal creates files slowly for minutes after others were removed.
    with ExitStack() as folders:
        for net, epochs in EPOCHS.items():
            folder = Path(folders.enter_context(tempfile.TemporaryDirectory()))
            save(problem_of(NETS[net], folder))
            times, overheads = {name: Times() for name in NAMES}, {ONE: list[float](), WARM_ONE: list[float]()}
            periods = {name: list[float]() for name in SWEEPS}
            for _ in range(rounds):
                for name in [name for name in NAMES if name not in result["missing"]]:
                    seconds, output = _run(_command(name, net, epochs, trials, folder))
                    answer = json.loads(output) if output.startswith("{") else {}
                    if missing := answer.get("missing"):
                        result["missing"][name] = missing
                        continue
                    print(f"{net}: {name} {trials / seconds:.1f} trials/s", flush=True)
                    times[name].seconds.append(seconds)
                    if name in SWEEPS:
                        periods[name].append(_period(Path(output.strip()), SWEEPS[name][0]))
                    if name in overheads:
                        overheads[name].append(_overhead(Path(output.strip())))
            installed = {name: each for name, each in times.items() if each.seconds}
            result["nets"][net] = {
                name: {"seconds": each.seconds, "ratio": times[TWO].ratio_to(each)} for name, each in installed.items()
            } | {"overheads": {name: statistics.median(each) for name, each in overheads.items()}, "periods": periods}
    return result


def _command(name: str, net: str, epochs: int, trials: int, folder: Path) -> list[str]:
    spec = folder / f"{net}-sweep.json"
    spec.write_text(json.dumps(NETS[net].spec("float32", epochs, folder)))
    rates = [f"{1e-4 * 100 ** (i / (trials - 1)):.6g}" for i in range(trials)]
    nncli, runs = f"{shlex.quote(sys.executable)} -m nncli", f"--runs-dir {shlex.quote(str(folder / 'runs'))}"
    sweep = f"{nncli} sweep {shlex.quote(str(spec))} {RATE}={','.join(rates)} {runs} -q"
    train = f"{nncli} train {shlex.quote(str(spec))} {runs} -q"
    if name in SWEEPS:
        workers, warm = SWEEPS[name]
        return ["bash", "-c", f"{sweep} --workers {workers} {warm}"]
    if name == LOOP:
        return ["bash", "-c", f"for rate in {' '.join(rates)}; do {train} {RATE}=$rate; done"]
    if name == XARGS:
        return ["bash", "-c", f"printf '{RATE}=%s\\n' {' '.join(rates)} | xargs -P 2 -n 1 {train}"]
    return [sys.executable, "-m", "benchmarks.sweep_peers", name, net, str(folder), str(epochs), *rates]


def _run(command: list[str]) -> tuple[float, str]:
    """Return the seconds of a process and its output."""
    started = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=os.environ | ONE_THREAD)
    return time.perf_counter() - started, done.stdout


def _overhead(sweep: Path) -> float:
    """Return the seconds of a trial beyond its training, from the runs of a sweep with one worker."""
    seconds = [json.loads(path.read_text())["seconds"] for path in sweep.glob("*/summary.json")]
    return _period(sweep, workers=1) - statistics.mean(seconds)


def _period(sweep: Path, workers: int) -> float:
    """Return the seconds from the end of a trial to that of the next, once each worker has ended its first."""
    ends = sorted(datetime.fromisoformat(json.loads(path.read_text())["end"]) for path in sweep.glob("*/run.json"))
    return (ends[-1] - ends[workers - 1]).total_seconds() / (len(ends) - workers)


def table(result: Mapping[str, Any]) -> list[str]:
    """Return a row for each contestant: trials a second, with lowest and highest, and the ratio to two workers."""
    nets = list(result["nets"])
    lines = [
        "| | " + " | ".join(f"{net}, {EPOCHS[net]:,} epochs" for net in nets) + " |",
        "|---" * (len(nets) + 1) + "|",
    ]
    for name in NAMES:
        timings = [result["nets"][net].get(name) for net in nets]
        if any(timings):
            lines.append(f"| {name} | " + " | ".join(_cell(each, result["trials"]) for each in timings) + " |")
    lines += ["", *_facts(result)]
    return lines


def _cell(timing: Mapping[str, Any] | None, trials: int) -> str:
    if timing is None:
        return ""
    rates = [trials / seconds for seconds in timing["seconds"]]
    spread = f" ({min(rates):.1f} to {max(rates):.1f})" if len(rates) > 1 else ""
    return f"{statistics.median(rates):.1f}{spread}; **{timing['ratio']:.2f}**"


def _facts(result: Mapping[str, Any]) -> list[str]:
    """Return what two workers gain over one, and what a trial takes beyond its training."""
    lines = []
    for net, timings in result["nets"].items():
        gain, warm_gain = _gains({name: timings[name]["seconds"] for name in SWEEPS})
        text = f"two workers are {gain:.2f} times as fast as one ({warm_gain:.2f} with `--warm`)"
        if "periods" in timings:  # not in earlier results
            gain, warm_gain = _gains(timings["periods"])
            text += f", and {gain:.2f} times ({warm_gain:.2f}) without the start of the sweep"
        isolated, warm = (1e3 * timings["overheads"][name] for name in (ONE, WARM_ONE))
        share, warm_share = (_share_of_training(timings, name) for name in (ONE, WARM_ONE))
        lines.append(
            f"- {net}: {text}; a trial takes {isolated:.0f} ms{share} beyond its training, {warm:.1f} ms{warm_share} "
            "with `--warm`."
        )
    return lines


def _share_of_training(timings: Mapping[str, Any], name: str) -> str:
    """Return what a trial takes beyond its training as a share of that, which depends less on the machine."""
    if "periods" not in timings:  # in earlier results
        return ""
    seconds = timings["overheads"][name]
    return f" ({seconds / (statistics.median(timings['periods'][name]) - seconds):.0%})"


def _gains(seconds: Mapping[str, list[float]]) -> tuple[float, float]:
    """Return how many times as fast two workers are as one, isolated and warm."""
    isolated = Times(seconds[ONE]).ratio_to(Times(seconds[TWO]))
    return isolated, Times(seconds[WARM_ONE]).ratio_to(Times(seconds[WARM_TWO]))
