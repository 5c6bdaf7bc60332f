"""The base class of optimizers: how a step changes the parameters. Settings are frozen, state is separate.

An optimizer is called once per step for all parameters, which lie in one flat vector. In book precision it is called
twice: once for parameters with float32 gradients and once for those with float64 gradients, which come from the book's
float64 targets and dropout masks. Its learning rates come from its schedule; the book's decay is such a schedule.
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
from nncli.nn.schedules.base import Decay, Schedule, inverse_time_rate
from nncli.registry import Help, kind, spec_class

LearningRate: TypeAlias = Annotated[float, Gt(0), Help("size of a step")]
Epsilon: TypeAlias = Annotated[float, Gt(0), Help("small number that prevents division by zero")]
Scalar: TypeAlias = Any  # a float, or an array () of the gradient's dtype


class StepScalars(NamedTuple):
    """The numbers that change from step to step."""

    rate: Scalar


@kind
@spec_class
class Optimizer(ABC):
    """A rule that computes new parameters (p,) from gradients (p,) and a state of arrays (p,).

    Each optimizer defines `type` and `learning_rate`; all share the other fields.
    """

    example: ClassVar[dict[str, Any]] = {}

    type: str
    learning_rate: LearningRate
    decay: Decay = 0.0
    schedule: Annotated[Schedule | None, Help("learning rate of each step; without it, `decay` applies")] = None
    clip_norm: Annotated[float | None, Gt(0), Help("limit on the norm of all gradients as one vector")] = None
    clip_value: Annotated[float | None, Gt(0), Help("limit on the magnitude of each gradient entry")] = None

    def __init_subclass__(cls) -> None:
        accept_ops(cls, "update")

    def rate(self, step: int, steps: int) -> float:
        """Return the learning rate of one of `steps` steps, counted from 0."""
        if self.schedule is None:
            return inverse_time_rate(self.learning_rate, self.decay, step)
        return self.schedule.rate(self.learning_rate, step, steps)

    def clip(self, grads: Sequence[Array], ops: Ops) -> Sequence[Array]:
        """Return all gradient vectors clipped for the update: entries first, then the norm of all together."""
        if self.clip_value is not None:
            grads = clip_values(grads, self.clip_value)
        return grads if self.clip_norm is None else clip_norm(grads, self.clip_norm, ops)

    @abstractmethod
    def init(self, params: Array, grads: Array) -> Any:
        """Return the state before the first step, a NamedTuple of arrays; `update` must keep their dtypes."""

    def scalars(self, step: int, steps: int) -> Any:
        """Return the numbers of a step, counted from 0, of `steps`: a NamedTuple with the learning rate first."""
        return StepScalars(self.rate(step, steps))

    @abstractmethod
    def update(self, *args: Any) -> tuple[Array, Any]:
        """Return the new parameters and the new state.

        Called as `update(params, grads, state, scalars)`, with `ops` as the last argument if the method takes it. In
        book precision, `params` are float32 while some gradient vectors are float64; scalars have the gradient's dtype.
        """
