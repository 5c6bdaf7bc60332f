"""Train a spec and measure its outcome and its units."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nncli import config, training
from nncli.training import Training

SAMPLES = 1000  # on which units are measured
SATURATED = {"tanh": lambda y: np.abs(y) > 0.99, "sigmoid": lambda y: np.abs(2 * y - 1) > 0.99}


@dataclass(frozen=True)
class Outcome:
    """The end of a training: its metrics, and the worst layer's share of dead and saturated units."""

    metrics: dict[str, float]
    diverged: bool
    dead: float  # share of a layer's relus that fire for no sample
    dark: float  # share of samples for which no relu of the first layer fires
    saturated: float  # share of a layer's outputs within 0.5 % of a limit

    def score(self, metric: str) -> float:
        """Return a metric; after divergence, minus infinity."""
        value = self.metrics.get(metric, float("nan"))
        return value if np.isfinite(value) and not self.diverged else -np.inf


def train(spec: dict[str, Any], folder: Path, seed: int) -> Outcome:
    """Train a spec whose paths are relative to `folder`."""
    text = json.dumps(spec | {"seed": seed})
    run = training.start(config.load(folder / "spec.yaml", [], text).resolved)
    ended = None
    for event in run:
        ended = event
    diverged = getattr(ended, "status", "") == "diverged"
    with np.errstate(all="ignore"):
        dead, dark, saturated = (0.0, 0.0, 0.0) if diverged else _units(run)
    return Outcome(dict(run.evaluate()), diverged, dead, dark, saturated)


def _units(run: Training) -> tuple[float, float, float]:
    """Return the shares of dead relus, dark samples and saturated outputs, up to the first layer of another type."""
    x = np.asarray(run.plan.training.x[:: len(run.plan.training.x) // SAMPLES + 1], np.float64)
    dead, dark, saturated, depth = 0.0, 0.0, 0.0, 0
    links = list(zip(run.plan.network.links, run.checkpoint.params.links, strict=True))
    for link, views in links[:-1]:
        kind = getattr(link.part, "type", "")
        if kind == "dense":
            x = x @ views["weights"] + views["biases"]
        elif kind in ("relu", "leaky_relu"):
            fires, x = x > 0, np.maximum(x, 0 if kind == "relu" else 0.01 * x)
            if kind == "relu":
                dead = max(dead, float((~fires.any(0)).mean()))
                dark = float((~fires.any(1)).mean()) if depth == 0 else dark
            depth += 1
        elif kind in SATURATED:
            x = np.tanh(x) if kind == "tanh" else 1 / (1 + np.exp(-x))
            saturated, depth = max(saturated, float(SATURATED[kind](x).mean())), depth + 1
        else:
            break
    return dead, dark, saturated
