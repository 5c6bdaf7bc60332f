"""What every data set has: a description, known before anything is drawn, and samples."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from annotated_types import Ge, Lt
from numpy.typing import NDArray

from nncli.data.description import Description, FileRows
from nncli.data.targets import Crossentropy
from nncli.registry import Help, kind, strict

Array: TypeAlias = NDArray[Any]
PartName: TypeAlias = Literal["validation", "test"]
Part: TypeAlias = dict[str, Any] | None  # checked as fields of the data set that it belongs to


@strict
class Split:
    """Parts cut off from one set, at random but by the seed; of classes each part has its share."""

    validation: Annotated[float, Ge(0), Lt(1), Help("the part of the samples that is kept for validation")] = 0.0
    test: Annotated[float, Ge(0), Lt(1), Help("the part of the samples that is kept for the test")] = 0.0
    example: ClassVar[dict[str, Any]] = {"validation": 0.2}


NO_SPLIT = Split()
ValidationPart: TypeAlias = Annotated[Part, Help("drawn or read separately; holds the fields that differ")]
TestPart: TypeAlias = Annotated[Part, Help("drawn or read separately, after training; holds the fields that differ")]
SplitField: TypeAlias = Annotated[Split | None, Help("cuts validation and test samples off this set")]


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
    scale: Literal["none", "standard", "minmax"] = "none"  # of inputs that are numbers
    scale_target: Literal["none", "standard", "minmax"] = "none"


@kind
class Data(ABC):
    """A set of samples, drawn from a random stream or read."""

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    type: Any
    validation: Part
    test: Part
    split: Split | None

    def part(self, name: PartName) -> Data | None:
        """The validation or test set that is drawn or read: this one with the fields that differ."""
        differing = self.validation if name == "validation" else self.test
        if differing is None:
            return None
        return dataclasses.replace(self, **differing, validation=None, test=None, split=None)  # type: ignore[type-var]

    def has(self, name: PartName) -> bool:
        """Whether there are validation or test samples, of a set of their own or cut off."""
        cut, own = (self.cut().validation, self.validation) if name == "validation" else (self.cut().test, self.test)
        return cut > 0 or own is not None

    def cut(self) -> Split:
        """What is cut off this set."""
        return self.split or NO_SPLIT

    def settled(self, crossentropy: Crossentropy, *, book: bool) -> Data:
        """Return the set with defaults that depend on the loss and the precision filled in: task and scaling."""
        return self

    @property
    def rules(self) -> Rules:
        """How its values are made ready for a network."""
        return Rules()

    @abstractmethod
    def describe(self) -> Description:
        """The description of the whole set, before a split. Raises UsageError where it cannot be read."""

    def training_samples(self) -> int:
        """How many samples are left to be trained on."""
        samples, share = self.describe().samples, self.cut()
        return samples - round(share.validation * samples) - round(share.test * samples)

    def fits(self, described: Description) -> bool:
        """Whether a part has the inputs, targets and classes of the training set."""
        return self.describe()[1:] == described[1:]

    def file_rows(self) -> FileRows | None:
        """Return where in its file each sample stands; None if it is read from no table."""
        return None

    def notes(self, described: Description) -> list[str]:
        """Return notes about how a part that fits is read."""
        return []

    def count(self, described: Description) -> int:
        """How many samples a part has; as many as there are rows, where some may be dropped."""
        return self.describe().samples

    @abstractmethod
    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        """The samples, in the columns and classes of the training set's description; NaN for what is missing."""


@dataclass(frozen=True, slots=True)
class Known(Data):
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
