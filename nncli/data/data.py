"""The base class of data sets, which describe themselves, draw samples, and have validation and test parts."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from annotated_types import Ge, Lt

from nncli.arrays import Array
from nncli.data.description import Description, FileRows
from nncli.data.dialect import PLAIN, Dialect
from nncli.data.file_source import FileSource, Scale
from nncli.data.lazy_rows import Inputs, LazyRows
from nncli.data.targets import Crossentropy, inferred_task
from nncli.data.values import DropMissing
from nncli.registry import Help, kind, spec_class

PartName: TypeAlias = Literal["validation", "test"]
Part: TypeAlias = dict[str, Any] | None  # validated as fields of the data set that the part belongs to


@spec_class
class Split:
    """Validation and test samples split off at random, by the seed, and stratified by class."""

    validation: Annotated[float, Ge(0), Lt(1), Help("fraction of the samples for validation")] = 0.0
    test: Annotated[float, Ge(0), Lt(1), Help("fraction of the samples for testing")] = 0.0
    example: ClassVar[dict[str, Any]] = {"validation": 0.2}


NO_SPLIT = Split()


class Samples(NamedTuple):
    """Inputs x (n, inputs) and targets t: (n, outputs) values, (n, labels) 0 and 1, or (n,) class numbers."""

    x: Inputs
    t: Array

    @property
    def inputs(self) -> Array:
        """The inputs x as an array; lazy rows are all read."""
        return np.asarray(self.x)

    @property
    def targets(self) -> Array:
        """The targets t."""
        return self.t

    def select(self, rows: Array) -> Samples:
        """Return some of the samples; lazy rows are not read yet."""
        return Samples(self.x.select(rows) if isinstance(self.x, LazyRows) else self.x[rows], self.t[rows])

    def evenly_spaced(self, most: int) -> Samples:
        """Return at most `most` of the samples, evenly spaced over all of them; lazy rows are read."""
        if len(self.t) <= most:
            return Samples(self.inputs, self.t)
        rows = np.linspace(0, len(self.t) - 1, most).round().astype(np.intp)  # no whole step: classes may alternate
        return Samples(self.x[rows], self.t[rows])


class Rules(NamedTuple):
    """Rules for preprocessing values; their parameters are fitted on the training samples."""

    missing: Literal["refuse", "drop", "mean", "median"] = "refuse"
    unseen: Literal["refuse", "zeros"] | None = None  # for categories; None refuses those that are not in the table
    scale: Scale = "none"  # of inputs that are numbers
    scale_target: Scale = "none"
    drop: DropMissing = DropMissing()
    dialect: Dialect = PLAIN


@kind
class Data(ABC):
    """A set of samples, drawn from a random stream or read from files.

    Each data set has a `type`, its fields, `describe` and `draw`; all of them share the other fields of this class.
    """

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    type: Any
    validation: Annotated[Part, Help("separate validation set; give the fields that differ")] = None
    test: Annotated[Part, Help("separate test set, drawn or read after training; give the fields that differ")] = None
    split: Annotated[Split | None, Help("fractions of this set to split off for validation and testing")] = None

    @abstractmethod
    def describe(self) -> Description:
        """Return the description of the whole set, before a split. Raises UsageError if it cannot be read."""

    @abstractmethod
    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        """Return the samples, with the columns and classes of `described`, the training set; missing values are NaN."""

    def is_described_by(self, described: Description) -> bool:
        """Return whether the set is still the one that was described. Raises UsageError if it cannot be read."""
        return self.describe() == described

    def describe_head(self) -> Description | None:
        """Return a preliminary description of a long file by its first rows; None if all of it must be read."""
        return None

    def file_source(self) -> FileSource | None:
        """Return the set's files and its fields about their values, or None if the set is drawn."""
        return None

    def maps_inputs(self) -> bool:
        """Return whether the inputs are mapped from a file and read batch by batch, instead of held in memory."""
        return False

    def target_count(self) -> int:
        """Return the number of targets per sample in the files, before the task is known."""
        return len(self.describe().target_names)

    def part(self, name: PartName) -> Data | None:
        """Return the separate validation or test set, this set with the fields that differ; None if there is none."""
        differing = self.validation if name == "validation" else self.test
        if differing is None:
            return None
        return self._with(**differing, validation=None, test=None, split=None)

    def has(self, name: PartName) -> bool:
        """Return whether there are validation or test samples, from a separate set or a split."""
        cut, own = (self.cut().validation, self.validation) if name == "validation" else (self.cut().test, self.test)
        return cut > 0 or own is not None

    def cut(self) -> Split:
        """Return the split of this set, with zero fractions by default."""
        return self.split or NO_SPLIT

    def with_defaults(self, crossentropy: Crossentropy, *, book: bool) -> tuple[Data, Description]:
        """Fill in task and scaling, whose defaults depend on loss and precision; return the set and its description."""
        source = self.file_source()
        if source is None:
            return self, self.describe()
        data = self._with_task_and_scale(source, crossentropy, book=book)
        described = data.describe()
        return data._with_target_scale(source, described, book=book), described

    def head_with_defaults(self, crossentropy: Crossentropy, *, book: bool) -> tuple[Data, Description] | None:
        """Do the same with the first rows of a long file alone; return None if this is not possible."""
        source = self.file_source()
        if source is None:
            return None
        data = self._with_task_and_scale(source, crossentropy, book=book)
        described = data.describe_head()
        return None if described is None else (data._with_target_scale(source, described, book=book), described)

    @property
    def rules(self) -> Rules:
        """The preprocessing rules for its values."""
        source = self.file_source()
        if source is None:
            return Rules()
        return Rules(scale=source.scale or "none", scale_target=source.scale_target or "none")

    def training_samples(self, described: Description) -> int:
        """Return the number of samples that remain for training after the split."""
        samples, share = described.samples, self.cut()
        return samples - round(share.validation * samples) - round(share.test * samples)

    def fits(self, described: Description) -> bool:
        """Return whether a part has the inputs, targets and classes of the training set."""
        if self.file_source() is None:
            return self.describe()[1:] == described[1:]
        # A part's file may lack classes and categories of the training set, so read it instead of comparing.
        return len(self.draw(np.random.RandomState(0), described).t) > 0

    def file_rows(self) -> FileRows | None:
        """Return the rows of the samples in their file, or None if the set is not read from a table."""
        return None

    def reading_notes(self) -> tuple[str, ...]:
        """Return notes about columns and rows of the set's file that are left out."""
        return ()

    def format_notes(self) -> tuple[str, ...]:
        """Return notes about the format in which the set's file was read."""
        return ()

    def notes(self, described: Description) -> list[str]:
        """Return notes about how a part that fits the training set is read."""
        return []

    def count(self, described: Description) -> int:
        """Return the number of samples of a part that fits the training set."""
        return self.describe().samples

    def _with_task_and_scale(self, source: FileSource, crossentropy: Crossentropy, *, book: bool) -> Data:
        task = source.task or inferred_task(crossentropy, self.target_count())
        return self._with(task=task, scale=source.scale or ("none" if book else "standard"))

    def _with_target_scale(self, source: FileSource, described: Description, *, book: bool) -> Data:
        if source.scale_target is not None:
            return self
        plain = book or described.task != "regression"
        return self._with(scale_target="none" if plain else "standard")

    def _with(self, **fields: Any) -> Data:
        """Return the set with some fields changed."""
        return dataclasses.replace(self, **fields)  # type: ignore[type-var]


@dataclass(frozen=True, slots=True)
class DescribedData(Data):
    """A set whose description comes from a run, so that predicting does not need its file."""

    source: Data
    description: Description

    @property
    def type(self) -> Any:
        """The type of the described set."""
        return self.source.type

    @property
    def rules(self) -> Rules:
        return self.source.rules

    def part(self, name: PartName) -> Data | None:
        return self.source.part(name)

    def has(self, name: PartName) -> bool:
        return self.source.has(name)

    def cut(self) -> Split:
        return self.source.cut()

    def describe(self) -> Description:
        return self.description

    def file_rows(self) -> FileRows | None:
        return self.source.file_rows()

    def maps_inputs(self) -> bool:
        return self.source.maps_inputs()

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        return self.source.draw(random, described)
