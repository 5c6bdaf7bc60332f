"""Class weights: how much the samples of each class count in a loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

import numpy as np
from annotated_types import Gt
from numpy.typing import DTypeLike

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.labels import true_classes
from nncli.registry import Help, WordOr

Weight: TypeAlias = Annotated[float, Gt(0)]
Weights: TypeAlias = Annotated[Literal["balanced"] | tuple[Weight, ...] | dict[str, Weight], WordOr()]
ClassWeights: TypeAlias = Annotated[
    Weights | None,
    Help("weights of classes: {name: weight}, 1 for the rest; a list for 0, 1, ...; or balanced, n / (c nₖ)"),
]


def with_class_weights(weights: Weights | None, t: Array, classes: Mapping[str, int]) -> tuple[float, ...] | None:
    """Return a weight for each class; t are the training targets, `classes` maps each name of a class to its number."""
    count = len(set(classes.values()))
    if weights == "balanced":
        return balanced_weights(t, count)
    if not isinstance(weights, dict):
        return weights
    numbers = [1.0] * count
    for name, weight in weights.items():
        numbers[classes[name]] = weight
    return tuple(numbers)


def balanced_weights(t: Array, classes: int) -> tuple[float, ...]:
    """Return weights with which all classes count equally, and samples count 1 on average.

        wₖ = n / (c nₖ)        n targets, nₖ of them of class k, c classes with any targets

    A class without targets gets 1, which leaves its samples in other parts of the data unweighted.

    Source: scikit-learn, compute_class_weight, after King and Zeng 2001.
    """
    counts = np.bincount(true_classes(t), minlength=classes)
    weights = len(t) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return tuple(np.where(counts > 0, weights, 1.0).tolist())


def sample_weights(weights: Weights | None, t: Array, dtype: DTypeLike, ops: Ops) -> Array | None:
    """Return the weight of each target's class, a column (n, 1), or None without weights.

    Raises TypeError if the weights are not numbers yet: call `with_class_weights` first.
    """
    if weights is None:
        return None
    if not isinstance(weights, tuple):
        raise TypeError(f"class_weights are still {weights}; call `with_class_weights` on the loss first")
    return np.take(ops.constant(np.array(weights, dtype)), true_classes(t), mode="clip").reshape(-1, 1)


def apply_weights(values: Array, weights: Array | None) -> Array:
    """Return values of samples, (n,) or (n, k), times the weights (n, 1), or unchanged without weights."""
    if weights is None:
        return values
    return values * (weights.reshape(-1) if values.ndim == 1 else weights)
