"""Samples for which no relu of the first layer fires."""

from __future__ import annotations

import numpy as np

from nncli.diagnosis.dark import dark_inputs
from nncli.nn.activations.relu import LeakyRelu, Relu
from nncli.nn.layers.dense import Dense

X = np.array([[-1.0], [0.5], [2.0]])
WEIGHTS = {0: {"weights": np.array([[1.0, 2.0]]), "biases": np.array([-1.0, -2.0])}}


def test_samples_below_all_kinks_are_dark():
    for layers in ([Dense(units=2, activation=Relu())], [Dense(units=2), Relu()]):
        assert dark_inputs(layers, WEIGHTS, X).tolist() == [True, True, False]


def test_only_a_first_layer_of_relus_makes_samples_dark():
    for layers in ([Dense(units=2)], [Dense(units=2, activation=LeakyRelu())], [Relu(), Dense(units=2)]):
        assert not dark_inputs(layers, WEIGHTS, X).any()
