"""Promote the best trainings from rung to rung."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Gt

from nncli.registry import Help, register
from nncli.search.pruners.base import Pruner


@register
class SuccessiveHalving(Pruner):
    """Continues only the best trainings at each rung, without waiting for the others.

        rungs at min_epochs, min_epochs · factor, min_epochs · factor², ...; 1 of `factor` trainings passes each

    Source: Li et al. 2020 (ASHA); Optuna's SuccessiveHalvingPruner.
    """

    type: Literal["successive_halving"] = "successive_halving"
    min_epochs: Annotated[int | None, Gt(0), Help("epochs before the first rung; by default a 27th of all")] = None
    factor: Annotated[int, Gt(1), Help("one of this many trainings passes a rung")] = 3

    def optuna_pruner(self) -> Any:
        from optuna.pruners import SuccessiveHalvingPruner

        return SuccessiveHalvingPruner(min_resource=self.min_epochs or "auto", reduction_factor=self.factor)
