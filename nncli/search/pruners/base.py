"""The base class of pruners, which end hopeless trials early."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from nncli.registry import kind


@kind
class Pruner(ABC):
    """Decides which trainings to end before their last epoch, by comparing their objective so far with other trials.

    Needs the extra `search`.
    """

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}
    type: Any

    @abstractmethod
    def optuna_pruner(self) -> Any:
        """Return the pruner of Optuna."""
