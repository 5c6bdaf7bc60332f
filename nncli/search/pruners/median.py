"""Prune what is worse than the median."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Ge, Gt

from nncli.registry import Help, register
from nncli.search.pruners.base import Pruner

if TYPE_CHECKING:
    from optuna.pruners import MedianPruner

STEP = 2**0.5  # from one comparison to the next, by which the number of epochs grows


@register
class Median(Pruner):
    """Ends a training whose best value so far is worse than the median of earlier trials at the same epoch.

    Compares after min_epochs · √2^k epochs.

    Source: Golovin et al. 2017, section 3.2; Optuna's MedianPruner.
    """

    type: Literal["median"] = "median"
    startup_trials: Annotated[int, Ge(0), Help("trials that end before any is pruned")] = 5
    min_epochs: Annotated[int | None, Gt(0), Help("epochs before any is pruned; by default a quarter of all")] = None

    def report_epochs(self, epochs: int) -> tuple[int, ...]:
        at = float(self.min_epochs or max(epochs // 4, 1))
        numbers = set[int]()
        while round(at) < epochs:
            numbers.add(round(at))
            at *= STEP
        return tuple(sorted(numbers))

    def optuna_pruner(self, epochs: int) -> MedianPruner:
        from optuna.pruners import MedianPruner

        return MedianPruner(n_startup_trials=self.startup_trials)
