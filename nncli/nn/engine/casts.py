"""Passes that save casts: cast an array once instead of twice, and compute a result in the dtype of its cast."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from nncli.arrays import Array
from nncli.nn.engine.program import Buffer, Call, Program, View, loop_dtypes, replace_views


def merge_casts(program: Program) -> Program:
    """Reuse the result of an earlier cast of the same array, unless another cast of the same size came in between.

    In book precision, an activation is cast to float64 for both the forward and the backward pass. The restriction
    limits memory: only one cast array of each size is kept for later.
    """
    last: dict[int, tuple[View, View]] = {}  # the latest cast array of each size, and its source
    aliases: dict[Buffer, Buffer] = {}
    written_once = _written_once(program)
    calls = []
    for call in program.calls:
        if aliases:
            call = _substitute_in_call(call, aliases)
        if _is_cast(call) and call.out[0].buffer in written_once:
            target, source = call.out[0], call.args[1]
            earlier = last.get(target.buffer.size)
            if earlier is not None and earlier[1] == source and earlier[0][1:] == target[1:]:
                aliases[target.buffer] = earlier[0].buffer
                continue
            last[target.buffer.size] = target, source
        written = {out.buffer for out in call.out}
        for size in [size for size, (_, source) in last.items() if source.buffer in written]:
            del last[size]
        calls.append(call)
    return Program(calls, [_substitute(result, aliases) for result in program.results])


def fuse_casts(program: Program) -> Program:
    """Write a result directly in the dtype into which it is cast or stored, if nothing else reads it.

    Comparisons are exempt: NumPy converts booleans to numbers faster afterwards than while comparing.
    """
    calls = list(program.calls)
    uses = Counter(view.buffer for call in calls for view in call.reads)
    uses.update(result.buffer for result in program.results if isinstance(result, View))
    single_use = {buffer for buffer in _written_once(program) if uses[buffer] == 1}
    maker = {out.buffer: i for i, call in enumerate(calls) for out in call.out}
    fused = set()
    for i, cast in enumerate(calls):
        if not _is_cast(cast) or cast.args[1].buffer not in single_use:
            continue
        k = maker[cast.args[1].buffer]
        if _can_write_as(calls[k], cast) and not _is_used(cast.out[0], calls[k + 1 : i]):
            safe = np.can_cast(cast.args[1].dtype, cast.out[0].dtype, "same_kind")
            calls[k] = replace(calls[k], out=cast.out, kwargs={} if safe else {"casting": "unsafe"})
            fused.add(i)
    return program._replace(calls=[call for i, call in enumerate(calls) if i not in fused])


def _can_write_as(call: Call, cast: Call) -> bool:
    """Return whether a call may write into the target of its result's cast, with the same bits."""
    source, target = cast.args[1], cast.out[0]
    if any(view != target and view.overlaps(target) for view in call.reads):
        return False
    if call.kind != "ufunc" or not call.elementwise or call.kwargs or call.out[0] != source or source.dtype == bool:
        return False
    return bool(loop_dtypes(call.function, call.args)[-1] == source.dtype)  # otherwise it already rounds to that dtype


def _is_used(view: View, calls: list[Call]) -> bool:
    return any(used.overlaps(view) for call in calls for used in (*call.reads, *call.out))


def _is_cast(call: Call) -> bool:
    """Return whether the call copies a whole array into another dtype."""
    if not call.is_copy or not isinstance(call.args[1], View):
        return False
    target, source = call.out[0], call.args[1]
    return target.shape == source.shape and target.dtype != source.dtype


def _written_once(program: Program) -> set[Buffer]:
    """Return the buffers of results that a single call writes, completely."""
    count: Counter[Buffer] = Counter()
    for out in (out for call in program.calls for out in call.out):
        count[out.buffer] += 1 if out.is_whole else 2
    return {buffer for buffer, times in count.items() if times == 1 and buffer.owner is None}


def _substitute_in_call(call: Call, aliases: dict[Buffer, Buffer]) -> Call:
    args, kwargs, out = replace_views((call.args, call.kwargs, call.out), lambda view: _substitute(view, aliases))
    return replace(call, args=args, kwargs=kwargs, out=out)


def _substitute(view: View | Array, aliases: dict[Buffer, Buffer]) -> View | Array:
    if isinstance(view, View) and view.buffer in aliases:
        return view._replace(buffer=aliases[view.buffer])
    return view
