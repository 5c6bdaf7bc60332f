"""Which calls of a step that is taken again and again change anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from nncli.nn.memory import Array


class Call(NamedTuple):
    """A call with all its arguments, the arrays that it reads, and those that it writes into."""

    make: Callable[[], object]
    reads: Sequence[Array]
    writes: Sequence[Array]


def needed(calls: Sequence[Call], changing: Sequence[Array]) -> list[Call]:
    """The calls that every step must make, of those of one step, in order.

    Left out is what would only write again what is there: the same call came before, in this step or in the one
    before it, and nothing has written since into what it reads and writes. `changing` are the arrays into which others
    write between steps. So samples that are always the same get their column of ones once, and the book's arithmetic
    turns an activation into float64 once for forward and backward.
    """
    kept, count = list(range(len(calls))), len(calls) + 1
    while len(kept) < count:  # where one is left out, its outcome stays, and so may that of others
        count = len(kept)
        before = {i: [calls[j] for j in kept if j < i] for i in kept}
        kept = [i for i in kept if not _is_there(calls[i], before[i], calls[i + 1 :], changing)]
    return [calls[i] for i in kept]


def _is_there(call: Call, before: Sequence[Call], after: Sequence[Call], changing: Sequence[Array]) -> bool:
    """Whether a call need not be made again, given those before it that are, and all that the first step made after."""
    touched = [*call.reads, *call.writes]
    if _overlap(call.reads, call.writes):
        return False
    for other in reversed(before):
        if _same(call, other):
            return True
        if _overlap(other.writes, touched):
            return False
    others = [other.writes for other in after if not _same(call, other)]
    return not any(_overlap(written, touched) for written in (changing, *others))


def _overlap(some: Iterable[Array], others: Sequence[Array]) -> bool:
    return any(np.may_share_memory(a, b) for a in some for b in others)


def _same(call: Call, other: Call) -> bool:
    """Whether both do the same with the same memory."""
    a, b = call.make, other.make
    if not isinstance(a, partial) or not isinstance(b, partial) or a.func is not b.func:
        return False
    ours, theirs = (*a.args, *a.keywords.items()), (*b.args, *b.keywords.items())
    return len(ours) == len(theirs) and all(map(_identical, ours, theirs))


def _identical(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.__array_interface__ == b.__array_interface__
    if type(a) is not type(b) or isinstance(a, np.ndarray):
        return False
    if isinstance(a, tuple | list):
        return len(a) == len(b) and all(map(_identical, a, b))
    return _identical([*a.items()], [*b.items()]) if isinstance(a, dict) else bool(a == b)
