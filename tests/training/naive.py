"""A reference implementation of training: two layers and Adam in plain formulas, sharing no code with nncli."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Naive:
    """y = f(max(x W₁ + b₁, 0) W₂ + b₂), f the identity with the squared error or σ with the binary cross-entropy.

    `l2` is the penalty on all weights and biases; `rate` and `decay` are Adam's, or with `sgd` those of plain descent.
    """

    units: int
    classify: bool
    l2: float = 0.0
    rate: float = 0.01
    decay: float = 0.0
    sgd: bool = False
    scale: float = 0.1
    step: int = 0
    p: list[Any] = field(default_factory=list)

    def start(self, inputs: int, stream: np.random.RandomState) -> None:
        """Draw W₁ and W₂, each `scale * randn` rounded to float32; biases are zeros."""
        for shape in ((inputs, self.units), (self.units, 1)):
            drawn = np.float32(self.scale) * stream.randn(*shape).astype(np.float32)
            self.p += [drawn.astype(np.float64), np.zeros(shape[1])]
        self.m = [np.zeros_like(p) for p in self.p]
        self.v = [np.zeros_like(p) for p in self.p]

    def hidden(self, x):
        return np.maximum(x @ self.p[0] + self.p[1], 0)

    def predict(self, x):
        z = self.hidden(x) @ self.p[2] + self.p[3]
        return 1 / (1 + np.exp(-z)) if self.classify else z

    def losses(self, x, t):
        """Return the loss of each sample."""
        y = self.predict(x)
        if self.classify:
            return -np.log(np.where(t == 1, y, 1 - y))[:, 0]
        return ((t - y) ** 2)[:, 0]

    def penalty(self) -> float:
        return sum(self.l2 * np.sum(p**2) for p in self.p)

    def gradients(self, x, t):
        """Return the gradients of the mean loss plus the penalty, by the chain rule."""
        h = self.hidden(x)
        dz = (1 if self.classify else 2) * (self.predict(x) - t) / len(x)
        dh = dz @ self.p[2].T * (h > 0)
        gradients = [x.T @ dh, dh.sum(axis=0), h.T @ dz, dz.sum(axis=0)]
        return [g + 2 * self.l2 * p for g, p in zip(gradients, self.p, strict=True)]

    def learn(self, x, t) -> None:
        """Take one step of Adam (Kingma and Ba 2015, algorithm 1), or of plain descent."""
        rate, t_ = self.rate / (1 + self.decay * self.step), self.step + 1
        for i, g in enumerate(self.gradients(x, t)):
            self.m[i] = 0.9 * self.m[i] + 0.1 * g
            self.v[i] = 0.999 * self.v[i] + 0.001 * g**2
            m_hat, v_hat = self.m[i] / (1 - 0.9**t_), self.v[i] / (1 - 0.999**t_)
            self.p[i] = self.p[i] - rate * (g if self.sgd else m_hat / (np.sqrt(v_hat) + 1e-7))
        self.step += 1

    def epoch(self, x, t, size: int | None = None) -> dict[str, float]:
        """Train on all samples once, `size` at a time; the metrics are means over samples, before each step."""
        rate = self.rate / (1 + self.decay * self.step)
        losses, penalties, predictions = [], [], []
        for at in range(0, len(x), size or len(x)):
            part, target = x[at : at + (size or len(x))], t[at : at + (size or len(x))]
            losses += self.losses(part, target).tolist()
            penalties += [self.penalty()] * len(part)
            predictions += self.predict(part)[:, 0].tolist()
            self.learn(part, target)
        data_loss, penalty, y = np.mean(losses), np.mean(penalties), np.array(predictions)
        right = (y > 0.5) == (t[:, 0] == 1) if self.classify else np.abs(y - t[:, 0]) < np.std(t) / 250
        metric = "accuracy" if self.classify else "regression_accuracy"
        metrics = {"loss": data_loss + penalty, "data_loss": data_loss, "regularization_loss": penalty}
        return metrics | {metric: float(np.mean(right)), "learning_rate": rate}
