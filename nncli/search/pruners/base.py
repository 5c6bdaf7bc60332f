"""The base class of pruners, which end hopeless trials early."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from nncli.registry import kind

if TYPE_CHECKING:
    from optuna.pruners import BasePruner


@kind
class Pruner(ABC):
    """Decides which trainings to end before their last epoch, by comparing their objective so far with other trials.

    `epochs` is the number of epochs of the longest training. Needs the extra `search`.
    """

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    type: Any

    @abstractmethod
    def report_epochs(self, epochs: int) -> tuple[int, ...]:
        """Return the numbers of epochs after which a training reports its objective and may be pruned."""

    @abstractmethod
    def optuna_pruner(self, epochs: int) -> BasePruner:
        """Return the pruner of Optuna."""
