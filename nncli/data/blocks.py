"""Blocks of rows, for computations of which no whole copy in float64 may fit into memory."""

from __future__ import annotations

from collections.abc import Iterator

# 1 MiB in float64: with blocks of 16 MiB, which leave the processor's cache, scaling takes more than twice as long.
NUMBERS_AT_ONCE = 1 << 17


def rows_at_once(columns: int) -> int:
    """Return the number of rows of a block."""
    return max(1, NUMBERS_AT_ONCE // max(columns, 1))


def row_blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Yield consecutive slices of the rows of an array (n,) or (n, k)."""
    rows = rows_at_once(shape[1] if len(shape) > 1 else 1)
    return (slice(start, min(start + rows, shape[0])) for start in range(0, shape[0], rows))
