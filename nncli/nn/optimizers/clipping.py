"""Gradient clipping, over all gradient vectors together."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops


def clip_values(grads: Sequence[Array], limit: float) -> list[Array]:
    """Return the gradients with each entry clipped to [-limit, limit]; NaN stays NaN."""
    return [np.minimum(np.maximum(g, -limit), limit) for g in grads]


def clip_norm(grads: Sequence[Array], limit: float, ops: Ops) -> list[Array]:
    """Return the gradients, as one vector, scaled to a norm of at most `limit`; bit for bit the same if it is smaller.

        g ← g min(1, limit / |g|)

    The norm is computed in float64, in which the square of a float32 cannot overflow.

    Source: Pascanu, Mikolov and Bengio 2013, algorithm 1.
    """
    squares = [ops.sum_of_squares(g.astype(np.float64, copy=False)) for g in grads]
    factor = limit / np.maximum(np.sqrt(functools.reduce(np.add, squares)), limit)  # limit / |g| would fail for |g| = 0
    return [g * factor.astype(g.dtype) for g in grads]
