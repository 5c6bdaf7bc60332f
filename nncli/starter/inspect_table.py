"""Inspect a table to choose the task and the settings of its columns for a starter experiment."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, TypeAlias

from nncli.data.columns import MAX_CATEGORIES
from nncli.data.description import Description
from nncli.data.infer import TableOptions, describe_table, read_columns
from nncli.data.lines import stamp
from nncli.data.rows import is_number
from nncli.data.values import is_missing
from nncli.errors import UsageError
from nncli.text import list_names, shorten

Task: TypeAlias = Literal["regression", "binary", "classes"]

FEW_NUMBERS = 10  # up to so many different whole numbers are taken as classes
MANY_ROWS = 20


class TableSummary(NamedTuple):
    """The task and the column settings for a table."""

    task: Task
    why: str  # reason for the task
    ignore: dict[str, str]  # columns to leave out, with reasons
    missing: dict[str, int]  # number of missing values by column
    described: Description


def inspect_table(path: str, target: str, task: Task | None) -> TableSummary:
    """Inspect a CSV table. Raises NncliError if it is not a valid table, UsageError if the target does not fit it."""
    columns = {name: [text.strip() for text in texts] for name, texts in read_columns(path).columns.items()}
    if target not in columns:
        raise UsageError(f"has no column {shorten(target)}; its columns are {list_names(tuple(columns))}", place=path)
    ignore = {name: why for name in columns if name != target and (why := _useless(name, columns[name]))}
    used = [name for name in columns if name not in ignore]
    missing = {name: count for name in used if (count := sum(map(is_missing, columns[name])))}
    inferred, why = _infer_task(columns[target]) if task is None else (task, f"set by --task {task}")
    kind: Literal["regression", "classes"] = "regression" if inferred == "regression" else "classes"
    how = "drop" if target in missing else "median" if missing else "refuse"
    options = TableOptions((target,), tuple(ignore), (), how, False, kind)
    described = describe_table(path, stamp(path), options)
    if inferred == "binary" and len(described.class_names) > 2:
        message = f"has {len(described.class_names)} classes in {shorten(target)}; use --task classes"
        raise UsageError(message, place=path)
    return TableSummary(inferred, why, ignore, missing, described)


def _useless(name: str, values: list[str]) -> str:
    """Return why a column is useless as an input, or an empty string if it is not."""
    present = [value for value in values if not is_missing(value)]
    different = len(set(present))
    if not present:
        return "empty"
    if different == 1:
        return "the same in every row"
    words = sum(not is_number(value) for value in present)
    if words * 2 > len(present):
        if different > MAX_CATEGORIES:
            return f"{different} different texts"
        return "a different text in every row" if different == len(present) > MANY_ROWS else ""
    unique = all(value.lstrip("-").isdigit() for value in present) and different == len(present) > MANY_ROWS
    named_as_id = name.lower() in ("id", "index", "row", "number") or name.lower().endswith(("_id", " id"))
    return "a different number in every row" if unique and named_as_id else ""


def _infer_task(values: list[str]) -> tuple[Task, str]:
    """Return the task of predicting a column, and the reason."""
    present = [value for value in values if not is_missing(value)]
    names = set(present)
    if sum(not is_number(value) for value in present) * 2 > len(present):
        return ("binary" if len(names) == 2 else "classes"), f"{len(names)} different texts: classes"
    integers = all(math.isfinite(float(value)) and float(value).is_integer() for value in present if is_number(value))
    if integers and len(names) <= FEW_NUMBERS and len(present) > MANY_ROWS:
        return ("binary" if len(names) == 2 else "classes"), f"{len(names)} different whole numbers: classes"
    return "regression", f"{len(names)} different numbers: regression"
