"""The base class of samplers, which choose the settings of trials."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, TypeAlias

from annotated_types import Ge, Lt

from nncli.registry import Help, kind
from nncli.search.space import Settings, Space

SamplerSeed: TypeAlias = Annotated[int, Ge(0), Lt(2**32), Help("seed of the choices; that of the weights is `seed`")]


@kind
class Sampler(ABC):
    """Chooses the settings of each trial of a sweep.

    The settings of a trial depend on its number alone, unless `learns`: then they depend on earlier results.
    """

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    learns: ClassVar[bool] = False
    type: Any

    @abstractmethod
    def settings(self, space: Space, number: int) -> Settings:
        """Return the settings of a trial by its number from 0."""
