"""What the columns of a table are, found by reading all of it: numbers or categories, classes, and what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from nncli.data.description import Column, Description
from nncli.data.lines import Stamp, open_lines, shown
from nncli.data.rows import csv_records, is_finite, is_number, listed
from nncli.data.values import is_missing
from nncli.errors import NncliError

Task: TypeAlias = Literal["classes", "regression"]

MOST_CATEGORIES, MOST_CLASSES = 100, 1000
LINES_SHOWN = 3


class Asked(NamedTuple):
    """What the experiment says of a table."""

    targets: tuple[str, ...]
    ignore: tuple[str, ...]
    categories: tuple[str, ...]
    missing: str
    unseen: bool
    task: Task | None


class _Cells(NamedTuple):
    """A column: its name, and the line and text of each cell that is not missing."""

    name: str
    lines: list[int]
    texts: list[str]


@lru_cache(maxsize=8)
def describe_table(path: str, stamp: Stamp, asked: Asked) -> Description:
    """The description of a table of CSV with a header. Raises NncliError with the place of what is wrong in it."""
    names, rows = read_columns(path)
    inputs = _inputs(path, names, asked)
    wanted = [*inputs, *asked.targets]
    places = [names.index(name) for name in wanted]
    kept = [(line, fields) for line, fields in rows if not any(is_missing(fields[place]) for place in places)]
    if len(kept) < len(rows) and asked.missing == "refuse":
        raise _missing(path, rows, dict(zip(wanted, places, strict=True)))
    if asked.missing in ("mean", "median"):
        _refuse_missing_targets(path, rows, dict(zip(asked.targets, places[len(inputs) :], strict=True)))
        kept = rows
    if not kept:
        raise NncliError("has no row in which nothing is missing", place=path)
    cells = {name: _cells(name, place, kept) for name, place in zip(wanted, places, strict=True)}
    columns = [_column(path, cells[name], name in asked.categories) for name in inputs]
    if not sum(len(column.input_names) for column in columns):
        raise NncliError("has no input: every column is a target or ignored", place=path)
    classes = _classes(path, [cells[name] for name in asked.targets], asked.task)
    fills = asked.missing in ("mean", "median")
    digest = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    return Description(len(kept), tuple(columns), asked.targets, classes, fills, asked.unseen, digest)


def read_columns(path: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The names in the header, and each row with its line."""
    with open_lines(path) as lines:
        records = csv_records(lines)
        line, header = next(records, (1, []))
        if not header:
            raise NncliError("is empty", place=path)
        names = [name.strip() for name in header]
        if all(map(is_number, names)):
            raise lines.fault("has no header: the first line must name the columns", line)
        for name in names:
            if not name:
                raise lines.fault(f"column {names.index(name) + 1} has no name", line)
            if names.count(name) > 1:
                raise lines.fault(f"has {names.count(name)} columns {shown(name)}", line)
        rows = []
        for at, fields in records:
            if len(fields) != len(names):
                raise lines.fault(f"has {len(fields)} columns, and line {line} has {len(names)}", at)
            if [field.strip() for field in fields] == names:
                raise lines.fault("is the header again", at)
            rows.append((at, fields))
        if not rows:
            raise lines.fault("is a header, and no rows follow", line)
        return names, rows


def _inputs(path: str, names: list[str], asked: Asked) -> list[str]:
    """The columns that are inputs, once it is sure that all that the experiment names is there."""
    for field, given in (("target", asked.targets), ("ignore", asked.ignore), ("categories", asked.categories)):
        for name in given:
            if name not in names:
                close = get_close_matches(name, names, 1)
                hint = f"did you mean {shown(close[0])}?" if close else ""
                message = f"has no column {shown(name)}, which `{field}` names; its columns are {listed(names)}"
                raise NncliError(message, place=path, hint=hint)
    return [name for name in names if name not in asked.targets and name not in asked.ignore]


def _cells(name: str, place: int, rows: Iterable[tuple[int, list[str]]]) -> _Cells:
    present = [(line, fields[place].strip()) for line, fields in rows if not is_missing(fields[place])]
    return _Cells(name, [line for line, _ in present], [text for _, text in present])


def _column(path: str, cells: _Cells, as_category: bool) -> Column:
    """Whether a column holds numbers or categories: what most of its values are."""
    if not cells.texts:
        raise NncliError(f"column {shown(cells.name)} is empty", place=path, hint=_leave_out(cells.name))
    words = sum(not is_number(text) for text in cells.texts)
    if not as_category and words * 2 <= len(cells.texts):
        _refuse_others(path, cells, words)
        return Column(cells.name)
    categories = _sorted(set(cells.texts))
    if len(categories) > MOST_CATEGORIES:
        message = f"column {shown(cells.name)} has {len(categories)} different texts, too many for categories"
        raise NncliError(message, place=path, hint=_leave_out(cells.name))
    return Column(cells.name, categories)


def _leave_out(name: str) -> str:
    return f"`ignore: [{shown(name)}]` under `data:` leaves it out"


def _refuse_others(path: str, cells: _Cells, words: int) -> None:
    """Refuses a column of numbers that holds a text or what is not finite."""
    for line, text in zip(cells.lines, cells.texts, strict=True):
        if not is_finite(text):
            what = "finite" if is_number(text) else "a number, as in most rows"
            rest = f" ({words} rows have a text there)" if words > 1 else ""
            message = f'{shown(cells.name)} must be {what}, not "{shown(text, 20)}"{rest}'
            raise NncliError(message, place=f"{path}:{line}")


def _classes(path: str, targets: Sequence[_Cells], task: Task | None) -> tuple[str, ...]:
    """The names of the classes; none for numbers that are values."""
    words = [sum(not is_number(text) for text in cells.texts) for cells in targets]
    are_texts = any(2 * count > len(cells.texts) for count, cells in zip(words, targets, strict=True))
    if task == "regression" or (task is None and not are_texts):
        for count, cells in zip(words, targets, strict=True):
            _refuse_others(path, cells, count)
        return ()
    if len(targets) > 1:
        raise NncliError("has classes, of which there can be one target only", place=path)
    (cells,) = targets
    names = _sorted(set(cells.texts))
    if all(map(is_number, names)):
        fraction = next((i for i, text in enumerate(cells.texts) if not float(text).is_integer()), None)
        if fraction is not None:
            message = f'{shown(cells.name)} must be a class, so a name or a whole number, not "{cells.texts[fraction]}"'
            hint = "for values to be predicted, the loss is mse, mae or huber"
            raise NncliError(message, place=f"{path}:{cells.lines[fraction]}", hint=hint)
        names = tuple(dict.fromkeys(str(int(float(name))) for name in names))
    if len(names) < 2:
        raise NncliError(f"column {shown(cells.name)} has one class only: {shown(names[0])}", place=path)
    if len(names) > MOST_CLASSES:
        message = f"column {shown(cells.name)} has {len(names):,} different classes, and {MOST_CLASSES:,} are the most"
        raise NncliError(message, place=path)
    return names


def _sorted(texts: set[str]) -> tuple[str, ...]:
    """Numbers by size, else by the alphabet."""
    return tuple(sorted(texts, key=lambda text: (float(text), text)) if all(map(is_number, texts)) else sorted(texts))


def _missing(path: str, rows: list[tuple[int, list[str]]], places: dict[str, int]) -> NncliError:
    """The error that names each column with missing values and their first rows."""
    found = []
    for name, place in places.items():
        lines = [line for line, fields in rows if is_missing(fields[place])]
        if lines:
            first = ", ".join(map(str, lines[:LINES_SHOWN])) + (", ..." if len(lines) > LINES_SHOWN else "")
            found.append(f"{shown(name)} in {len(lines)} row{'s' * (len(lines) != 1)} (line {first})")
    hint = "`missing: drop` under `data:` leaves such rows out, `mean` and `median` fill the value in"
    return NncliError(f"has missing values: {'; '.join(found)}", place=path, hint=hint)


def _refuse_missing_targets(path: str, rows: list[tuple[int, list[str]]], places: dict[str, int]) -> None:
    for name, place in places.items():
        for line, fields in rows:
            if is_missing(fields[place]):
                hint = "what is to be predicted cannot be filled in; `missing: drop` leaves such rows out"
                raise NncliError(f"{shown(name)} is missing", place=f"{path}:{line}", hint=hint)
