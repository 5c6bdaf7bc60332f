"""How long figures take: the whole `nncli plot`, from its start to the file that it wrote."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.worker import pin

EPOCHS, RUNS = 10_001, 20
TRAINED = 1000  # epochs of the network whose other figures are drawn
ROOT = Path(__file__).resolve().parents[1]
KINDS = ("curves", "fit", "residuals", "weights", "activations", "gradients", "network", "units")


def measure(rounds: int) -> dict[str, Any]:
    """Seconds of each command, medians of some rounds."""
    import nncli

    pin()
    result: dict[str, Any] = {"rounds": rounds, "epochs": EPOCHS, "runs": RUNS, "trained": TRAINED, "seconds": {}}
    with tempfile.TemporaryDirectory() as folder:
        run = nncli.train(ROOT / "configs" / "sine.yaml", {"train.epochs": TRAINED}, runs_dir=folder)
        many = [str(_written(run, number, Path(folder))) for number in range(RUNS)]
        commands = {f"curves of {RUNS} runs of {EPOCHS:,} epochs": [*many]}
        commands |= {f"{kind} of one of {TRAINED:,} epochs": [str(run.path), "--what", kind] for kind in KINDS}
        for name, arguments in commands.items():
            print(name, flush=True)
            output = f"{folder}/figure.png"
            times = [_seconds([*arguments, "--output", output]) for _ in range(rounds)]
            result["seconds"][name] = statistics.median(times)
    return result


def _written(run: Any, number: int, folder: Path) -> Path:
    """A run whose rows are made up: noise, which takes the longest to draw, around a loss that falls."""
    path = folder / "many" / f"run-{number}"
    path.mkdir(parents=True)
    text = run.config_text().replace("learning_rate: 0.005", f"learning_rate: {(number + 1) / 1000}")
    (path / "config.yaml").write_text(text)
    (path / "run.json").write_text('{"status": "done"}')
    random = np.random.default_rng(number)
    epochs = np.arange(EPOCHS)
    losses = np.exp(-epochs / 2000 + random.normal(0, 0.3, EPOCHS))
    with (path / "metrics.jsonl").open("w") as file:
        for epoch, loss in zip(epochs.tolist(), losses.tolist(), strict=True):
            row = {"epoch": epoch, "loss": loss, "data_loss": loss, "regularization_loss": 0.0}
            row |= {"regression_accuracy": 1 - loss, "r2": 1 - loss / 2, "learning_rate": 0.005 / (1 + epoch / 1000)}
            file.write(json.dumps(row | {"seconds": epoch / 1000}) + "\n")
    return path


def _seconds(arguments: list[str]) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-m", "nncli", "plot", *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def table(result: dict[str, Any]) -> list[str]:
    """A row for each command."""
    rows = [f"| {name} | {seconds:.2f} |" for name, seconds in result["seconds"].items()]
    return ["| figure | s |", "|---|---|", *rows]
