"""Convert columns of raw values to inputs and targets, and report the first value that cannot be converted."""

from __future__ import annotations

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nncli.arrays import Array
from nncli.data.description import Column, Description
from nncli.data.dialect import PLAIN, Dialect
from nncli.data.format import Format
from nncli.data.lines import Lines
from nncli.data.numbers import json_number, to_numbers
from nncli.data.rows import Chunk
from nncli.data.values import category_of, places_of
from nncli.errors import NncliError
from nncli.text import list_names, quote, shorten

UNKNOWN, MISSING = -1, -2  # instead of the number of a category
MAX_KNOWN = 10_000  # texts whose category is remembered


class Converter(ABC):
    """Converts the values of one column: texts of CSV, or values of JSON."""

    def __init__(self, name: str, format_: Format, dialect: Dialect) -> None:
        self.name = name
        self.format = format_
        self.dialect = dialect
        self.number: Callable[[Any], float] = dialect.number if format_ == "csv" else json_number

    @abstractmethod
    def convert(self, values: Sequence[Any]) -> tuple[Array, Sequence[int]]:
        """Return values as an array (n, ...), and the rows that cannot be converted."""

    @abstractmethod
    def fault(self, value: Any) -> tuple[str, str]:
        """Return the message about a value that cannot be converted, and a hint."""

    def quoted(self, value: Any) -> str:
        """Return a value for messages."""
        if self.format == "csv":
            return quote(value.strip())
        words: dict[type, str] = {list: "an array", dict: "an object"}
        return words.get(type(value)) or shorten(json.dumps(value, ensure_ascii=False))


class Numbers(Converter):
    """Numbers (n, 1), NaN for a missing one if that is allowed."""

    def __init__(self, name: str, format_: Format, dialect: Dialect, *, missing: bool = False) -> None:
        super().__init__(name, format_, dialect)
        self.missing = missing

    def convert(self, values: Sequence[Any]) -> tuple[Array, Sequence[int]]:
        numbers, others = to_numbers(values, self.dialect, are_texts=self.format == "csv")
        return numbers[:, None], [row for row in others.tolist() if not self.accepts_missing(values[row])]

    def accepts_missing(self, value: Any) -> bool:
        """Return whether a value that is not a number is missing, and missing values are allowed."""
        return self.missing and self.dialect.is_missing(value)

    def fault(self, value: Any) -> tuple[str, str]:
        name = shorten(self.name)
        if isinstance(value, str) and not value.strip():
            return f"{name} is empty", ""
        try:
            number = self.number(value)
        except ValueError:
            return f"{name} must be a number, not {self.quoted(value)}", ""
        except OverflowError:
            number = math.inf
        if math.isfinite(number):
            return f"{name} is missing ({self.quoted(value)})", ""
        return f"{name} must be finite, not {shorten(str(value), 20)}", ""


class Lookup:
    """The numbers of values by a function of one value, which is called once for each different text of CSV."""

    def __init__(self, place: Callable[[Any], int], format_: Format) -> None:
        self._place = place
        self._format = format_
        self._known = dict[str, int]()

    def places(self, values: Sequence[Any]) -> tuple[Array, list[int]]:
        """Return the number of each value (n,), and the rows whose number is UNKNOWN."""
        places = self._places(values)
        return places, np.flatnonzero(places == UNKNOWN).tolist()

    def _places(self, values: Sequence[Any]) -> Array:
        if self._format == "json":  # values may be equal and differ, such as 1 and true
            return np.fromiter(map(self._place, values), np.intp, len(values))
        known = self._known
        if len(known) > MAX_KNOWN:
            known.clear()
        for value in set(values) - known.keys():
            known[value] = self._place(value)
        return np.fromiter(map(known.__getitem__, values), np.intp, len(values))


class ClassNumbers:
    """The number of a class, given by its name or number."""

    def __init__(self, names: tuple[str, ...], number: Callable[[Any], float]) -> None:
        self._number = number
        self._by_name = places_of(names)
        named = {float(name): number for number, name in enumerate(names) if PLAIN.is_number(name)}
        # If class names are numbers, a number means the name, not the position; 007 and 7 are two names.
        ambiguous = len(named) < sum(map(PLAIN.is_number, names))
        self._by_number = {} if ambiguous else named or {float(number): number for number in range(len(names))}

    def __call__(self, value: Any) -> int:
        text = category_of(value)
        if text in self._by_name:
            return self._by_name[text]
        try:
            return self._by_number.get(self._number(value), UNKNOWN)
        except (ValueError, OverflowError):
            return UNKNOWN


class Categories(Converter):
    """A 1 in the column of the category (n, categories); zeros for an unknown or missing one if that is allowed."""

    def __init__(self, column: Column, format_: Format, dialect: Dialect, *, missing: bool, unseen: bool) -> None:
        super().__init__(column.name, format_, dialect)
        self._names = column.categories or ()
        self._by_name = places_of(self._names)
        self._missing = missing
        self._unseen = unseen
        self._lookup = Lookup(self._place, format_)
        # The rows at the end, of zeros, are those of UNKNOWN and MISSING.
        self._one_hot = np.vstack([np.eye(len(self._names)), np.zeros((2, len(self._names)))])

    def convert(self, values: Sequence[Any]) -> tuple[Array, Sequence[int]]:
        places, unknown = self._lookup.places(values)
        return self._one_hot[places], [] if self._unseen else unknown

    def fault(self, value: Any) -> tuple[str, str]:
        known = f"the categories are {list_names(self._names)}"
        message = f"{shorten(self.name)} has no category {self.quoted(value)}; {known}"
        return message, "train with `unseen: zeros` under `data:` to accept unknown categories"

    def _place(self, value: Any) -> int:
        if self._missing and self.dialect.is_missing(value):
            return MISSING
        return self._by_name.get(category_of(value), UNKNOWN)


class Classes(Converter):
    """The numbers (n,) of classes, given by their names or numbers."""

    def __init__(self, name: str, names: tuple[str, ...], format_: Format, dialect: Dialect) -> None:
        super().__init__(name, format_, dialect)
        self._names = names
        self._lookup = Lookup(ClassNumbers(names, self.number), format_)

    def convert(self, values: Sequence[Any]) -> tuple[Array, Sequence[int]]:
        return self._lookup.places(values)

    def fault(self, value: Any) -> tuple[str, str]:
        return f"unknown class {self.quoted(value)}; the classes are {list_names(self._names)}", ""


class Label(Converter):
    """1 (n, 1) for the second of two names, which is the positive one, 0 for the first."""

    def __init__(self, name: str, names: tuple[str, ...], format_: Format, dialect: Dialect) -> None:
        super().__init__(name, format_, dialect)
        self._names = names
        self._classes = Classes(name, names, format_, dialect)

    def convert(self, values: Sequence[Any]) -> tuple[Array, Sequence[int]]:
        places, unknown = self._classes.convert(values)
        return places.astype(np.uint8)[:, None], unknown

    def fault(self, value: Any) -> tuple[str, str]:
        expected = " or ".join(map(shorten, self._names))
        return f"{shorten(self.name)} must be {expected}, not {self.quoted(value)}", ""


def converters(described: Description, format_: Format, dialect: Dialect, *, with_targets: bool) -> list[Converter]:
    """Return the converter of each input, then of each target if there are to be targets."""
    inputs: list[Converter] = [
        Numbers(column.name, format_, dialect, missing=described.missing)
        if column.categories is None
        else Categories(column, format_, dialect, missing=described.missing, unseen=described.unseen)
        for column in described.columns
    ]
    if not with_targets:
        return inputs
    names = described.target_names
    if described.class_names:
        return [*inputs, Classes(names[0], described.class_names, format_, dialect)]
    if described.label_names:
        pairs = zip(names, described.label_names, strict=True)
        return [*inputs, *(Label(name, values, format_, dialect) for name, values in pairs)]
    return [*inputs, *(Numbers(name, format_, dialect) for name in names)]


def convert_chunk(chunk: Chunk, columns: Sequence[Converter], inputs: int, lines: Lines) -> tuple[Array, Array | None]:
    """Return x (n, inputs) and t of a chunk. Raises NncliError at the line of the first value that is wrong."""
    arrays, faults = list[Array](), list[tuple[int, int]]()
    for number, (converter, values) in enumerate(zip(columns, chunk.values, strict=True)):
        array, wrong = converter.convert(values)
        arrays.append(array)
        faults += [(row, number) for row in wrong[:1]]
    if faults:
        raise _first_fault(chunk, columns, min(faults), lines)
    return np.hstack(arrays[:inputs]), join_targets(arrays[inputs:]) if arrays[inputs:] else None


def _first_fault(chunk: Chunk, columns: Sequence[Converter], fault: tuple[int, int], lines: Lines) -> NncliError:
    row, number = fault
    message, hint = columns[number].fault(chunk.values[number][row])
    return lines.fault(message, chunk.lines[row], hint)


def join_targets(targets: Sequence[Array]) -> Array:
    """Return the targets of all columns: class numbers (n,), or numbers or labels (n, k)."""
    return targets[0] if targets[0].ndim == 1 else np.hstack(targets)
