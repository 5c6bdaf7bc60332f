"""scikit-learn's MLP, without accuracy, and without L2 because its penalty is defined differently."""

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

    class PresetWeights(base):  # type: ignore[misc]
        """An MLP that starts from the initial weights of the problem."""

        def _initialize(self, y: Any, layer_units: Any, dtype: Any) -> None:
            super()._initialize(y, layer_units, dtype)
            self.coefs_ = [weights.copy() for weights, _ in problem.layers]
            self.intercepts_ = [biases.copy() for _, biases in problem.layers]

    def train(epochs: int) -> tuple[float, float]:
        model = PresetWeights(
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
            warnings.simplefilter("ignore")  # the warning that it has not converged
            model.fit(problem.x, problem.t.ravel())
        seconds = time.perf_counter() - started
        return seconds / epochs, model.loss_curve_[-1] * (2 if net.loss == "mse" else 1)  # it halves squared errors

    return train
