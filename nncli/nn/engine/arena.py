"""The pass that lets results share memory: one block for all, in which each lies as long as it is needed."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.nn.engine.layout import Layout
from nncli.nn.engine.program import Buffer
from nncli.nn.engine.watched import address

LINE = 64  # bytes; every buffer begins with a line of the processor's cache


def aligned_block(size: int) -> Array:
    """Bytes that begin with a line of the cache, as AVX-512 reads a line at once.

    `maximum` of 1000 x 64 float32 takes 8.4 us there, and 10.7 at an address that is 16 bytes further on.
    """
    memory = np.empty(size + LINE, np.uint8)
    start = -address(memory) % LINE
    return memory[start : start + size]


class Gap(NamedTuple):
    """Free bytes of the block."""

    start: int
    stop: int


class Arena:
    """A block of memory of which pieces are taken and given back; it grows as needed."""

    def __init__(self) -> None:
        self.size = 0
        self._gaps: list[Gap] = []  # those given back last come last: they are likely in the processor's cache

    def take(self, size: int) -> int:
        """The start of a free piece: the smallest that is large enough, the latest of these."""
        size = -(-size // LINE) * LINE
        fitting = [(gap.stop - gap.start, -i) for i, gap in enumerate(self._gaps) if gap.stop - gap.start >= size]
        if fitting:
            gap = self._gaps.pop(-min(fitting)[1])
            if gap.stop - gap.start > size:
                self._gaps.insert(0, Gap(gap.start + size, gap.stop))
            return gap.start
        start = self.size
        for gap in self._gaps:
            if gap.stop == self.size:  # a piece at the end is too small, but can grow
                self._gaps.remove(gap)
                start = gap.start
                break
        self.size = start + size
        return start

    def give_back(self, start: int, size: int) -> None:
        """Mark a piece as free, joined with the free pieces beside it."""
        stop = start + -(-size // LINE) * LINE
        for gap in [gap for gap in self._gaps if gap.stop == start or gap.start == stop]:
            self._gaps.remove(gap)
            start, stop = min(start, gap.start), max(stop, gap.stop)
        self._gaps.append(Gap(start, stop))


def share_memory(layout: Layout, *, reuse: bool = True) -> tuple[int, dict[Buffer, int]]:
    """Return the size of a block for all results, and where each begins there.

    Without `reuse` each has its bytes alone.
    """
    first: dict[Buffer, int] = {}
    last: dict[Buffer, int] = {}
    for buffer, begin in layout.first.items():
        root, _ = layout.home(buffer)
        if root.owner is None:
            first[root] = min(begin, first.get(root, begin))
            last[root] = max(layout.last[buffer], last.get(root, 0))
    ending = defaultdict(list)
    for buffer, index in last.items():
        ending[index].append(buffer)
    arena, starts, done = Arena(), dict[Buffer, int](), 0
    for buffer, begin in sorted(first.items(), key=lambda item: item[1]):
        for index in range(done, begin) if reuse else ():
            for dead in ending[index]:
                arena.give_back(starts[dead], dead.size)
        done = max(done, begin)
        starts[buffer] = arena.take(buffer.size)
    return arena.size, starts
