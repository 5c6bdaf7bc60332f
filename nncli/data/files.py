"""Data sets read from files: CSV tables and NumPy arrays."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from annotated_types import MinLen

from nncli.data.array_files import is_mapped
from nncli.data.arrays import arrays_of
from nncli.data.data import Data, Rules, Samples
from nncli.data.description import Description, FileRows
from nncli.data.dialect import MISSING, Decimal, Dialect, Separator, Thousands
from nncli.data.file_source import FilePath, FileSource, ScaleField, ScaleTargetField, TaskField
from nncli.data.format import format_of
from nncli.data.head import describe_head
from nncli.data.infer import InferredTable, TableOptions, infer_table
from nncli.data.lines import digest, stamp
from nncli.data.parts import PartTable, read_part
from nncli.data.values import DropMissing
from nncli.errors import UsageError
from nncli.registry import Help, OneError, register
from nncli.text import quote

ColumnName: TypeAlias = Annotated[str, MinLen(1)]


@register
class Csv(Data):
    """A table in a file of CSV with a header, or of JSON lines; the file may be gzipped.

    A file is read as JSON lines if its name ends in .jsonl, .ndjson or .json. A column of numbers becomes one input, a
    column of text one input per value: 1 if the row has it, else 0. Missing values (an empty field, NA, N/A, NaN, null,
    none, ? or one of `missing_values`) are errors unless `missing` says how to handle them. The separator of columns is
    detected; set `decimal`, `thousands` and `symbols` if numbers are written as in `1.234,50 €`.

        standard    (x - mean) / standard deviation        minmax    (x - min) / (max - min)

    Means, medians and scales are computed from the training samples.

    Several targets are numbers. With binary_crossentropy they are labels (task multilabel) with one sigmoid unit each:
    0 and 1, true and false, or two texts, of which the second in sorted order is the positive one.
    """

    type: Literal["csv"] = "csv"
    path: FilePath
    target: Annotated[
        ColumnName | Annotated[tuple[ColumnName, ...], MinLen(1)],
        OneError("names"),
        Help("column to predict, or a list of columns"),
    ]
    ignore: Annotated[tuple[str, ...], Help("columns to leave out")] = ()
    categories: Annotated[tuple[str, ...], Help("numeric columns to read as categories, such as postcodes")] = ()
    missing: Annotated[
        Literal["refuse", "drop", "mean", "median"],
        Help("refuse missing values, drop their rows, or fill the values in"),
    ] = "refuse"
    unseen: Annotated[
        Literal["refuse", "zeros"] | None,
        Help("zeros or an error for a category without training rows; by default zeros if the table has it"),
    ] = None
    missing_target: Annotated[
        Literal["refuse", "drop"], Help("refuse missing targets, or drop their rows; `missing: drop` drops them, too")
    ] = "refuse"
    missing_values: Annotated[
        tuple[str | float, ...], Help("texts and numbers that mean missing, in addition to the usual ones")
    ] = ()
    usual_missing_values: Annotated[
        bool, Help("whether NA, N/A, NaN, null, none and ? mean missing, as an empty field always does")
    ] = True
    separator: Annotated[Separator, Help("between columns; auto: found in the first lines")] = "auto"
    decimal: Annotated[Decimal, Help("decimal point of numbers")] = "."
    thousands: Annotated[Thousands | None, Help("separator of thousands in numbers; none by default")] = None
    symbols: Annotated[tuple[str, ...], Help("texts before or after numbers to skip, such as $ or %")] = ()
    task: TaskField = None
    scale: ScaleField = None
    scale_target: ScaleTargetField = None
    example: ClassVar[dict[str, Any]] = {"path": "houses.csv", "target": "price"}

    def file_source(self) -> FileSource:
        return FileSource((self.path,), self.task, self.scale, self.scale_target)

    def target_count(self) -> int:
        return len(self._targets)

    @property
    def rules(self) -> Rules:
        drops = self.missing == "drop"
        drop = DropMissing(inputs=drops, targets=drops or self.missing_target == "drop")
        scales = self.scale or "none", self.scale_target or "none"
        return Rules(self.missing, self.unseen, *scales, drop, self.dialect)

    @property
    def dialect(self) -> Dialect:
        """How the texts of the file are written. Raises UsageError for ambiguous numbers."""
        if self.thousands == self.decimal:
            message = f"is {quote(self.decimal)}, and so is the decimal point"
            hint = f'add `decimal: "{"," if self.decimal == "." else "."}"` under `data:`'
            raise UsageError(message, place="data.thousands", hint=hint)
        usual = MISSING if self.usual_missing_values else ()
        separators = {"auto": None, "tab": "\t"}
        return Dialect(
            separator=separators.get(self.separator, self.separator),
            decimal=self.decimal,
            thousands=self.thousands or "",
            symbols=tuple(self.symbols),
            missing=(*usual, *(str(value).strip().lower() for value in self.missing_values)),
        )

    def describe(self) -> Description:
        return self._inferred().described

    def describe_head(self) -> Description | None:
        return describe_head(self.path, self._table_options())

    def file_rows(self) -> FileRows:
        return self._inferred().rows

    def reading_notes(self) -> tuple[str, ...]:
        return self._inferred().notes

    def format_notes(self) -> tuple[str, ...]:
        return self._inferred().format_notes

    def count(self, described: Description) -> int:
        return described.samples if self.is_described_by(described) else len(self._read_part(described).samples.t)

    def is_described_by(self, described: Description) -> bool:
        return digest(self.path) == described.digest and self._inferred().fits(described)

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        if self.is_described_by(described):
            return Samples(*self._inferred().samples(described))
        return Samples(*map(np.copy, self._read_part(described).samples))  # changing them must not change the cache

    @property
    def _targets(self) -> tuple[str, ...]:
        return (self.target,) if isinstance(self.target, str) else tuple(self.target)

    def notes(self, described: Description) -> list[str]:
        return [] if self.is_described_by(described) else list(self._read_part(described).notes)

    def _inferred(self) -> InferredTable:
        return infer_table(self.path, stamp(self.path), self._table_options())

    def _read_part(self, described: Description) -> PartTable:
        return read_part(self.path, stamp(self.path), described, self.rules.drop, self.dialect)

    def _table_options(self) -> TableOptions:
        # In a part, the fields that differ are still lists, as in the file.
        names = (tuple(self.ignore), tuple(self.categories))
        unseen = self.unseen == "zeros"
        # The settings for numbers are for texts, which numbers of JSON are not.
        dialect = self.dialect.with_settings({}) if format_of(self.path) == "json" else self.dialect
        return TableOptions(self._targets, *names, self.missing, self.missing_target, unseen, self.task, dialect)


@register
class Npz(Data):
    """NumPy arrays in one file: x (n, ...) of numbers, y (n,) or (n, outputs) of numbers or (n,) of class names.

    Each sample of x is flattened. Scales are computed from the training samples. With categorical_crossentropy,
    y (n, k) is one-hot: a single 1 among zeros. With binary_crossentropy, it has k labels of 0 and 1 (task multilabel).
    """

    type: Literal["npz"] = "npz"
    path: FilePath
    task: TaskField = None
    scale: ScaleField = None
    scale_target: ScaleTargetField = None
    example: ClassVar[dict[str, Any]] = {"path": "digits.npz"}

    def file_source(self) -> FileSource:
        return FileSource((self.path,), self.task, self.scale, self.scale_target)

    def maps_inputs(self) -> bool:
        return is_mapped(self.path)

    def target_count(self) -> int:
        return arrays_of(self.file_source()).targets

    def describe(self) -> Description:
        return arrays_of(self.file_source()).describe(self.task)

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        return arrays_of(self.file_source()).samples(described)


@register
class Npy(Data):
    """NumPy arrays in two files, one for x and one for y, with the same shapes as in `npz`."""

    type: Literal["npy"] = "npy"
    path: FilePath
    target_path: Annotated[str, MinLen(1), Help("path of the file with the targets")]
    task: TaskField = None
    scale: ScaleField = None
    scale_target: ScaleTargetField = None
    example: ClassVar[dict[str, Any]] = {"path": "x.npy", "target_path": "y.npy"}

    def file_source(self) -> FileSource:
        return FileSource((self.path, self.target_path), self.task, self.scale, self.scale_target)

    def maps_inputs(self) -> bool:
        return is_mapped(self.path)

    def target_count(self) -> int:
        return arrays_of(self.file_source()).targets

    def describe(self) -> Description:
        return arrays_of(self.file_source()).describe(self.task)

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        return arrays_of(self.file_source()).samples(described)
