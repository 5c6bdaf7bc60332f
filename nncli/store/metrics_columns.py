"""metrics.jsonl as columns of numbers: a long file in a fraction of the time that its rows take one by one."""

from __future__ import annotations

import json
from array import array
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from nncli.errors import NncliError
from nncli.store.atomic import os_error
from nncli.store.metrics_rows import read_rows
from nncli.system import open_file

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

OF_NUMBERS = b"0123456789+-.eE"
AROUND_EPOCHS = b"0123456789-:, {}\n"  # of whole numbers
LISTED = bytes.maketrans(b":{}", b"  ,")
MAX_NUMBERS = 20_000_000  # read at once: two million epochs of ten
BLOCK = 1 << 20  # bytes that are taken apart at once
BEYOND = b"1e999"  # no number of ours is so large: read as infinity, it stands for null


def read_columns(path: Path) -> dict[str, NDArray[float64]]:
    """One array of float64 a name, with NaN for null and for what a row lacks.

    Raises NncliError as `read_rows`, and for more figures than fit into a memory of some hundred megabytes.
    """
    try:
        with open_file(path) as file:
            alike = _of_like_rows(file)
    except OSError as error:
        raise os_error("be read", path, error) from error
    return _of_any_rows(path) if alike is None else alike


def _of_any_rows(path: Path) -> dict[str, NDArray[float64]]:
    """Row by row, in 8 bytes a figure."""
    import numpy as np

    found: dict[str, array[float]] = {}
    for number, row in enumerate(read_rows(path)):
        for name in row:
            if name not in found:
                found[name] = array("d", [nan]) * number
        if (number + 1) * len(found) > MAX_NUMBERS:
            raise NncliError(f"holds more than {MAX_NUMBERS:,} figures, too many to be read", place=str(path))
        for name, column in found.items():
            value = row.get(name)
            column.append(nan if value is None else value)
    return {name: np.frombuffer(column) for name, column in found.items()}


def _of_like_rows(file: BinaryIO) -> dict[str, NDArray[float64]] | None:
    """The columns of whole rows that have the same names in the same order, as ours have; None for others."""
    import numpy as np

    names: list[str] = []
    tables: list[NDArray[float64]] = []
    while text := file.read(BLOCK):
        text += file.readline(BLOCK)
        names = names or _names(text[: text.find(b"\n") + 1])
        table = _table(text, names) if names else None
        if table is None:
            return None
        tables.append(table)
        if sum(each.size for each in tables) > MAX_NUMBERS:
            return None
    return dict(zip(names, np.concatenate(tables).T.copy(), strict=True)) if tables else None


def _table(text: bytes, names: list[str]) -> NDArray[float64] | None:
    """The figures (rows, names) of whole rows that have these names in this order; None for others."""
    import numpy as np

    count, nulls = text.count(b"\n"), text.count(b"null")
    start, *parts = text.replace(b"null", BEYOND).split(b'"')  # each name is followed by what stands behind it
    if start != b"{" or len(parts) != 2 * len(names) * count:  # before anything is made as often as there are rows
        return None
    others = b"".join(parts[1::2])
    between = b": , " * (len(names) - 1)
    if parts[::2] != [name.encode() for name in names] * count:
        return None
    if others.translate(None, OF_NUMBERS) + b"{" != (between + b": }\n{") * count:
        return None
    if b"".join(parts[1 :: 2 * len(names)]).translate(None, AROUND_EPOCHS):
        return None
    try:
        numbers = np.array(json.loads(b"[" + others.translate(LISTED) + b"0]")[:-1], np.float64)
    except (ValueError, OverflowError):
        return None
    infinite = np.isinf(numbers)
    if len(numbers) != count * len(names) or np.count_nonzero(infinite) != nulls:
        return None
    numbers[infinite] = np.nan
    return numbers.reshape(count, len(names))


def _names(line: bytes) -> list[str]:
    """The names of a row that begins with its epoch; none where it is not one, or has names with escapes."""
    try:
        row: Any = json.loads(line)
    except (ValueError, RecursionError):
        return []
    usable = isinstance(row, dict) and next(iter(row), None) == "epoch" and b"\\" not in line
    return [*row] if usable else []
