"""Toy data sets drawn from simple formulas, which show quickly what a small network can learn."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from annotated_types import Ge, Gt, Le

from nncli.arrays import Array
from nncli.data.data import Data, Samples
from nncli.data.description import Description
from nncli.registry import Help, register

Count: TypeAlias = Annotated[int, Gt(0), Help("number of samples")]
Noise: TypeAlias = Annotated[float, Ge(0), Help("standard deviation of the noise on each input")]
TargetNoise: TypeAlias = Annotated[float, Ge(0), Help("standard deviation of the noise on the target")]


@register
class Moons(Data):
    """Two interleaving half circles, one for each class.

        class 0: (cos a, sin a)        class 1: (1 - cos a, 0.5 - sin a)        a evenly from 0 to π

    Source: scikit-learn's make_moons.
    """

    type: Literal["moons"] = "moons"
    samples: Count = 200
    noise: Noise = 0.1

    def describe(self) -> Description:
        return _of_classes(self.samples, 2)

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        labels = _labels(self.samples, 2)
        a = np.concatenate([np.linspace(0, np.pi, int(count)) for count in np.bincount(labels, minlength=2)])
        upper = np.column_stack([np.cos(a), np.sin(a)])
        x = np.where(labels[:, None] == 0, upper, [1, 0.5] - upper)
        return Samples(x + random.normal(0, self.noise, x.shape), labels)


@register
class Circles(Data):
    """Two concentric circles, one for each class.

        class 0: (cos a, sin a)        class 1: factor (cos a, sin a)        a evenly from 0 to 2π

    Source: scikit-learn's make_circles.
    """

    type: Literal["circles"] = "circles"
    samples: Count = 200
    noise: Noise = 0.1
    factor: Annotated[float, Gt(0), Le(1), Help("radius of the inner circle; the outer radius is 1")] = 0.5

    def describe(self) -> Description:
        return _of_classes(self.samples, 2)

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        labels = _labels(self.samples, 2)
        counts = np.bincount(labels, minlength=2)
        a = np.concatenate([np.linspace(0, 2 * np.pi, int(count), endpoint=False) for count in counts])
        x = np.where(labels == 0, 1, self.factor)[:, None] * np.column_stack([np.cos(a), np.sin(a)])
        return Samples(x + random.normal(0, self.noise, x.shape), labels)


@register
class Blobs(Data):
    """Round clouds of points at the corners of a regular polygon, one for each class.

    x = 2 (cos 2πc / classes, sin 2πc / classes) + noise        c the class
    """

    type: Literal["blobs"] = "blobs"
    samples: Count = 200
    classes: Annotated[int, Gt(1), Le(256), Help("number of classes")] = 3
    noise: Noise = 0.5

    def describe(self) -> Description:
        return _of_classes(self.samples, self.classes)

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        labels = _labels(self.samples, self.classes)
        a = 2 * np.pi * labels / self.classes
        x = 2 * np.column_stack([np.cos(a), np.sin(a)])
        return Samples(x + random.normal(0, self.noise, x.shape), labels)


@register
class Xor(Data):
    """Points in a square, of class 1 if exactly one input is positive, which no straight line separates.

    Source: Minsky and Papert 1969, Perceptrons.
    """

    type: Literal["xor"] = "xor"
    samples: Count = 200
    noise: Noise = 0.0

    def describe(self) -> Description:
        return _of_classes(self.samples, 2)

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        x = random.uniform(-1, 1, (self.samples, 2))
        labels = ((x[:, 0] > 0) != (x[:, 1] > 0)).astype(np.intp)
        return Samples(x + random.normal(0, self.noise, x.shape), labels)


@register
class LinearData(Data):
    """A straight line, which one unit can learn.

    t = slope x + intercept + noise        x evenly from -1 to 1
    """

    type: Literal["linear"] = "linear"
    samples: Count = 200
    noise: TargetNoise = 0.1
    slope: Annotated[float, Help("increase of t if x grows by 1")] = 2.0
    intercept: Annotated[float, Help("value of t at x = 0")] = 0.5

    def describe(self) -> Description:
        return Description.of_numbers(self.samples, ("x",), ("y",))

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        x = np.linspace(-1, 1, self.samples)
        return _values(x, self.slope * x + self.intercept, self.noise, random)


@register
class PolynomialData(Data):
    """A polynomial of one input, by its coefficients.

    t = Σᵢ coefficients[i] xⁱ + noise        x evenly from -1 to 1
    """

    type: Literal["polynomial"] = "polynomial"
    samples: Count = 200
    noise: TargetNoise = 0.1
    coefficients: Annotated[tuple[float, ...], Help("coefficients of 1, x, x² and so on")] = (0.0, -1.0, 0.0, 2.0)

    def describe(self) -> Description:
        return Description.of_numbers(self.samples, ("x",), ("y",))

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        x = np.linspace(-1, 1, self.samples)
        t = sum((c * x**power for power, c in enumerate(self.coefficients)), np.zeros_like(x))
        return _values(x, t, self.noise, random)


@register
class StepData(Data):
    """A step, which a smooth network can only approximate.

    t = (1 if x > 0, else 0) + noise        x evenly from -1 to 1
    """

    type: Literal["step"] = "step"
    samples: Count = 200
    noise: TargetNoise = 0.0
    example: ClassVar[dict[str, Any]] = {"noise": 0.1}

    def describe(self) -> Description:
        return Description.of_numbers(self.samples, ("x",), ("y",))

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        x = np.linspace(-1, 1, self.samples)
        return _values(x, (x > 0).astype(np.float64), self.noise, random)


def _of_classes(samples: int, classes: int) -> Description:
    names = tuple(str(number) for number in range(classes))
    return Description.of_numbers(samples, ("x", "y"), ("class",), class_names=names)


def _labels(samples: int, classes: int) -> Array:
    """Return class numbers in ascending order, as many of each as possible; the first classes may have one more."""
    return np.sort(np.arange(samples) % classes)


def _values(x: Array, t: Array, noise: float, random: np.random.RandomState) -> Samples:
    return Samples(x.reshape(-1, 1), (t + random.normal(0, noise, t.shape)).reshape(-1, 1))
