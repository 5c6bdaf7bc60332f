"""Prune what is worse than the median."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Ge

from nncli.registry import Help, register
from nncli.search.pruners.base import Pruner


@register
class Median(Pruner):
    """Ends a training whose best value so far is worse than the median of earlier trials at the same epoch.

    Source: Golovin et al. 2017, section 3.2; Optuna's MedianPruner.
    """

    type: Literal["median"] = "median"
    startup_trials: Annotated[int, Ge(0), Help("trials that are never pruned")] = 5

    def optuna_pruner(self) -> Any:
        from optuna.pruners import MedianPruner

        return MedianPruner(n_startup_trials=self.startup_trials)
