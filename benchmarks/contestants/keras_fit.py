"""Keras 3 on JAX, with `fit`; computes accuracy for classes only."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

os.environ["KERAS_BACKEND"] = "jax"
import keras

from benchmarks.nets import EPSILON, Problem


def prepare(problem: Problem, _: str) -> Callable[[int], tuple[float, float]]:
    net = problem.net
    activation = {"mse": None, "binary_crossentropy": "sigmoid", "categorical_crossentropy": "softmax"}[net.loss]
    loss = {"categorical_crossentropy": "sparse_categorical_crossentropy"}.get(net.loss, net.loss)
    model = keras.Sequential([keras.Input((problem.x.shape[1],))])
    for i, units in enumerate(net.units):
        l2 = keras.regularizers.L2(net.l2) if net.l2 and i == 0 else None
        last = i == len(net.units) - 1
        model.add(
            keras.layers.Dense(
                units, activation=activation if last else "relu", kernel_regularizer=l2, bias_regularizer=l2
            )
        )
    optimizer = keras.optimizers.Adam(net.learning_rate, epsilon=EPSILON)
    model.compile(optimizer=optimizer, loss=loss, metrics=[] if net.loss == "mse" else ["accuracy"])
    optimizer.build(model.trainable_variables)
    zeros = [variable.numpy() * 0 for variable in optimizer.variables]

    def train(epochs: int) -> tuple[float, float]:
        model.set_weights([array for layer in problem.layers for array in layer])
        for variable, zero in zip(optimizer.variables, zeros, strict=True):
            if variable.name != "learning_rate":
                variable.assign(zero)
        size = net.batch_size or len(problem.x)
        started = time.perf_counter()
        history = model.fit(problem.x, problem.t, batch_size=size, epochs=epochs, shuffle=False, verbose=0)
        return (time.perf_counter() - started) / epochs, history.history["loss"][-1]

    return train
