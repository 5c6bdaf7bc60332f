"""metrics.jsonl as columns of numbers: a long file in a fraction of the time that its rows take one by one."""

from __future__ import annotations

import json
import os
from array import array
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nncli.errors import NncliError
from nncli.store.atomic import cannot
from nncli.store.rows import read_rows
from nncli.system import open_file

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

AT_ONCE = 1 << 24  # bytes, of which the fast way takes some ten times as much memory
MOST_FIGURES = 20_000_000  # read at once: two million epochs of ten
OF_NUMBERS = b"0123456789+-.eE"
LISTED = bytes.maketrans(b":{}", b"  ,")
BEYOND = b"1e999"  # no number of ours is so large: read as infinity, it stands for null


def read_columns(path: Path) -> dict[str, NDArray[float64]]:
    """One array of float64 a name, with NaN for null and for what a row lacks.

    Raises NncliError as `read_rows`, and for more figures than fit into a memory of some hundred megabytes.
    """
    try:
        with open_file(path) as file:
            is_small = os.fstat(file.fileno()).st_size <= AT_ONCE
            text = file.read() if is_small else b""
    except OSError as error:
        raise cannot("be read", path, error) from error
    alike = _of_like_rows(text)
    return _of_any_rows(path) if alike is None else alike


def _of_any_rows(path: Path) -> dict[str, NDArray[float64]]:
    """Row by row, in 8 bytes a figure."""
    import numpy as np

    found: dict[str, array[float]] = {}
    for number, row in enumerate(read_rows(path)):
        for name in row:
            if name not in found:
                found[name] = array("d", [nan]) * number
        if (number + 1) * len(found) > MOST_FIGURES:
            raise NncliError(f"holds more than {MOST_FIGURES:,} figures, too many to be read", place=str(path))
        for name, column in found.items():
            value = row.get(name)
            column.append(nan if value is None else value)
    return {name: np.frombuffer(column) for name, column in found.items()}


def _of_like_rows(text: bytes) -> dict[str, NDArray[float64]] | None:
    """The columns of whole rows that have the same names in the same order, as ours have; None for others."""
    import numpy as np

    names = _names(text[: text.find(b"\n") + 1])
    if not names or not text.endswith(b"\n"):
        return None
    count, nulls = text.count(b"\n"), text.count(b"null")
    start, *parts = text.replace(b"null", BEYOND).split(b'"')  # each name is followed by what stands behind it
    others = b"".join(parts[1::2])
    between = b": , " * (len(names) - 1)
    if start != b"{" or parts[::2] != [name.encode() for name in names] * count:
        return None
    if others.translate(None, OF_NUMBERS) + b"{" != (between + b": }\n{") * count:
        return None
    try:
        numbers = np.array(json.loads(b"[" + others.translate(LISTED) + b"0]")[:-1], np.float64)
    except (ValueError, OverflowError):
        return None
    infinite = np.isinf(numbers)
    if len(numbers) != count * len(names) or np.count_nonzero(infinite) != nulls:
        return None
    numbers[infinite] = np.nan
    table = numbers.reshape(count, len(names)).T.copy()
    epochs = table[0]  # NaN is no whole number either
    return dict(zip(names, table, strict=True)) if (np.floor(epochs) == epochs).all() else None


def _names(line: bytes) -> list[str]:
    """The names of a row that begins with its epoch; none where it is not one, or has names with escapes."""
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        return []
    usable = isinstance(row, dict) and next(iter(row), None) == "epoch" and b"\\" not in line
    return [*row] if usable else []
