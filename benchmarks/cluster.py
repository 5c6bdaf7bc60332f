"""Run a sweep of many short trainings through a Dask scheduler, and watch the memory of its processes.

    python -m benchmarks.cluster --trials 100000 --minutes 20

The scheduler and its workers are processes of this machine. After the time the sweep is stopped. The
script prints resident megabytes over time as a table, then what a trial takes with and without the cluster.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.rounds import ONE_THREAD

SPEC = """\
name: tiny
data: {type: sine, samples: 20}
layers: [{type: dense, units: 4, activation: tanh}, {type: dense, units: 1}]
init: {type: normal}
loss: mse
train: {epochs: 5}
"""
WORKERS = 2
ROWS = 12
SECONDS_TO_START = 30.0
COMPARED = 500  # trials of each sweep whose times are compared


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--trials", type=int, default=100_000)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=3, help="of the comparison")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, cluster(Path(folder)) as (address, scheduler):
        Path(folder, "tiny.yaml").write_text(SPEC)
        watch(Path(folder), address, scheduler, options.trials, options.minutes)
        compare(Path(folder), address, options.rounds)


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start a scheduler and workers; yield the address and the process of the scheduler."""
    log = folder / "scheduler.log"
    scheduler = start(log, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    processes = [scheduler]
    try:
        give_up = time.monotonic() + SECONDS_TO_START
        while not (match := re.search(r"Scheduler at:\s+(\S+)", log.read_text())):
            if time.monotonic() > give_up:
                raise SystemExit(log.read_text())
            time.sleep(0.1)
        scratch = ["--local-directory", str(folder / "scratch")]
        for number in range(WORKERS):
            log = folder / f"worker-{number}.log"
            processes.append(
                start(log, "worker", match[1], "--nthreads", "1", "--no-nanny", "--no-dashboard", *scratch)
            )
        yield match[1], scheduler
    finally:
        for process in processes:
            process.terminate()
            process.wait()


def start(log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a command of Dask that writes into a log."""
    command = [sys.executable, "-m", "dask", *arguments]
    with log.open("w") as file:
        return subprocess.Popen(command, stdout=file, stderr=file, env=os.environ | ONE_THREAD)


def sweep(folder: Path, trials: int, *options: str) -> subprocess.Popen[str]:
    """Start a sweep of trials that differ in their initial scale."""
    command = [sys.executable, "-m", "nncli", "sweep", "tiny.yaml", "init.scale={log_uniform: [0.01, 1]}", "-q"]
    command += ["--trials", str(trials), "--warm", "--workers", str(WORKERS)]
    return subprocess.Popen(
        [*command, *options], cwd=folder, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD
    )


def watch(folder: Path, address: str, scheduler: subprocess.Popen[bytes], trials: int, minutes: float) -> None:
    """Run a sweep on the cluster, and print the memory of scheduler and coordinator over time."""
    process = sweep(folder, trials, "--cluster", address)
    assert process.stdout
    directory = folder / process.stdout.readline().strip()
    started, samples = time.monotonic(), list[tuple[float, int, float, float]]()
    while process.poll() is None:
        seconds = time.monotonic() - started
        if seconds > 60 * minutes:
            process.terminate()
            process.wait()
            break
        samples.append((seconds, ended(directory), megabytes(scheduler.pid), megabytes(process.pid)))
        time.sleep(5)
    print("| minutes | trials | scheduler, MB | coordinator, MB |\n|---|---|---|---|")
    for seconds, count, ours, theirs in samples[:: max(len(samples) // ROWS, 1)]:
        print(f"| {seconds / 60:.1f} | {count:,} | {ours:.0f} | {theirs:.0f} |")
    count = ended(directory)
    print(f"{count:,} of {trials:,} trials, {1000 * (time.monotonic() - started) / count:.1f} ms each")


def ended(directory: Path) -> int:
    """Return the number of trainings that have ended."""
    journal = directory / "trials.jsonl"
    return journal.read_bytes().count(b'"status"') if journal.exists() else 0


def megabytes(pid: int) -> float:
    """Return the resident memory of a process."""
    match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(match[1]) / 1024 if match else 0.0


def compare(folder: Path, address: str, rounds: int) -> None:
    """Print what a trial takes on this machine and on the cluster, in alternating rounds."""
    times: dict[str, list[float]] = {"here": [], "on the cluster": []}
    for _ in range(rounds):
        for name, options in (("here", []), ("on the cluster", ["--cluster", address])):
            process = sweep(folder, COMPARED, *options)
            output = process.communicate()[0]
            times[name].append(seconds_a_trial(folder / output.strip()))
    for name, values in times.items():
        print(f"{name}: {', '.join(f'{1000 * value:.1f}' for value in values)} ms a trial")
    ratio = statistics.median(there / here for here, there in zip(*times.values(), strict=True))
    print(f"ratio {ratio:.2f}")


def seconds_a_trial(directory: Path) -> float:
    """Return the time between the first and the last start of a run, divided by their number."""
    from datetime import datetime

    starts = sorted(json.loads(path.read_text())["start"] for path in directory.glob("*/run.json"))
    first, last = (datetime.fromisoformat(text).timestamp() for text in (starts[0], starts[-1]))
    return (last - first) / (len(starts) - 1)


if __name__ == "__main__":
    main()
