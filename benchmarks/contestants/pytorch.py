"""PyTorch in eager mode, with fused Adam; loss and accuracy are read in each epoch."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch

from benchmarks.nets import EPSILON, Problem


def prepare(problem: Problem, _: str) -> Callable[[int], tuple[float, float]]:
    torch.set_num_threads(1)
    net, x = problem.net, torch.tensor(problem.x)
    classes = net.loss == "categorical_crossentropy"
    t = torch.tensor(problem.t).long() if classes else torch.tensor(problem.t).float()
    loss_of = {
        "mse": torch.nn.MSELoss(),
        "binary_crossentropy": torch.nn.BCEWithLogitsLoss(),
        "categorical_crossentropy": torch.nn.CrossEntropyLoss(),
    }[net.loss]

    def model() -> torch.nn.Sequential:
        parts: list[torch.nn.Module] = []
        for weights, biases in problem.layers:
            linear = torch.nn.Linear(*weights.shape)
            with torch.no_grad():
                linear.weight.copy_(torch.tensor(weights.T))
                linear.bias.copy_(torch.tensor(biases))
            parts += [linear, torch.nn.ReLU()]
        return torch.nn.Sequential(*parts[:-1])

    def correct(y: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        if net.loss == "mse":
            return (y - target).abs() < 0.003
        return y.argmax(1) == target if classes else (y > 0) == (target > 0.5)

    def train(epochs: int) -> tuple[float, float]:
        network = model()
        first = network[0]
        optimizer = torch.optim.Adam(network.parameters(), lr=net.learning_rate, eps=EPSILON, fused=True)
        started = time.perf_counter()
        for _ in range(epochs):
            total, hits = 0.0, 0.0
            for piece in problem.pieces():
                y = network(x[piece])
                loss = loss_of(y, t[piece])
                if net.l2:
                    loss = loss + net.l2 * (first.weight.square().sum() + first.bias.square().sum())
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(y)
                hits += correct(y.detach(), t[piece]).sum().item()
        return (time.perf_counter() - started) / epochs, total / len(x)

    return train
