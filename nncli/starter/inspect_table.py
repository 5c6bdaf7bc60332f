"""A look at a table: what is to be predicted, and what a first experiment should say of its columns."""

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

FEW_NUMBERS = 10  # different whole numbers that may well be classes
MANY_ROWS = 20


class TableSummary(NamedTuple):
    """What was found in a table."""

    task: Task
    why: str  # it is taken for that
    ignore: dict[str, str]  # columns to leave out, and why
    missing: dict[str, int]  # columns with missing values, and in how many rows
    described: Description


def inspect_table(path: str, target: str, task: Task | None) -> TableSummary:
    """Reads a table of CSV. Raises NncliError where it is none, UsageError where the target cannot be had."""
    columns = {name: [text.strip() for text in texts] for name, texts in read_columns(path).columns.items()}
    if target not in columns:
        raise UsageError(f"has no column {shorten(target)}; its columns are {list_names(tuple(columns))}", place=path)
    ignore = {name: why for name in columns if name != target and (why := _useless(name, columns[name]))}
    used = [name for name in columns if name not in ignore]
    missing = {name: count for name in used if (count := sum(map(is_missing, columns[name])))}
    found, why = _task(columns[target]) if task is None else (task, f"as --task {task} says")
    kind: Literal["regression", "classes"] = "regression" if found == "regression" else "classes"
    how = "drop" if target in missing else "median" if missing else "refuse"
    asked = TableOptions((target,), tuple(ignore), (), how, False, kind)
    described = describe_table(path, stamp(path), asked)
    if found == "binary" and len(described.class_names) > 2:
        raise UsageError(f"has {len(described.class_names)} classes in {shorten(target)}; --task classes", place=path)
    return TableSummary(found, why, ignore, missing, described)


def _useless(name: str, values: list[str]) -> str:
    """Why a column tells a network nothing, if it does not."""
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
        return "another text in every row" if different == len(present) > MANY_ROWS else ""
    counting = all(value.lstrip("-").isdigit() for value in present) and different == len(present) > MANY_ROWS
    called_so = name.lower() in ("id", "index", "row", "number") or name.lower().endswith(("_id", " id"))
    return "another number in every row" if counting and called_so else ""


def _task(values: list[str]) -> tuple[Task, str]:
    """What predicting a column is, and why."""
    present = [value for value in values if not is_missing(value)]
    names = set(present)
    if sum(not is_number(value) for value in present) * 2 > len(present):
        return ("binary" if len(names) == 2 else "classes"), f"{len(names)} different texts: classes"
    whole = all(math.isfinite(float(value)) and float(value).is_integer() for value in present if is_number(value))
    if whole and len(names) <= FEW_NUMBERS and len(present) > MANY_ROWS:
        return ("binary" if len(names) == 2 else "classes"), f"{len(names)} different whole numbers: classes"
    return "regression", f"{len(names)} different numbers: values"
