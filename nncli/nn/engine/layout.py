"""Passes that place results: directly where they are finally stored, or over an argument.

The home of a buffer is another buffer, in whose memory it lies at an offset. Only whole buffers are given homes.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections import defaultdict
from typing import NamedTuple

from nncli.nn.engine.program import Buffer, Program, View

NEVER = 1 << 60  # later than any call


class Access(NamedTuple):
    """A call's read or write of bytes in the buffer of an outside array."""

    call: int  # its index in the program
    start: int
    stop: int
    serial: int  # distinguishes otherwise equal accesses
    view: View  # as in the call: of that buffer, or of one whose home it is


class Layout:
    """When each buffer of a program is used, and its home."""

    def __init__(self, program: Program) -> None:
        self.calls = program.calls
        self.homes: dict[Buffer, tuple[Buffer, int]] = {}
        self.dropped_calls: set[int] = set()  # copies of results that already lie in place
        self.first_use: dict[Buffer, int] = {}
        self.last_use: dict[Buffer, int] = {}
        self.last_write: dict[Buffer, int] = {}
        self._accesses: dict[Buffer, list[Access]] = defaultdict(list)
        self._views: dict[Buffer, list[tuple[int, View]]] = defaultdict(list)
        for index, call in enumerate(self.calls):
            for view in (*call.reads, *call.out):
                self._use(index, view)
            for view in call.out:
                self.last_write[view.buffer] = index
        for result in program.results:
            if isinstance(result, View):
                self.last_use[result.buffer] = NEVER

    def _use(self, index: int, view: View) -> None:
        if view.buffer.owner is not None:
            start, stop = view.bounds
            self._accesses[view.buffer].append(Access(index, start, stop, len(self._accesses[view.buffer]), view))
        else:
            self.first_use.setdefault(view.buffer, index)
            self.last_use[view.buffer] = index
            self._views[view.buffer].append((index, view))

    def home(self, buffer: Buffer) -> tuple[Buffer, int]:
        """Return the buffer in whose memory this one finally lies, and its offset there."""
        offset = 0
        while buffer in self.homes:
            buffer, start = self.homes[buffer]
            offset += start
        return buffer, offset

    def place(self, view: View) -> View:
        """Return the view in the memory of its buffer's home."""
        buffer, offset = self.home(view.buffer)
        return view if buffer is view.buffer else view._replace(buffer=buffer, offset=view.offset + offset)

    def assign_home(self, buffer: Buffer, home: Buffer, offset: int) -> None:
        """Set the home of a buffer."""
        self.homes[buffer] = (home, offset)
        root, start = self.home(buffer)
        if root.owner is not None:
            for index, view in self._views[buffer]:
                low, high = view.bounds
                access = Access(index, low + start, high + start, len(self._accesses[root]), view)
                insort(self._accesses[root], access)

    def is_free(self, buffer: Buffer, root: Buffer, offset: int, until: int, ignored: Buffer | None = None) -> bool:
        """Return whether outside memory is free for a buffer from its first use to `until`: no other call uses it.

        The call that creates the buffer may read each entry that it overwrites. Accesses to `ignored` do not count.
        """
        first_call = self.first_use[buffer]
        accesses = self._accesses[root]
        for k in range(bisect_left(accesses, (first_call,)), len(accesses)):
            access = accesses[k]
            if access.call > until:
                return True
            if access.stop <= offset or access.start >= offset + buffer.size or access.view.buffer is ignored:
                continue
            reads_in_place = access.call == first_call and self._reads_in_place(access, buffer, offset)
            if access.call in self.dropped_calls or reads_in_place:
                continue
            return False
        return True

    def _reads_in_place(self, access: Access, buffer: Buffer, offset: int) -> bool:
        """Return whether the call that creates a buffer reads bytes only to compute the entries that replace them."""
        call = self.calls[access.call]
        out = call.out[0]
        same = out._replace(buffer=access.view.buffer, offset=access.view.offset)
        start = self.place(access.view).offset
        return call.elementwise and out.buffer is buffer and out.is_whole and same == access.view and start == offset


def direct_stores(layout: Layout) -> None:
    """Compute results directly in the parameters, gradients and state where they are stored, without a copy."""
    stores: dict[Buffer, list[int]] = defaultdict(list)
    for index, call in enumerate(layout.calls):
        if call.is_copy and isinstance(call.args[1], View):
            target, source = call.out[0], call.args[1]
            same_layout = (target.shape, target.strides, target.dtype) == (source.shape, source.strides, source.dtype)
            if same_layout and target.buffer.owner is not None and source.buffer.owner is None:
                stores[source.buffer].append(index)
    for buffer, indexes in stores.items():
        _store_directly(layout, buffer, indexes)


def _store_directly(layout: Layout, buffer: Buffer, indexes: list[int]) -> None:
    """Make the memory into which a buffer is stored its home, if the stores together cover the buffer."""
    pairs = [(layout.calls[index].out[0], layout.calls[index].args[1]) for index in indexes]
    (target, source), root = pairs[0], pairs[0][0].buffer
    offset = target.offset - source.offset
    if any(t.buffer is not root or t.offset - s.offset != offset for t, s in pairs):
        return
    inside = offset >= 0 and offset + buffer.size <= root.size
    is_final = layout.last_write[buffer] < indexes[0] and layout.last_use[buffer] != NEVER
    if not (inside and _cover([s for _, s in pairs], buffer.size) and is_final and buffer in layout.first_use):
        return
    layout.dropped_calls.update(indexes)
    if layout.is_free(buffer, root, offset, layout.last_use[buffer]):
        layout.assign_home(buffer, root, offset)
    else:
        layout.dropped_calls.difference_update(indexes)


def _cover(views: list[View], size: int) -> bool:
    """Return whether views cover each byte of a buffer once; uncovered bytes would overwrite those of its home."""
    end = 0
    for view in sorted(views, key=lambda view: view.bounds):
        start, stop = view.bounds
        if start != end or stop - start != view.dtype.itemsize * math.prod(view.shape):
            return False
        end = stop
    return end == size


def in_place(layout: Layout) -> None:
    """Let an elementwise result overwrite an argument that no later call reads.

    Runs from the last call to the first, so that a whole chain of calls computes in the memory of its last result.
    """
    for index in range(len(layout.calls) - 1, -1, -1):
        call = layout.calls[index]
        if index in layout.dropped_calls or call.kind != "ufunc" or not call.elementwise:
            continue
        out = call.out[0]
        if layout.first_use.get(out.buffer) != index or not out.is_whole or not out.shape:
            continue  # in place, NumPy takes twice as long for an array ()
        for view in call.reads:
            if _can_overwrite(layout, view, out, index):
                layout.assign_home(view.buffer, out.buffer, 0)
                break


def _can_overwrite(layout: Layout, view: View, out: View, index: int) -> bool:
    """Return whether the argument of a call may lie in the memory of its result."""
    buffer = view.buffer
    if buffer.owner is not None or buffer in layout.homes or layout.last_use.get(buffer) != index:
        return False
    if view[1:] != out[1:] or buffer.size != out.buffer.size:
        return False
    if any(other != view for other in layout.calls[index].reads if other.buffer is buffer):
        return False
    root, offset = layout.home(out.buffer)
    return root.owner is None or layout.is_free(buffer, root, offset, index, ignored=out.buffer)
