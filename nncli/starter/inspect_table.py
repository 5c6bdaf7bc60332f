"""Inspect a table to choose the task and the settings of its columns for a starter experiment."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

from nncli.data.cells import Cells
from nncli.data.columns import MAX_CATEGORIES
from nncli.data.description import Description
from nncli.data.dialect import PLAIN
from nncli.data.infer import TableOptions, infer
from nncli.data.lines import digest
from nncli.data.table import read_columns
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
    table = read_columns(path, PLAIN)
    columns = table.columns
    if target not in columns:
        raise UsageError(f"has no column {shorten(target)}; its columns are {list_names(table.names)}", place=path)
    ignore = {name: why for name in columns if name != target and (why := _useless(columns[name]))}
    missing = {
        name: count for name, cells in columns.items() if name not in ignore and (count := len(cells) - cells.present)
    }
    inferred, why = _infer_task(columns[target]) if task is None else (task, f"set by --task {task}")
    kind: Literal["regression", "classes"] = "regression" if inferred == "regression" else "classes"
    how: Literal["drop", "median", "refuse"] = "drop" if target in missing else "median" if missing else "refuse"
    options = TableOptions((target,), tuple(ignore), (), how, "refuse", False, kind, PLAIN)
    described = infer(table, options, digest(path)).described
    if inferred == "binary" and len(described.class_names) > 2:
        message = f"has {len(described.class_names)} classes in {shorten(target)}; use --task classes"
        raise UsageError(message, place=path)
    return TableSummary(inferred, why, ignore, missing, described)


def _useless(cells: Cells) -> str:
    """Return why a column is useless as an input, or an empty string if it is not."""
    present, different = cells.present, cells.different_count
    if not present:
        return "empty"
    if different == 1:
        return "the same in every row"
    unique = different == present > MANY_ROWS
    if cells.words * 2 > present:
        if different > MAX_CATEGORIES:
            return f"{different} different texts"
        return "a different text in every row" if unique else ""
    name = cells.name.lower()
    named_as_id = name in ("id", "index", "row", "number") or name.endswith(("_id", " id"))
    return "a different number in every row" if unique and named_as_id and cells.are_whole else ""


def _infer_task(cells: Cells) -> tuple[Task, str]:
    """Return the task of predicting a column, and the reason."""
    different = cells.different_count
    if cells.words * 2 > cells.present:
        return ("binary" if different == 2 else "classes"), f"{different} different texts: classes"
    if different <= FEW_NUMBERS and cells.present > MANY_ROWS and cells.are_whole:
        return ("binary" if different == 2 else "classes"), f"{different} different whole numbers: classes"
    return "regression", f"{different} different numbers: regression"
