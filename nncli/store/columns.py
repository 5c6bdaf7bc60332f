"""metrics.jsonl as columns of numbers: a long file in a fraction of the time that its rows take one by one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from nncli.store.atomic import cannot
from nncli.store.rows import read_rows

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

OF_NUMBERS = b"0123456789+-.eE"
AROUND_EPOCHS = b"0123456789-:, {}\n"  # of whole numbers
LISTED = bytes.maketrans(b":{}", b"  ,")
BLOCK = 1 << 20  # bytes that are taken apart at once
BEYOND = b"1e999"  # no number of ours is so large: read as infinity, it stands for null


def read_columns(path: Path) -> dict[str, NDArray[float64]]:
    """One array of float64 a name, with NaN for null and for what a row lacks. Raises as `read_rows`."""
    try:
        with path.open("rb") as file:
            alike = _of_like_rows(file)
    except OSError as error:
        raise cannot("be read", path, error) from error
    return _of_any_rows(path) if alike is None else alike


def _of_any_rows(path: Path) -> dict[str, NDArray[float64]]:
    import numpy as np

    rows = list(read_rows(path))
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([_number(row.get(name)) for row in rows], np.float64) for name in names}


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


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
