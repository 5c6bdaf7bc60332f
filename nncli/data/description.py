"""Descriptions of data sets: the facts known without drawing samples, which runs save."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from nncli.arrays import Array

Task: TypeAlias = Literal["classes", "multilabel", "regression"]

TEXT_FIELDS = ("target_names", "class_names")
MAX_SAMPLES = 2**53


class Column(NamedTuple):
    """An input column of a table: a number, or a category as a 1 among zeros."""

    name: str
    categories: tuple[str, ...] | None = None  # None for a number

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the network's inputs for this column."""
        if self.categories is None:
            return (self.name,)
        return tuple(f"{self.name}={category}" for category in self.categories)


class Description(NamedTuple):
    """The facts about a data set that are known without drawing samples."""

    samples: int
    columns: tuple[Column, ...]
    target_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()  # empty unless each sample has one class
    label_names: tuple[tuple[str, ...], ...] = ()  # for each of several binary targets its two values, positive last
    missing: bool = False  # whether numbers may be missing and are filled in
    unseen: bool = False  # whether categories may be unknown and become all zeros
    digest: str = ""  # SHA-256 of the files

    @classmethod
    def of_numbers(cls, samples: int, inputs: Sequence[str], targets: Sequence[str], **more: Any) -> Description:
        """Return the description of a set whose inputs are all numbers."""
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
        """The names of the network's inputs, in order."""
        return tuple(name for column in self.columns for name in column.input_names)

    @property
    def numbers(self) -> Array:
        """A mask (inputs,) of the inputs that are numbers, not zeros and ones of a category."""
        return np.array([column.categories is None for column in self.columns for _ in column.input_names], bool)

    def array(self) -> Array:
        """Return the description as bytes of JSON (n,), for checkpoints."""
        fields = self._asdict() | {"columns": [list(column) for column in self.columns]}
        return np.frombuffer(json.dumps(fields, ensure_ascii=False).encode(), np.uint8)

    @classmethod
    def of_array(cls, array: Array) -> Description:
        """Return the description that `array` encoded. Raises ValueError if the array does not hold one."""
        try:
            fields = json.loads(array.tobytes())
            columns = tuple(Column(_text(name), None if of is None else _texts(of)) for name, of in fields["columns"])
            labels = tuple(map(_texts, fields.get("label_names", [])))
            texts = {name: _texts(fields[name]) for name in TEXT_FIELDS}
            described = cls(**fields | {"columns": columns, "label_names": labels} | texts)
        except (KeyError, TypeError, RecursionError, ValueError):
            raise ValueError("not a description of data") from None
        flags = type(described.missing) is bool and type(described.unseen) is bool and type(described.digest) is str
        if not flags or type(described.samples) is not int or not 0 < described.samples <= MAX_SAMPLES:
            raise ValueError("not a description of data")
        if not described.input_names or not described.target_names or len(described.class_names) == 1:
            raise ValueError("not a description of data")
        if labels and (described.class_names or [len(pair) for pair in labels] != [2] * len(described.target_names)):
            raise ValueError("not a description of data")
        return described

    def is_in(self, array: Array) -> bool:
        """Return whether an array holds this description, even if an older version wrote it with fewer fields."""
        try:
            return Description.of_array(array) == self
        except ValueError:
            return False


class FileRows(NamedTuple):
    """The rows of a file that the samples come from."""

    place: str  # the name of the file in messages
    numbers: Array  # (n,) row numbers from 0 below the header, counting dropped rows
    lines: Array  # (n,) line numbers from 1 where the rows begin


def _text(item: object) -> str:
    if type(item) is not str:
        raise TypeError(item)
    return item


def _texts(items: object) -> tuple[str, ...]:
    if type(items) is not list:
        raise TypeError(items)
    return tuple(map(_text, items))
