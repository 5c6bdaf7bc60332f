"""scikit-learn's MLP; it computes no accuracy, and its L2 is of another kind, so that it trains without one."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import Any

from sklearn.neural_network import MLPClassifier, MLPRegressor

from benchmarks.nets import EPSILON, Problem


def prepare(problem: Problem, _: str) -> Callable[[int], tuple[float, float]]:
    net = problem.net
    base: Any = MLPRegressor if net.loss == "mse" else MLPClassifier

    class Given(base):  # type: ignore[misc]
        """Starts from the weights that all contestants start from."""

        def _initialize(self, y: Any, layer_units: Any, dtype: Any) -> None:
            super()._initialize(y, layer_units, dtype)
            self.coefs_ = [weights.copy() for weights, _ in problem.layers]
            self.intercepts_ = [biases.copy() for _, biases in problem.layers]

    def train(epochs: int) -> tuple[float, float]:
        model = Given(
            hidden_layer_sizes=net.units[:-1],
            alpha=0.0,
            batch_size=net.batch_size or len(problem.x),
            learning_rate_init=net.learning_rate,
            epsilon=EPSILON,
            shuffle=False,
            max_iter=epochs,
            n_iter_no_change=epochs + 1,
            tol=0.0,
        )
        started = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged
            model.fit(problem.x, problem.t.ravel())
        seconds = time.perf_counter() - started
        return seconds / epochs, model.loss_curve_[-1] * (2 if net.loss == "mse" else 1)  # it halves squares

    return train
