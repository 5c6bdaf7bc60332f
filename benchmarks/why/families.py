"""The two families of generated specs: `tune` for tuning rules, and `fresh`, wider, for judging them afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
PERIOD = 2 * np.pi


@dataclass(frozen=True)
class Family:
    """The choices from which a set of cases is drawn."""

    curves: tuple[str, ...]  # functions of one input
    surfaces: tuple[str, ...]  # functions of a table's columns
    toys: tuple[str, ...]  # data sets of nncli with classes
    dimensions: tuple[int, int]  # of tables
    samples: tuple[int, int]
    classes: tuple[int, ...]
    activations: tuple[str, ...]
    widths: tuple[int, ...]
    optimizers: tuple[str, ...]
    layouts: tuple[str, ...]  # of the files of tables
    period_limit: int = 3  # of sines
    losses: tuple[str, ...] = ("mse",)
    scales: tuple[str, ...] = ("standard",)
    extras: float = 0.0  # share of specs with batch normalization, and of those with a cosine schedule


# The usual learning rates of each optimizer.
RATES = {
    "adam": (0.003, 0.02),
    "sgd": (0.02, 0.1),
    "nesterov": (0.02, 0.1),
    "rmsprop": (0.001, 0.01),
    "adamw": (0.003, 0.02),
    "adagrad": (0.03, 0.2),
}

FAMILIES = {
    "tune": Family(
        curves=("sine", "kink", "cubic", "wave"),
        surfaces=("product", "additive", "friedman"),
        toys=("spiral", "vertical", "blobs", "circles", "moons", "xor"),
        dimensions=(5, 10),
        samples=(150, 600),
        classes=(2, 3, 4),
        activations=("relu", "tanh", "sigmoid", "leaky_relu"),
        widths=(16, 24, 32, 48, 64),
        optimizers=("adam", "adam", "sgd", "rmsprop"),
        layouts=("npz", "csv"),
    ),
    "fresh": Family(
        curves=("sine", "wave", "chirp", "bumps", "decay", "sawtooth", "quartic"),
        surfaces=("product", "radial", "friedman", "pairs", "ratio", "threshold"),
        toys=("spiral", "vertical", "blobs", "circles", "moons", "xor"),
        dimensions=(3, 20),
        samples=(100, 1200),
        classes=(2, 3, 5, 6),
        activations=("relu", "tanh", "sigmoid", "leaky_relu", "elu", "gelu", "silu", "softplus", "selu"),
        widths=(12, 20, 40, 64, 96, 128),
        optimizers=("adam", "sgd", "nesterov", "rmsprop", "adamw", "adagrad"),
        layouts=("npz", "csv"),
        period_limit=4,
        losses=("mse", "mse", "huber"),
        scales=("standard", "minmax"),
        extras=0.15,
    ),
}

# Functions of one input x in 0..1.
CURVES = {
    "sine": lambda x, periods: np.sin(PERIOD * periods * x),
    "wave": lambda x, periods: np.sin(PERIOD * x) + 0.5 * np.cos(PERIOD * periods * x),
    "kink": lambda x, periods: np.abs(x - 0.4) + 0.5 * np.abs(x - 0.75),
    "cubic": lambda x, periods: (x - 0.1) * (x - 0.5) * (x - 0.9),
    "chirp": lambda x, periods: np.sin(PERIOD * periods * x**2),
    "bumps": lambda x, periods: np.exp(-(((x - 0.25) / 0.1) ** 2)) - np.exp(-(((x - 0.7) / 0.08) ** 2)),
    "decay": lambda x, periods: np.exp(-3 * x) * np.cos(PERIOD * periods * x),
    "sawtooth": lambda x, periods: np.abs(periods * x % 1 - 0.5),
    "quartic": lambda x, periods: ((2 * x - 1) ** 2 - 0.5) ** 2,
}

# Functions of columns x (n, inputs) with mean 0 and variance 1.
SURFACES = {
    "product": lambda x: x[:, 0] * x[:, 1] + 0.5 * x[:, 2],
    "additive": lambda x: np.sin(1.5 * x[:, 0]) + np.abs(x[:, 1]) + 0.5 * x[:, 2] ** 2,
    "friedman": lambda x: 2 * np.sin(x[:, 0] * x[:, 1]) + 0.8 * x[:, 2] ** 2 + 0.4 * x[:, 3 % x.shape[1]],
    "radial": lambda x: np.exp(-np.mean(x[:, :3] ** 2, axis=1)),
    "pairs": lambda x: np.maximum(x[:, 0], x[:, 1]) - np.abs(x[:, 2] - x[:, 0]),
    "ratio": lambda x: x[:, 0] ** 2 / (1 + np.abs(x[:, 1])) + 0.3 * np.abs(x[:, 2]),
    "threshold": lambda x: np.tanh(3 * x[:, 0]) * np.tanh(3 * x[:, 1]) + 0.3 * x[:, 2],
}
