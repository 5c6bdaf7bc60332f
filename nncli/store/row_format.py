"""Format rows of metrics as lines of JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

Row: TypeAlias = tuple[int, Mapping[str, float], float]  # epoch, metrics, seconds since the start


def format_rows(rows: Iterable[Row]) -> str:
    """Return a line for each row, with the seconds before the metrics that begin with `val_`, and null for NaN.

    Rows with the same metrics are formatted together, column by column, in less than half the time of row by row.
    """
    return "".join(_format_group(names, list(group)) for names, group in groupby(rows, lambda row: [*row[1]]))


def _format_group(names: list[str], rows: list[Row]) -> str:
    epochs, metrics, seconds = zip(*rows, strict=True)
    columns: list[tuple[str, Iterable[str]]] = [
        (f", {json.dumps(name)}: ", _format_numbers([*map(float, map(itemgetter(name), metrics))])) for name in names
    ]
    split = next((i for i, name in enumerate(names) if name.startswith("val_")), len(names))
    columns.insert(split, (', "seconds": ', ("%.6f " * len(rows) % seconds).split()))
    columns.insert(0, ('{"epoch": ', map(str, epochs)))
    width = 2 * len(columns) + 1
    texts = ["}\n"] * (len(rows) * width)
    for i, (label, values) in enumerate(columns):
        texts[2 * i :: width], texts[2 * i + 1 :: width] = [label] * len(rows), values
    return "".join(texts)


def _format_numbers(values: list[float]) -> list[str]:
    """Return numbers as `json.dumps` does, but null for NaN and infinity."""
    from pydantic_core import to_json  # imported here because readers of runs do not need it

    first = values[0]
    if first and values.count(first) == len(values):  # as learning rates are; zeros may differ in their sign
        return [repr(first) if math.isfinite(first) else "null"] * len(values)
    # pydantic takes a fifth of the time. It gives the same digits, but has other rules for when to use an exponent.
    if (min(values) >= 1e-4 and max(values) < 1e16) or not any(values):
        return to_json(values, inf_nan_mode="null").decode()[1:-1].split(",")
    return [repr(value) if math.isfinite(value) else "null" for value in values]
