"""The base class of data sets: a description, known before anything is drawn, samples, and their parts."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from annotated_types import Ge, Lt

from nncli.arrays import Array
from nncli.data.description import Description, FileRows
from nncli.data.file_source import FileSource, Scale
from nncli.data.targets import Crossentropy, inferred_task
from nncli.registry import Help, kind, spec_class

PartName: TypeAlias = Literal["validation", "test"]
Part: TypeAlias = dict[str, Any] | None  # checked as fields of the data set that it belongs to


@spec_class
class Split:
    """Parts cut off from one set, at random but by the seed; of classes each part has its share."""

    validation: Annotated[float, Ge(0), Lt(1), Help("fraction of samples kept for validation")] = 0.0
    test: Annotated[float, Ge(0), Lt(1), Help("fraction of samples kept for the test")] = 0.0
    example: ClassVar[dict[str, Any]] = {"validation": 0.2}


NO_SPLIT = Split()


class Samples(NamedTuple):
    """Inputs x (n, inputs) and targets t: (n, outputs) values, (n, labels) 0 and 1, or (n,) class numbers."""

    x: Array
    t: Array

    @property
    def inputs(self) -> Array:
        """The inputs x."""
        return self.x

    @property
    def targets(self) -> Array:
        """The targets t."""
        return self.t


class Rules(NamedTuple):
    """How values are made ready for a network, fitted on the training samples."""

    missing: Literal["refuse", "drop", "mean", "median"] = "refuse"
    unseen: Literal["refuse", "zeros"] | None = None  # of categories; None: refuse those that the table has not
    scale: Scale = "none"  # of inputs that are numbers
    scale_target: Scale = "none"


@kind
class Data(ABC):
    """A set of samples, drawn from a random stream or read from files.

    Each has a `type`, fields of its own, `describe` and `draw`; the other fields here are the same for all of them.
    """

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    type: Any
    validation: Annotated[Part, Help("drawn or read separately; holds the fields that differ")] = None
    test: Annotated[Part, Help("drawn or read separately, after training; holds the fields that differ")] = None
    split: Annotated[Split | None, Help("cuts validation and test samples off this set")] = None

    @abstractmethod
    def describe(self) -> Description:
        """The description of the whole set, before a split. Raises UsageError where it cannot be read."""

    @abstractmethod
    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        """The samples, in the columns and classes of the training set's description; NaN for what is missing."""

    def file_source(self) -> FileSource | None:
        """Return the files that the set is read from, with its fields about their values; None if it is drawn."""
        return None

    def target_count(self) -> int:
        """Return how many targets a sample has in the files, before the task is known."""
        return len(self.describe().target_names)

    def part(self, name: PartName) -> Data | None:
        """The validation or test set that is drawn or read: this one with the fields that differ."""
        differing = self.validation if name == "validation" else self.test
        if differing is None:
            return None
        return self._with(**differing, validation=None, test=None, split=None)

    def has(self, name: PartName) -> bool:
        """Whether there are validation or test samples, of a set of their own or cut off."""
        cut, own = (self.cut().validation, self.validation) if name == "validation" else (self.cut().test, self.test)
        return cut > 0 or own is not None

    def cut(self) -> Split:
        """What is cut off this set."""
        return self.split or NO_SPLIT

    def with_defaults(self, crossentropy: Crossentropy, *, book: bool) -> tuple[Data, Description]:
        """Return the set with its task and scaling filled in, which depend on loss and precision, and described."""
        source = self.file_source()
        if source is None:
            return self, self.describe()
        task = inferred_task(crossentropy, self.target_count())
        with_defaults = self._with(task=source.task or task, scale=source.scale or ("none" if book else "standard"))
        described = with_defaults.describe()
        if source.scale_target is not None:
            return with_defaults, described
        plain = book or described.task != "regression"
        return with_defaults._with(scale_target="none" if plain else "standard"), described

    @property
    def rules(self) -> Rules:
        """How its values are made ready for a network."""
        source = self.file_source()
        if source is None:
            return Rules()
        return Rules(scale=source.scale or "none", scale_target=source.scale_target or "none")

    def training_samples(self, described: Description) -> int:
        """How many samples of the set, as it is described, are left to be trained on."""
        samples, share = described.samples, self.cut()
        return samples - round(share.validation * samples) - round(share.test * samples)

    def fits(self, described: Description) -> bool:
        """Whether a part has the inputs, targets and classes of the training set."""
        if self.file_source() is None:
            return self.describe()[1:] == described[1:]
        # A file of a part may lack some classes and categories of the training set, so reading it decides.
        return len(self.draw(np.random.RandomState(0), described).t) > 0

    def file_rows(self) -> FileRows | None:
        """Return where in its file each sample stands; None if it is read from no table."""
        return None

    def notes(self, described: Description) -> list[str]:
        """Return notes about how a part that fits is read."""
        return []

    def count(self, described: Description) -> int:
        """How many samples a part has; as many as there are rows, where some may be dropped."""
        return self.describe().samples

    def _with(self, **fields: Any) -> Data:
        """Return the set with some fields changed."""
        return dataclasses.replace(self, **fields)  # type: ignore[type-var]


@dataclass(frozen=True, slots=True)
class DescribedData(Data):
    """A set whose description is known from a run, so that its file is not needed to predict."""

    source: Data
    description: Description

    @property
    def type(self) -> Any:
        """The type of the set itself."""
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

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        return self.source.draw(random, described)
