"""Passes that remove calls whose results are never read, and calls whose results never change."""

from __future__ import annotations

from nncli.nn.engine.program import Buffer, Call, Program, View


def prune_unused(program: Program) -> Program:
    """Remove calls unless they write outside memory or their result is read by a later call or returned by the step.

    The gradient of the samples is therefore never computed. Draws stay, because they advance the random stream.
    """
    needed = {result.buffer for result in program.results if isinstance(result, View)}
    needed_calls = []
    for call in reversed(program.calls):
        if call.kind == "draw" or any(out.buffer.owner is not None or out.buffer in needed for out in call.out):
            needed.update(view.buffer for view in call.reads)
            needed_calls.append(call)
    return program._replace(calls=needed_calls[::-1])


def split_constants(program: Program) -> tuple[list[Call], Program]:
    """Return the calls with the same result at every step, which are made once, and the program without them.

    A call is repeated if it draws random numbers, reads memory that changes, or writes into such memory. So the
    samples of a full batch get their column of ones, and are cast, only once.
    """
    calls, changing, count = program.calls, set[Buffer](), -1
    while len(changing) > count:
        count = len(changing)
        reads = set[Buffer]()  # by earlier repeated calls, which must not see what is written there later
        for call in calls:
            repeats = call.kind == "draw" or any(_changes(view, changing) for view in (*call.reads, *call.out))
            changing.update(out.buffer for out in call.out if repeats or out.buffer in reads)
            if repeats:
                reads.update(view.buffer for view in call.reads)
    pairs = [(call, any(_changes(out, changing) for out in call.out)) for call in calls]
    once = [call for call, repeats in pairs if not repeats]
    return once, program._replace(calls=[call for call, repeats in pairs if repeats])


def _changes(view: View, changing: set[Buffer]) -> bool:
    return view.buffer.changes or view.buffer in changing
