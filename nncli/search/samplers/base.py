"""The base class of samplers, which choose the settings of trials."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Annotated, Any, ClassVar, TypeAlias

from annotated_types import Ge, Lt

from nncli.registry import Help, kind
from nncli.search.result import Result
from nncli.search.space import Settings, Space

SamplerSeed: TypeAlias = Annotated[int, Ge(0), Lt(2**32), Help("seed of the choices; that of the weights is `seed`")]


class Learner(ABC):
    """Chooses the settings of new trials from the results of earlier ones."""

    @abstractmethod
    def ask(self, number: int) -> Settings:
        """Return the settings of a new trial. Its number and the trials so far alone decide."""

    @abstractmethod
    def begin(self, number: int, settings: Settings) -> None:
        """Add a running trial."""

    @abstractmethod
    def tell(self, number: int, result: Result) -> None:
        """Add the result of a running trial."""


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
        """Return the settings of a trial by its number from 0, without regard to results."""

    def learner(self, space: Space, *, higher_is_better: bool) -> Learner | None:
        """Return what chooses the settings instead if the sampler learns, else None."""
        return None
