"""Clipping: keep gradients small, all vectors of them together."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops


def clip_values(grads: Sequence[Array], limit: float) -> list[Array]:
    """Each entry within [-limit, limit]; NaN stays."""
    return [np.minimum(np.maximum(g, -limit), limit) for g in grads]


def clip_norm(grads: Sequence[Array], limit: float, ops: Ops) -> list[Array]:
    """The gradients, as one vector, shortened to a norm of at most `limit`; shorter ones keep their bits.

        g ← g min(1, limit / |g|)

    The norm is computed in float64, in which the square of no float32 overflows.

    Source: Pascanu, Mikolov and Bengio 2013, algorithm 1.
    """
    squares = [ops.sum_of_squares(g.astype(np.float64, copy=False)) for g in grads]
    factor = limit / np.maximum(np.sqrt(functools.reduce(np.add, squares)), limit)  # not limit / |g|, for |g| may be 0
    return [g * factor.astype(g.dtype) for g in grads]
