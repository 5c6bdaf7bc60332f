"""The networks that contestants train, each with its data and initial weights, which are the same for all."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]  # not from nncli, which the processes of other contestants must not import

# Too small to matter: scikit-learn and Keras add it in a different place than the paper.
EPSILON = 1e-10


@dataclass(frozen=True)
class Net:
    """A network and the number of epochs to time; all layers but the last have ReLU."""

    name: str
    data: dict[str, Any]  # as in an experiment file; `make_data` fills in a `path`
    units: tuple[int, ...]
    loss: str
    epochs: int  # of one timed round
    batch_size: int | None = None
    l2: float = 0.0  # on weights and biases of the first layer, as in the book's chapter 16
    learning_rate: float = 0.005

    def spec(self, precision: str, epochs: int, folder: Path) -> dict[str, Any]:
        """Return the experiment for nncli, without the book's decay, which some contestants lack."""
        data = dict(self.data)
        if "path" in data:
            data["path"] = make_data(self, folder)
        last = {"mse": "linear", "binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax"}[self.loss]
        layers = [{"type": "dense", "units": units, "activation": "relu"} for units in self.units]
        layers[0] |= {"weight_l2": self.l2, "bias_l2": self.l2}
        layers[-1]["activation"] = last
        train: dict[str, Any] = {"epochs": epochs}
        if self.batch_size:
            train |= {"batch_size": self.batch_size, "shuffle": False}
        return {
            "name": self.name,
            "precision": precision,
            "data": data,
            "init": {"type": "normal", "scale": 0.1},
            "layers": layers,
            "loss": self.loss,
            "optimizer": {"type": "adam", "learning_rate": self.learning_rate, "epsilon": EPSILON},
            "train": train,
        }


SINE: dict[str, Any] = {"type": "sine", "samples": 1000}
SPIRAL: dict[str, Any] = {"type": "spiral", "samples": 100, "classes": 2}
CLUSTERS: dict[str, Any] = {"type": "npz", "path": "", "scale": "none"}
NETS = {
    net.name: net
    for net in (
        Net("sine-64-64", SINE, (64, 64, 1), "mse", 300),
        Net("sine-64", SINE, (64, 1), "mse", 1000),
        Net("spiral", SPIRAL, (64, 1), "binary_crossentropy", 1000, l2=5e-4, learning_rate=0.001),
        Net("tiny", SPIRAL, (16, 1), "binary_crossentropy", 1000, learning_rate=0.001),
        Net("digits", CLUSTERS, (64, 64, 10), "categorical_crossentropy", 40, batch_size=128, learning_rate=0.001),
        Net("784", CLUSTERS, (128, 128, 10), "categorical_crossentropy", 20, batch_size=128, learning_rate=0.001),
    )
}
SIZES = {"digits": (1792, 64), "784": (1024, 784)}  # samples (a multiple of the batch size) and inputs


def make_data(net: Net, folder: Path) -> str:
    """Write ten noisy clusters, as large as the data that the net is named after; return the path."""
    samples, inputs = SIZES[net.name]
    path = folder / f"{net.name}.npz"
    if not path.exists():
        random = np.random.default_rng(0)
        y = random.integers(0, 10, samples)
        centres = random.normal(size=(10, inputs)) / 4
        np.savez(path, x=(centres[y] + random.normal(size=(samples, inputs))).astype(np.float32), y=y)
    return str(path)


@dataclass(frozen=True)
class Problem:
    """The task of a contestant: a net, its samples in float32, and the initial weights and biases of each layer."""

    net: Net
    x: Array
    t: Array  # (n, 1) values or labels 0 and 1; (n,) class numbers
    layers: list[tuple[Array, Array]]
    folder: Path

    def pieces(self) -> list[slice]:
        """Return the batches of an epoch."""
        size = self.net.batch_size or len(self.x)
        return [slice(start, start + size) for start in range(0, len(self.x), size)]


def problem_of(net: Net, folder: Path) -> Problem:
    """Return the problem with the samples and initial weights that nncli draws for the net."""
    from nncli import config, training

    file = folder / f"{net.name}.json"
    file.write_text(json.dumps(net.spec("float32", 1, folder)))
    run = training.start(config.load(file, []).resolved)
    samples, links = run.plan.training, run.checkpoint.params.links
    layers = [(link["weights"].copy(), link["biases"].copy()) for link in links if link]
    return Problem(net, samples.x.astype(np.float32), samples.t, layers, folder)


def save(problem: Problem) -> None:
    """Write a problem into its folder, so that contestants can read it without importing nncli."""
    arrays = {"x": problem.x, "t": problem.t}
    for i, (weights, biases) in enumerate(problem.layers):
        arrays |= {f"weights{i}": weights, f"biases{i}": biases}
    np.savez(_file(problem.net, problem.folder), **arrays)


def read(net: Net, folder: Path) -> Problem:
    """Read a problem that `save` wrote."""
    with np.load(_file(net, folder)) as file:
        layers = [(file[f"weights{i}"], file[f"biases{i}"]) for i in range(len(net.units))]
        return Problem(net, file["x"], file["t"], layers, folder)


def _file(net: Net, folder: Path) -> Path:
    return folder / f"{net.name}-problem.npz"
