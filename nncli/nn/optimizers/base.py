"""The base class of optimizers: how a step changes the parameters. Settings are frozen, state is apart.

An optimizer is called once for all parameters, which lie in one flat vector: under book precision once for those with
float32 gradients and once for those with float64 ones, for the book's targets and dropout masks are float64. Its
learning rates come from its schedule, of which the book's decay is one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, NamedTuple, TypeAlias

from annotated_types import Gt

from nncli.arrays import Array
from nncli.nn.engine.ops import Ops
from nncli.nn.optimizers.clipping import clip_norm, clip_values
from nncli.nn.optional_ops import accept_ops
from nncli.nn.schedules.base import Decay, Schedule, decayed
from nncli.registry import Help, kind, spec_class

LearningRate: TypeAlias = Annotated[float, Gt(0), Help("how far a step goes")]
Epsilon: TypeAlias = Annotated[float, Gt(0), Help("keeps the quotient finite")]
Scalar: TypeAlias = Any  # a float, or an array () of the gradient's dtype


class StepScalars(NamedTuple):
    """The numbers that change from step to step."""

    rate: Scalar


@kind
@spec_class
class Optimizer(ABC):
    """Steps from parameters (p,) by gradients (p,) to new parameters, and keeps a state of arrays (p,).

    Each has a `type` and a `learning_rate` of its own; the other fields here are the same for all of them.
    """

    example: ClassVar[dict[str, Any]] = {}

    type: str
    learning_rate: LearningRate
    decay: Decay = 0.0
    schedule: Annotated[Schedule | None, Help("learning rate of each step; without it, `decay` applies")] = None
    clip_norm: Annotated[float | None, Gt(0), Help("limit on the norm of all gradients together")] = None
    clip_value: Annotated[float | None, Gt(0), Help("limit on the magnitude of a gradient entry")] = None

    def __init_subclass__(cls) -> None:
        accept_ops(cls, "update")

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of a step, counted from 0, in a training of so many steps."""
        if self.schedule is None:
            return decayed(self.learning_rate, self.decay, step)
        return self.schedule.rate(self.learning_rate, step, steps)

    def clip(self, grads: Sequence[Array], ops: Ops) -> Sequence[Array]:
        """All vectors of gradients limited together, before the update: the entries first, then the norm."""
        if self.clip_value is not None:
            grads = clip_values(grads, self.clip_value)
        return grads if self.clip_norm is None else clip_norm(grads, self.clip_norm, ops)

    @abstractmethod
    def init(self, params: Array, grads: Array) -> Any:
        """The state before the first step, a NamedTuple of arrays; each keeps its dtype in all steps."""

    def scalars(self, step: int, steps: int) -> Any:
        """The numbers of a step, counted from 0, in a training of so many: a NamedTuple, the learning rate first."""
        return StepScalars(self.rate(step, steps))

    @abstractmethod
    def update(self, *args: Any) -> tuple[Array, Any]:
        """`update(params, grads, state, scalars)` or with `ops` behind: the new parameters and the new state.

        In book precision, params are float32 and a few vectors of gradients float64; the scalars have their dtype.
        """
