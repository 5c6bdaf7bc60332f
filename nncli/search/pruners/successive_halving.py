"""Promote the best trainings from rung to rung."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from annotated_types import Gt

from nncli.registry import Help, register
from nncli.search.pruners.base import Pruner

if TYPE_CHECKING:
    from optuna.pruners import SuccessiveHalvingPruner


@register
class SuccessiveHalving(Pruner):
    """Continues only the best trainings at each rung, without waiting for the others.

        rungs at min_epochs, min_epochs · factor, min_epochs · factor², ...; 1 of `factor` trainings passes each

    Source: Li et al. 2020 (ASHA); Optuna's SuccessiveHalvingPruner.
    """

    type: Literal["successive_halving"] = "successive_halving"
    min_epochs: Annotated[int | None, Gt(0), Help("epochs before the first rung; by default an eighth of all")] = None
    factor: Annotated[int, Gt(1), Help("one of this many trainings passes a rung")] = 2

    def report_epochs(self, epochs: int) -> tuple[int, ...]:
        rungs, rung = list[int](), self._first_rung(epochs)
        while rung < epochs:
            rungs.append(rung)
            rung *= self.factor
        return tuple(rungs)

    def optuna_pruner(self, epochs: int) -> SuccessiveHalvingPruner:
        from optuna.pruners import SuccessiveHalvingPruner

        return SuccessiveHalvingPruner(min_resource=self._first_rung(epochs), reduction_factor=self.factor)

    def _first_rung(self, epochs: int) -> int:
        return self.min_epochs or max(epochs // 8, 1)
