"""The data sets of the book, from its package nnfs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Annotated, Any, ClassVar, Literal, TypeAlias

import numpy as np
from annotated_types import Gt, Le

from nncli.data.data import Data, Samples
from nncli.data.description import Description
from nncli.registry import Help, register

SamplesOfEach: TypeAlias = Annotated[int, Gt(0), Help("samples per class")]
Classes: TypeAlias = Annotated[int, Gt(1), Le(256), Help("number of classes")]  # nnfs numbers them in a byte


@register
class Sine(Data):
    """One period of a sine.

        x = i / samples        t = sin 2πx        x, t (samples, 1)

    Source: the book, chapter 17; nnfs.datasets.sine_data.
    """

    type: Literal["sine"] = "sine"
    samples: Annotated[int, Gt(0), Help("number of samples")] = 1000

    def describe(self) -> Description:
        return Description.of_numbers(self.samples, ("x",), ("y",))

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        from nnfs.datasets import sine

        return _draw_from(sine, random, self.samples)


@register
class Spiral(Data):
    """Arms of a spiral, one for each class, which no straight line separates.

    Source: Karpathy, CS231n; the book, chapters 3 and 16; nnfs.datasets.spiral_data.
    """

    type: Literal["spiral"] = "spiral"
    samples: SamplesOfEach = 100
    classes: Classes = 3
    example: ClassVar[dict[str, Any]] = {"samples": 100, "classes": 2}

    def describe(self) -> Description:
        return _of_classes(self.samples, self.classes)

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        from nnfs.datasets import spiral

        return _draw_from(spiral, random, self.samples, self.classes)


@register
class Vertical(Data):
    """Clouds of points side by side, one for each class.

    Source: the book, chapter 6; nnfs.datasets.vertical_data.
    """

    type: Literal["vertical"] = "vertical"
    samples: SamplesOfEach = 100
    classes: Classes = 3

    def describe(self) -> Description:
        return _of_classes(self.samples, self.classes)

    def draw(self, random: np.random.RandomState, described: Description) -> Samples:
        from nnfs.datasets import vertical

        return _draw_from(vertical, random, self.samples, self.classes)


def _of_classes(samples: int, classes: int) -> Description:
    names = tuple(str(number) for number in range(classes))
    return Description.of_numbers(samples * classes, ("x", "y"), ("class",), class_names=names)


def _draw_from(module: ModuleType, random: np.random.RandomState, *arguments: int) -> Samples:
    with _initialized(module, random):
        return Samples(*module.create_data(*arguments))


class _NumpyFloat32:
    """NumPy as it behaves after `nnfs.init()`: zeros and normally distributed numbers are float32."""

    def __init__(self, random: np.random.RandomState) -> None:
        self.random = self
        self._stream = random

    def zeros(self, shape: Any, dtype: Any = np.float32) -> Any:
        return np.zeros(shape, dtype)

    def randn(self, *shape: int) -> Any:
        return self._stream.randn(*shape).astype(np.float32)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


@contextmanager
def _initialized(module: ModuleType, random: np.random.RandomState) -> Iterator[None]:
    """Replace NumPy in one module of nnfs, without the global changes that `nnfs.init()` makes."""
    real = module.np
    module.np = _NumpyFloat32(random)  # type: ignore[attr-defined]
    try:
        yield
    finally:
        module.np = real  # type: ignore[attr-defined]
