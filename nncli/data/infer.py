"""Describe a table by reading all of it: numbers, categories, classes, and missing values."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, lru_cache, partial
from typing import Literal, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.cells import Cells
from nncli.data.columns import classes_of, column_of, leave_out
from nncli.data.convert import converters, join_targets
from nncli.data.csv_records import separator_hint
from nncli.data.description import Description, FileRows, Task
from nncli.data.dialect import PLAIN, SEPARATORS, Dialect
from nncli.data.lazy_rows import LazyRows
from nncli.data.lines import Stamp, digest
from nncli.data.table import Table, read_columns
from nncli.data.table_rows import ConvertRows, table_rows
from nncli.data.targets import binary_values
from nncli.errors import NncliError, UsageError
from nncli.text import MAX_NAMES, count_of, list_names, plural, shorten

MAX_LINES = 3
NO_NAME = '""'
MAX_NAMES_COMPARED = 1000
DROP_TARGETS = "add `missing_target: drop` under `data:` to leave such rows out"


class TableOptions(NamedTuple):
    """The settings of an experiment for its table."""

    targets: tuple[str, ...]
    ignore: tuple[str, ...]
    categories: tuple[str, ...]
    missing: Literal["refuse", "drop", "mean", "median"]
    missing_target: Literal["refuse", "drop"]
    unseen: bool
    task: Task | None
    dialect: Dialect

    @property
    def fills(self) -> bool:
        """True if missing values are filled in."""
        return self.missing in ("mean", "median")


@dataclass(frozen=True)
class InferredTable:
    """The inputs and targets of a table, without the rows that are left out."""

    table: Table  # with the lines of these rows
    options: TableOptions
    digest: str
    cells: list[Cells]  # of each input, then of each target
    rows: FileRows
    notes: tuple[str, ...]  # on what was left out
    format_notes: tuple[str, ...]  # on how the file was read

    @cached_property
    def described(self) -> Description:
        """The description, inferred when it is first used. Raises NncliError with the place of the problem."""
        table, options = self.table, self.options
        inputs, targets = self._inputs, self._targets
        columns = [column_of(table, cells, cells.name in options.categories) for cells in inputs]
        labels = binary_values(table, targets) if options.task == "multilabel" else ()
        classes = () if labels else classes_of(table, targets, options.task)
        flags = options.fills, options.unseen, self.digest
        return Description(len(self.rows.lines), tuple(columns), options.targets, classes, labels, *flags)

    def fits(self, described: Description) -> bool:
        """Return whether a description of a file with the same content is of this table, without inferring it again."""
        options, categories = self.options, [column.name for column in described.columns if column.categories]
        return (
            self.digest == described.digest
            and [cells.name for cells in self._inputs] == [column.name for column in described.columns]
            and options.targets == described.target_names
            and len(self.rows.lines) == described.samples
            and options.task in (None, described.task)
            and (options.fills, options.unseen) == (described.missing, described.unseen)
            and set(options.categories) <= {*categories}
        )

    def samples(self, described: Description) -> tuple[LazyRows, Array]:
        """Return inputs x (n, inputs) and targets t. Raises NncliError for a value that the description lacks."""
        columns = converters(described, "csv", self.options.dialect, with_targets=True)
        inputs = len(described.columns)
        converts, faults = list[ConvertRows](), list[tuple[int, int]]()
        for number, (cells, converter) in enumerate(zip(self.cells, columns, strict=True)):
            convert, wrong = cells.convert(converter)
            converts.append(convert)
            faults += [(row, number) for row in wrong]
        if faults:
            row, number = min(faults)
            message, hint = columns[number].fault(self.cells[number].text(row))
            raise NncliError(message, place=f"{self.table.place}:{self.table.lines[row]}", hint=hint)
        widths = [len(column.input_names) for column in described.columns]
        x = table_rows(described.samples, converts[:inputs], widths)
        return x, join_targets([convert(slice(None)) for convert in converts[inputs:]])

    @property
    def _inputs(self) -> list[Cells]:
        return self.cells[: -len(self.options.targets)]

    @property
    def _targets(self) -> list[Cells]:
        return self.cells[-len(self.options.targets) :]


@lru_cache(maxsize=4)
def infer_table(path: str, stamp: Stamp, options: TableOptions) -> InferredTable:
    """Read a table. Raises NncliError with the place of the problem."""
    check = partial(input_names, options=options)  # before the rows are read
    return infer(read_columns(path, options.dialect, skipped_columns(options), check=check), options, digest(path))


def skipped_columns(options: TableOptions) -> set[str]:
    """Return the names of the columns that need not be read."""
    return set(options.ignore) - set(options.targets) - set(options.categories)


def infer(table: Table, options: TableOptions, digest: str) -> InferredTable:
    """Return the columns and rows of a table to use. Raises NncliError with the place of the problem."""
    inputs = input_names(table.place, table.names, options)
    used = {name: table.columns[name] for name in (*inputs, *options.targets)}
    _check_flat(table, used, options.targets)
    missing = {name: cells.missing for name, cells in used.items()}
    dropped = [name for name in inputs if options.missing == "drop"]
    dropped += [name for name in options.targets if "drop" in (options.missing, options.missing_target)]
    if options.missing == "refuse":
        kept = {name: mask for name, mask in missing.items() if name not in dropped}
        _check_no_missing(table, kept, options.targets)
    if options.fills:
        _check_no_missing_targets(table, {name: missing[name] for name in options.targets if name not in dropped})
    drop = np.any([missing[name] for name in dropped], axis=0) if dropped else np.zeros(len(table.lines), bool)
    rows = np.flatnonzero(~drop)
    if not len(rows):
        raise NncliError("has a missing value in every row", place=table.place)
    notes = _notes(table, {name: int(missing[name].sum()) for name in dropped}, int(drop.sum()))
    separated = f"columns are separated by {SEPARATORS[table.separator]}"
    format_notes = () if table.separator == "," else (separated,)
    if drop.any():
        table = table._replace(lines=table.lines[rows])
        used = {name: cells.take(rows) for name, cells in used.items()}
    file_rows = FileRows(table.place, rows, table.lines)
    return InferredTable(table, options, digest, list(used.values()), file_rows, notes, format_notes)


def _notes(table: Table, missing: Mapping[str, int], dropped: int) -> tuple[str, ...]:
    """Return the notes on a table, and on dropped rows."""
    notes = list(table.notes)
    if dropped:
        reasons = [f"{shorten(name)} is missing in {count:,}" for name, count in missing.items() if count]
        reasons[MAX_NAMES:] = [f"{len(reasons) - MAX_NAMES} more columns"] if len(reasons) > MAX_NAMES else []
        notes.append(f"dropped {dropped:,} of {count_of(len(table.lines), 'row')}: {', '.join(reasons)}")
    return tuple(notes)


def input_names(place: str, names: Sequence[str], options: TableOptions) -> list[str]:
    """Return the columns that are inputs. Raises UsageError if the experiment names columns that do not exist."""
    for field, named in (("target", options.targets), ("ignore", options.ignore), ("categories", options.categories)):
        for name in named:
            if name not in names:
                message = (
                    f"has no column {shorten(name) or NO_NAME}, which `{field}` names;"
                    f" its columns are {list_names(names)}"
                )
                raise UsageError(message, place=place, hint=suggest_column(name, names))
            if named.count(name) > 1:
                message = f"`{field}` names {shorten(name)} {named.count(name)} times; name it once"
                raise UsageError(message, place=place)
            if field != "target" and name in options.targets:
                message = f"{shorten(name)} is in both `target` and `{field}`; remove it from one"
                raise UsageError(message, place=place)
    inputs = [name for name in names if name and name not in options.targets and name not in options.ignore]
    if not inputs:
        raise UsageError("has no input column, as every column is a target or ignored", place=place)
    return inputs


def suggest_column(name: str, names: Sequence[str]) -> str:
    """Return a hint for a column that does not exist, or an empty string."""
    if close := get_close_matches(name, names[:MAX_NAMES_COMPARED], 1):
        return f"did you mean {shorten(close[0])}?"
    add_header = "add a first line with the names of the columns"
    return separator_hint(names) or (add_header if any(map(PLAIN.is_number, names)) else "")


def _check_flat(table: Table, used: Iterable[str], targets: Collection[str]) -> None:
    """Raises NncliError if a column has arrays or objects of JSON."""
    for name in used:
        if name in table.nested:
            line, kind = table.nested[name]
            message = f"{shorten(name)} must be a number, a text, true, false or null, not {kind}"
            raise NncliError(message, place=f"{table.place}:{line}", hint="" if name in targets else leave_out(name))


def _check_no_missing(table: Table, missing: Mapping[str, Array], targets: Sequence[str]) -> None:
    """Raises an error that names columns with missing values, and the first lines of these values."""
    columns = []
    for name, mask in missing.items():
        count = int(mask.sum())
        if count:
            first = ", ".join(map(str, table.lines[mask][:MAX_LINES]))
            more = ", ..." if count > MAX_LINES else ""
            columns.append(f"{shorten(name)} in {count_of(count, 'row')} ({plural('line', count)} {first}{more})")
    if len(columns) > MAX_NAMES:
        columns[MAX_NAMES:] = [f"and {len(columns) - MAX_NAMES:,} more columns"]
    if columns:
        hint = "add `missing: drop` under `data:` to leave such rows out, or `mean` or `median` to fill the value in"
        incomplete = {name for name, mask in missing.items() if mask.any()}
        if incomplete <= set(targets):
            hint = DROP_TARGETS
        elif not incomplete.isdisjoint(targets):
            hint += "; add `missing_target: drop` for the targets"
        raise NncliError(f"has missing values: {'; '.join(columns)}", place=table.place, hint=hint)


def _check_no_missing_targets(table: Table, missing: Mapping[str, Array]) -> None:
    for name, mask in missing.items():
        if mask.any():
            message = f"{shorten(name)} is missing, and a target cannot be filled in"
            raise NncliError(message, place=f"{table.place}:{table.lines[mask.argmax()]}", hint=DROP_TARGETS)
