"""What is known of a data set without drawing it, and what a run keeps of that."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from nncli.arrays import Array

Task: TypeAlias = Literal["classes", "multilabel", "regression"]

OF_TEXTS = ("target_names", "class_names")
MAX_SAMPLES = 2**53


class Column(NamedTuple):
    """A column of a table that the network gets: a number, or a category as a 1 among zeros."""

    name: str
    categories: tuple[str, ...] | None = None  # none for a number

    @property
    def input_names(self) -> tuple[str, ...]:
        """The inputs that it becomes."""
        if self.categories is None:
            return (self.name,)
        return tuple(f"{self.name}={category}" for category in self.categories)


class Description(NamedTuple):
    """What is known of a data set without drawing it."""

    samples: int
    columns: tuple[Column, ...]
    target_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()  # empty unless each sample has one class
    label_names: tuple[tuple[str, ...], ...] = ()  # of several binary targets: the two values of each, positive last
    missing: bool = False  # whether a number may be missing, and is filled in
    unseen: bool = False  # whether a category may be unknown, and is all zeros
    digest: str = ""  # SHA-256 of the files it was read from

    @classmethod
    def of_numbers(cls, samples: int, inputs: Sequence[str], targets: Sequence[str], **more: Any) -> Description:
        """A set whose inputs are all numbers."""
        return cls(samples, tuple(map(Column, inputs)), tuple(targets), **more)

    @property
    def task(self) -> Task:
        """The kind of target: one class, several labels that are each set or not, or numbers."""
        return "classes" if self.class_names else "multilabel" if self.label_names else "regression"

    def of_label(self, number: int) -> Description:
        """Return the description of one label alone, as two classes."""
        name, values = self.target_names[number], self.label_names[number]
        return self._replace(target_names=(name,), class_names=values, label_names=())

    @property
    def input_names(self) -> tuple[str, ...]:
        """The inputs of the network, in order."""
        return tuple(name for column in self.columns for name in column.input_names)

    @property
    def numbers(self) -> Array:
        """Which inputs are numbers (inputs,), and not the zeros and ones of a category."""
        return np.array([column.categories is None for column in self.columns for _ in column.input_names], bool)

    def array(self) -> Array:
        """The description as bytes of JSON (n,), as checkpoints keep it."""
        fields = self._asdict() | {"columns": [list(column) for column in self.columns]}
        return np.frombuffer(json.dumps(fields, ensure_ascii=False).encode(), np.uint8)

    @classmethod
    def of_array(cls, array: Array) -> Description:
        """What `array` gave. Raises ValueError where it is not one."""
        try:
            fields = json.loads(array.tobytes())
            columns = tuple(Column(_text(name), None if of is None else _texts(of)) for name, of in fields["columns"])
            labels = tuple(map(_texts, fields.get("label_names", [])))
            texts = {name: _texts(fields[name]) for name in OF_TEXTS}
            found = cls(**fields | {"columns": columns, "label_names": labels} | texts)
        except (KeyError, TypeError, RecursionError, ValueError):
            raise ValueError("not a description of data") from None
        flags = type(found.missing) is bool and type(found.unseen) is bool and type(found.digest) is str
        if not flags or type(found.samples) is not int or not 0 < found.samples <= MAX_SAMPLES:
            raise ValueError("not a description of data")
        if not found.input_names or not found.target_names or len(found.class_names) == 1:
            raise ValueError("not a description of data")
        if labels and (found.class_names or [len(pair) for pair in labels] != [2] * len(found.target_names)):
            raise ValueError("not a description of data")
        return found

    def is_in(self, array: Array) -> bool:
        """Return whether an array holds this description, be it of a version that had fewer fields."""
        try:
            return Description.of_array(array) == self
        except ValueError:
            return False


class FileRows(NamedTuple):
    """Where in a file each sample stands."""

    place: str  # the file, as messages call it
    numbers: Array  # (n,) of rows, from 0 below the header, rows that were dropped counted too
    lines: Array  # (n,) at which the rows begin, from 1


def _text(item: object) -> str:
    if type(item) is not str:
        raise TypeError(item)
    return item


def _texts(items: object) -> tuple[str, ...]:
    if type(items) is not list:
        raise TypeError(items)
    return tuple(map(_text, items))
