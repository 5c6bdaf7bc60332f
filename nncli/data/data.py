"""What every data set has: a description, known before anything is drawn, and samples."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.registry import Help, kind

Array: TypeAlias = NDArray[Any]
PartName: TypeAlias = Literal["validation", "test"]
Part: TypeAlias = dict[str, Any] | None  # checked as fields of the data set that it belongs to
ValidationPart: TypeAlias = Annotated[Part, Help("drawn separately; holds the fields that differ")]
TestPart: TypeAlias = Annotated[Part, Help("drawn separately after training; holds the fields that differ")]


class Description(NamedTuple):
    """What is known of a data set without drawing it."""

    samples: int
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]
    class_names: tuple[str, ...] = ()  # none for regression


class Samples(NamedTuple):
    """Inputs x (n, inputs) and targets t: (n, outputs) values or (n,) class numbers."""

    x: Array
    t: Array


@kind
class Data(ABC):
    """A set of samples, drawn from a random stream or read."""

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    validation: Part
    test: Part

    def part(self, name: PartName) -> Data | None:
        """The validation or test set, where the file has one: this one with the fields that differ."""
        differing = self.validation if name == "validation" else self.test
        if differing is None:
            return None
        return dataclasses.replace(self, **differing, validation=None, test=None)  # type: ignore[type-var]

    @abstractmethod
    def describe(self) -> Description:
        """The description of the training part."""

    @abstractmethod
    def draw(self, random: np.random.RandomState) -> Samples:
        """The samples of the training part."""
