"""Clipping: keeps gradients small, all vectors of them together, in place."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np

from nncli.nn.ops import Array, Ops


def clip_values(grads: Sequence[Array], limit: float) -> None:
    """Puts each entry into [-limit, limit]; NaN stays."""
    for g in grads:
        np.minimum(np.maximum(g, -limit, out=g), limit, out=g)


def clip_norm(grads: Sequence[Array], limit: float, ops: Ops) -> None:
    """Shortens the gradients, as one vector, to a norm of at most `limit`; shorter ones keep their bits.

        g ← g min(1, limit / |g|)

    The norm is computed in float64, in which the square of no float32 overflows.

    Source: Pascanu, Mikolov and Bengio 2013, algorithm 1.
    """
    norm = np.sqrt(functools.reduce(np.add, [_square(g, ops) for g in grads]), out=ops.empty((), np.float64))
    np.divide(limit, np.maximum(norm, limit, out=norm), out=norm)  # not limit / |g|, for |g| may be 0
    for g in grads:
        factor = ops.empty((), g.dtype)
        np.copyto(factor, norm, casting="same_kind")
        np.multiply(g, factor, out=g)


def _square(g: Array, ops: Ops) -> Array:
    """|g|² in float64, an array ()."""
    if g.dtype != np.float64:
        double = ops.empty(g.shape, np.float64)
        np.copyto(double, g)
        return ops.sum_of_squares(double)
    return ops.sum_of_squares(g)
