"""Draws the pictures of docs/figures.md with nncli itself, from trainings of `configs/`.

    python tools/make_gallery.py [FOLDER]

Takes about a minute. Runs are renamed, so that no picture has the time of its training in it, and pictures have few
colours, so that they are small.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

import nncli

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "images"
LARGEST = 60_000  # bytes
COLOURS = (64, 32, 16)  # as many as make a picture small enough
SINE, SPIRAL, SPIRAL3 = "sine/default", "spiral/default", "spiral3/default"
PICTURES: dict[str, list[str]] = {
    "curves": [SPIRAL],
    "curves-two": [SINE, "sine/small"],
    "curves-seeds": ["houses/*-seed-*", "--by-seed"],
    "fit-map": [SPIRAL3, "--what", "fit"],
    "fit-values": ["houses/default", "--what", "fit", "--on", "test"],
    "confusion": ["digits/default", "--what", "confusion"],
    "roc": [SPIRAL, "--what", "roc"],
    "residuals": ["houses/default", "--what", "residuals"],
    "weights": [SINE, "--what", "weights"],
    "activations": [SPIRAL3, "--what", "activations"],
    "gradients": [SINE, "--what", "gradients", "--dark"],
    "network": ["iris/few", "--what", "network"],
    "network-boxes": ["digits/default", "--what", "network", "--dark"],
    "units-line": [SINE, "--what", "units"],
    "units-map": ["spiral/few", "--what", "units"],
}


def train(runs: Path, config: str, name: str, **changes: Any) -> None:
    """Trains a file of `configs/` and gives the run a name of its own."""
    settings = {key.replace("__", "."): value for key, value in changes.items()}
    run = nncli.train(ROOT / "configs" / f"{config}.yaml", settings, runs_dir=runs)
    run.path.rename(run.path.parent / name)


def train_all(runs: Path) -> None:
    """Every run that a picture shows."""
    for config in ("sine", "spiral", "spiral3", "iris", "digits", "houses"):
        train(runs, config, "default")
    train(runs, "sine", "small", init__scale=0.01)
    train(runs, "spiral", "few", layers__0__units=20)
    train(runs, "iris", "few", layers__0__units=6)
    for rate in (0.001, 0.01):
        for seed in range(5):
            changes = {"optimizer__learning_rate": rate, "train__epochs": 60, "train__early_stopping": None}
            train(runs, "houses", f"{rate}-seed-{seed}", seed=seed, **changes)


def draw(runs: Path, folder: Path, picture: str, arguments: list[str]) -> None:
    """Draws one picture and makes it small."""
    path = folder / f"figure-{picture}.png"
    options = [word for word in arguments if "/" not in word]
    found = [str(run) for word in arguments if "/" in word for run in sorted(runs.glob(word))]
    subprocess.run([sys.executable, "-m", "nncli", "plot", *found, *options, "-o", str(path)], check=True)
    with Image.open(path) as drawn:
        image = drawn.convert("RGB")
    for colours in COLOURS:
        image.quantize(colours, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size < LARGEST:
            return
    raise ValueError(f"{path} has {path.stat().st_size:,} bytes: draw less")


def main(folder: Path = FOLDER) -> None:
    """Trains all and draws all."""
    with tempfile.TemporaryDirectory() as runs:
        train_all(Path(runs))
        for picture, arguments in PICTURES.items():
            draw(Path(runs), folder, picture, arguments)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
