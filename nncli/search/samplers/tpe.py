"""The tree-structured Parzen estimator."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from annotated_types import Gt

from nncli.registry import Help, register
from nncli.search.samplers.base import Learner, Sampler, SamplerSeed
from nncli.search.samplers.random import Random
from nncli.search.space import Settings, Space


@register
class Tpe(Sampler):
    """Draws near the best trials so far and away from the others: the tree-structured Parzen estimator.

        x = argmax l(x) / g(x) over 24 draws from l        l, g densities of the settings of the best trials, the others
                                                           best: a tenth of all trials, at most 25

    The first trials are drawn as by `random`. Several workers also avoid the settings of running trials, so that the
    trials depend on the order in which others end. Needs the extra `search`.

    Source: Bergstra et al. 2011, section 4; Optuna's TPESampler, multivariate.
    """

    type: Literal["tpe"] = "tpe"
    seed: SamplerSeed = 0
    startup_trials: Annotated[int, Gt(0), Help("trials drawn at random before results are used")] = 10
    learns: ClassVar[bool] = True

    def settings(self, space: Space, number: int) -> Settings:
        return Random(seed=self.seed).settings(space, number)

    def learner(self, space: Space, *, higher_is_better: bool) -> Learner:
        from nncli.search.tpe_learner import TpeLearner

        return TpeLearner(space, Random(seed=self.seed), self.startup_trials, higher_is_better=higher_is_better)
