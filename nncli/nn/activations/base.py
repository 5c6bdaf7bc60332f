"""The base class of activations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, TypeAlias

from nncli.arrays import Array
from nncli.nn.optional_ops import accept_ops
from nncli.registry import kind

ActivationBackward: TypeAlias = Callable[[Array], Array]


@kind
class Activation(ABC):
    """A function without parameters, applied to each sample: x (n, k) to y (n, k). Its backward pass maps dy to dx."""

    __slots__ = ()
    example: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        accept_ops(cls, "forward")

    @abstractmethod
    def forward(self, *args: Any) -> tuple[Array, ActivationBackward]:
        """Return the output y and the backward pass; called as `forward(x)` or `forward(x, ops)`."""
