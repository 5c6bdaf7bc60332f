"""Inspect a table to choose the task and the settings of its columns for a starter experiment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, NamedTuple, TypeAlias

from nncli.data.cells import Cells
from nncli.data.columns import MAX_CATEGORIES
from nncli.data.description import Description
from nncli.data.dialect import MISSING, PLAIN, Dialect
from nncli.data.format import format_of
from nncli.data.infer import InferredTable, TableOptions, infer, suggest_column
from nncli.data.lines import digest
from nncli.data.table import Table, read_columns
from nncli.errors import UsageError
from nncli.starter.sentinels import find_sentinels
from nncli.text import list_names, shorten

Task: TypeAlias = Literal["regression", "binary", "classes"]

FEW_NUMBERS = 10  # up to so many different whole numbers are taken as classes
MANY_ROWS = 20


class TableSummary(NamedTuple):
    """The task and the column settings for a table."""

    task: Task
    why: str  # reason for the task
    settings: dict[str, Any]  # for the way in which numbers are written
    ignore: dict[str, str]  # columns to leave out, with reasons
    missing: dict[str, int]  # number of missing values by column
    missing_texts: list[str]  # the different texts taken as missing
    sentinels: dict[int, list[str]]  # numbers that mean missing, with their columns
    notes: tuple[str, ...]  # on how the table was read
    inferred: InferredTable

    @property
    def described(self) -> Description:
        """The description of the table."""
        return self.inferred.described


def inspect_table(path: str, target: str, task: Task | None) -> TableSummary:
    """Inspect a table. Raises NncliError if it is not a valid table, UsageError if the target does not fit it."""
    table, dialect, settings, sentinels = _read(path)
    columns = table.columns
    if target not in columns:
        message = f"has no column {shorten(target)}; its columns are {list_names(table.names)}"
        raise UsageError(message, place=path, hint=suggest_column(target, table.names))
    _check_target(columns[target], path)
    ignore = {name: why for name in columns if name != target and (why := _useless(table, name))}
    if len(ignore) == len(columns) - 1:  # a table of x and y, with x in order, for instance
        ignore = {}
    used = {name: cells for name, cells in columns.items() if name not in ignore}
    missing = {name: count for name, cells in used.items() if (count := len(cells) - cells.present)}
    inferred, why = _infer_task(columns[target]) if task is None else (task, f"set by --task {task}")
    result = infer(table, _options(target, ignore, missing, inferred, dialect), digest(path))
    if inferred == "binary" and len(result.described.class_names) > 2:
        message = f"has {len(result.described.class_names)} classes in {shorten(target)}; use --task classes"
        raise UsageError(message, place=path)
    texts = {text for cells in used.values() for text in cells.missing_texts() if PLAIN.is_missing(text)}
    return TableSummary(inferred, why, settings, ignore, missing, sorted(texts), sentinels, table.notes, result)


def _read(path: str) -> tuple[Table, Dialect, dict[str, Any], dict[int, list[str]]]:
    """Return a table, its dialect, the settings for numbers in it, and the numbers that mean missing."""
    dialect, table = PLAIN, read_columns(path, PLAIN)
    settings = {} if format_of(path) == "json" else _number_settings(table)
    if settings:
        dialect = PLAIN.with_settings(settings)
        table = read_columns(path, dialect)
    sentinels = find_sentinels(table)
    if sentinels:
        dialect = replace(dialect, missing=(*MISSING, *map(str, sentinels)))
        table = read_columns(path, dialect)
    return table, dialect, settings, sentinels


def _options(
    target: str, ignore: Mapping[str, str], missing: Mapping[str, int], task: Task, dialect: Dialect
) -> TableOptions:
    kind: Literal["regression", "classes"] = "regression" if task == "regression" else "classes"
    fill: Literal["median", "refuse"] = "median" if missing.keys() - {target} else "refuse"
    return TableOptions((target,), tuple(ignore), (), fill, "drop", False, kind, dialect)


def _number_settings(table: Table) -> dict[str, Any]:
    """Return the settings by which the most columns of text become numbers."""
    columns = [cells.odd_texts() for cells in table.columns.values() if cells.words]
    fitting = [settings for texts in columns for settings in PLAIN.fitting(texts)]
    symbols = tuple(dict.fromkeys(symbol for settings in fitting for symbol in settings.get("symbols", ())))
    choices = [{key: value for key, value in settings.items() if key != "symbols"} for settings in fitting]
    if symbols:
        choices = [{**settings, "symbols": symbols} for settings in choices]
    dialects = [PLAIN.with_settings(settings) for settings in choices]
    counts = [sum(map(dialect.reads, columns)) for dialect in dialects]
    return choices[counts.index(max(counts))] if choices else {}


def _check_target(cells: Cells, path: str) -> None:
    """Raises UsageError if the values of a target cannot be learned."""
    if cells.words * 2 > cells.present and cells.different_count == cells.present > MANY_ROWS:
        message = f"has a different text in every row of {shorten(cells.name)}, so there is nothing to learn"
        raise UsageError(message, place=path, hint="choose another column with --target")


def _useless(table: Table, name: str) -> str:
    """Return why a column is useless as an input, or an empty string if it is not."""
    if name in table.nested:
        return "arrays or objects"
    cells = table.columns[name]
    present, different = cells.present, cells.different_count
    if not present:
        return "empty"
    if different == 1:
        return "the same in every row"
    unique = different == present > MANY_ROWS
    if cells.words * 2 > present:
        if different > MAX_CATEGORIES:
            return f"{different:,} different texts"
        return "a different text in every row" if unique else ""
    if cells.words:
        return f"numbers, but text in {cells.words:,} of {present:,} rows"
    if cells.has_leading_zeros and different > MAX_CATEGORIES:
        return f"{different:,} different codes"
    name = name.lower()
    named_as_id = name in ("id", "index", "row", "number") or name.endswith(("id", "_no", "number"))
    if unique and cells.are_whole and (named_as_id or cells.count_rows):
        return "a different number in every row"
    return ""


def _infer_task(cells: Cells) -> tuple[Task, str]:
    """Return the task of predicting a column, and the reason."""
    different = cells.different_count
    if cells.words * 2 > cells.present:
        return ("binary" if different == 2 else "classes"), f"{different} different texts: classes"
    if different <= FEW_NUMBERS and cells.present > MANY_ROWS and cells.are_whole:
        return ("binary" if different == 2 else "classes"), f"{different} different whole numbers: classes"
    return "regression", f"{different} different numbers: regression"
