"""Passes that leave out calls whose results are never read, and calls whose results never change."""

from __future__ import annotations

from nncli.nn.engine.program import Buffer, Call, Program, View


def prune_unused(program: Program) -> Program:
    """Leave out calls whose results are neither read by a later call nor a result of the step, nor lie outside.

    So the gradient of the samples is never computed. Random numbers are drawn all the same: the stream moves on.
    """
    needed = {result.buffer for result in program.results if isinstance(result, View)}
    kept = []
    for call in reversed(program.calls):
        if call.how == "draw" or any(out.buffer.owner is not None or out.buffer in needed for out in call.out):
            needed.update(view.buffer for view in call.reads)
            kept.append(call)
    return program._replace(calls=kept[::-1])


def split_constants(program: Program) -> tuple[list[Call], Program]:
    """Return the calls that give the same at every step, which are made once, and the program without them.

    A call is made again if it draws random numbers, reads memory that changes, or writes into such memory. So the
    samples of a full batch get their column of ones once, and are cast once.
    """
    calls, changing, count = program.calls, set[Buffer](), -1
    while len(changing) > count:
        count = len(changing)
        read = set[Buffer]()  # by earlier calls that are made again: what is written there later must not be there yet
        for call in calls:
            again = call.how == "draw" or any(_changes(view, changing) for view in (*call.reads, *call.out))
            changing.update(out.buffer for out in call.out if again or out.buffer in read)
            if again:
                read.update(view.buffer for view in call.reads)
    constant = [not any(_changes(out, changing) for out in call.out) for call in calls]
    once = [call for call, same in zip(calls, constant, strict=True) if same]
    return once, program._replace(calls=[call for call, same in zip(calls, constant, strict=True) if not same])


def _changes(view: View, changing: set[Buffer]) -> bool:
    return view.buffer.changes or view.buffer in changing
