"""Plan a recorded step: decide which calls are made at every replay, and where their results are stored.

Each pass replaces the calls of a step by others that compute the same bits. No pass needs another, so any can be
turned off to find a faulty one: set `NNCLI_SKIP_PASSES=in_place,share` in the environment.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.errors import UsageError
from nncli.nn.engine.arena import aligned_block, share_memory
from nncli.nn.engine.arrays import BoundArrays, bind_arrays
from nncli.nn.engine.casts import fuse_casts, merge_casts
from nncli.nn.engine.layout import Layout, direct_stores, in_place
from nncli.nn.engine.program import Call, Program, View
from nncli.nn.engine.prune import prune_unused, split_constants
from nncli.nn.engine.replay import Replay
from nncli.text import quote

PASSES = ("merge", "prune", "constants", "fuse", "store", "in_place", "share", "types")
SKIP_PASSES = "NNCLI_SKIP_PASSES"


class PlannedStep(NamedTuple):
    """A planned step: the calls of a replay, with arrays in place of views, and the arrays of the results."""

    calls: list[Call]
    results: list[Array]
    size: int  # bytes of memory shared by all calls


def passes_from_environment() -> list[str]:
    """Return the passes that the environment does not turn off. Raises UsageError for an unknown pass."""
    skipped = [name.strip() for name in os.environ.get(SKIP_PASSES, "").split(",") if name.strip()]
    for name in skipped:
        if name not in PASSES:
            raise UsageError(f"{SKIP_PASSES}: unknown pass {quote(name)}", hint=f"choose from {', '.join(PASSES)}")
    return [name for name in PASSES if name not in skipped]


def plan(program: Program, passes: Collection[str] = PASSES) -> PlannedStep:
    """Plan a program for replay."""
    if "merge" in passes:
        program = merge_casts(program)
    if "prune" in passes:
        program = prune_unused(program)
    if "constants" in passes:
        once, program = split_constants(program)
        _compute_once(once)
    if "fuse" in passes:
        program = fuse_casts(program)
    layout = Layout(program)
    if "store" in passes:
        direct_stores(layout)
    if "in_place" in passes:
        in_place(layout)
    calls = [call for i, call in enumerate(program.calls) if i not in layout.dropped_calls]
    size, starts = share_memory(layout, reuse="share" in passes)
    block = aligned_block(size)
    arrays = BoundArrays({buffer: block[start : start + buffer.size] for buffer, start in starts.items()}, layout.place)
    results = [arrays.of(result) if isinstance(result, View) else result for result in program.results]
    return PlannedStep([bind_arrays(call, arrays, types="types" in passes) for call in calls], results, size)


def _compute_once(calls: list[Call]) -> None:
    """Make calls that need no repetition, and turn their results into outside arrays."""
    for out in (out for call in calls for out in call.out):
        if out.buffer.owner is None:
            out.buffer.owner = np.empty(out.buffer.size, np.uint8)
    arrays = BoundArrays({})
    Replay([bind_arrays(call, arrays) for call in calls])()
