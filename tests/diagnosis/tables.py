"""Small tables for the examples of rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np


def write_tables(folder: Path) -> None:
    """Write `rare.npz`, two clouds of which one is rare, and `unscaled.npz`, a curve over a large range."""
    random = np.random.default_rng(0)
    x = random.normal(size=(300, 4))
    labels = np.arange(300) < 18
    x[labels] += 1.6
    np.savez(folder / "rare.npz", x=x, y=np.where(labels, "yes", "no"))
    wide = np.linspace(0, 5000, 300)[:, None]
    np.savez(folder / "unscaled.npz", x=wide, y=np.sin(wide[:, 0] / 600))
