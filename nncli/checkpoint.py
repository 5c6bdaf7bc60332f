"""The state of training as explicit arrays, which are all that resuming needs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nncli.arrays import Array
from nncli.errors import NncliError
from nncli.nn.engine.rng import Streams
from nncli.nn.network import Network, Parameters


@dataclass(slots=True)
class Stopping:
    """The state of early stopping: the best metric so far, the epochs since, and the metric of the last epoch."""

    best: float | None = None
    waited: int = 0
    value: float = math.nan


@dataclass(slots=True)
class Checkpoint:
    """The state of training before epoch `epoch`, after `step` steps; training changes it in place."""

    params: Parameters
    grads: Parameters
    states: tuple[Any, ...]  # of the optimizer, one for each vector of parameters
    streams: Streams
    data: Mapping[str, Array] = field(default_factory=dict)  # of the samples: saved, but never changed
    epoch: int = 0
    step: int = 0
    loss: float = math.nan  # of the last epoch
    stopping: Stopping = field(default_factory=Stopping)

    def arrays(self, network: Network) -> dict[str, Array]:
        """Return copies of all arrays by name: parameters as `layers.0.weights`, then what only training needs."""
        arrays = {name: array.copy() for name, array in named_arrays(network, self.params).items()}
        for i, state in enumerate(self.states):
            arrays |= {f"optimizer.{i}.{name}": array.copy() for name, array in state._asdict().items()}
        arrays |= {f"random.{name}": array for name, array in self.streams.state().items()}
        best = np.nan if self.stopping.best is None else self.stopping.best
        return arrays | {
            **self.data,
            "epoch": np.array(self.epoch),
            "step": np.array(self.step),
            "loss": np.array(self.loss, np.float64),
            "stopping": np.array([best, self.stopping.waited, self.stopping.value], np.float64),
        }

    def restore(self, network: Network, arrays: dict[str, Array], place: str) -> None:
        """Restore the state from the result of `arrays()`. Raises NncliError if it is from another network."""
        targets = named_arrays(network, self.params)
        for i, state in enumerate(self.states):
            targets |= {f"optimizer.{i}.{name}": array for name, array in state._asdict().items()}
        for name, target in targets.items():
            _copy(arrays, name, target, place)
        try:
            self.streams.restore({name[7:]: array for name, array in arrays.items() if name.startswith("random.")})
            self.epoch, self.step, self.loss = int(arrays["epoch"]), int(arrays["step"]), float(arrays["loss"])
            best, waited, value = (float(number) for number in arrays["stopping"])
            self.stopping = Stopping(None if np.isnan(best) else best, int(waited), value)
        except (KeyError, ValueError, TypeError, OverflowError) as error:
            raise checkpoint_error(str(error), place) from None


def checkpoint_error(reason: str, place: str) -> NncliError:
    """Return the error for a checkpoint that is damaged or from another experiment."""
    hint = "use the settings that it was trained with, or train a new run"
    return NncliError(f"is not a checkpoint of this experiment: {reason}", place=place, hint=hint)


def restore_parameters(network: Network, params: Parameters, arrays: dict[str, Array], place: str) -> None:
    """Restore only the parameters. Raises NncliError if the arrays are from another network."""
    for name, target in named_arrays(network, params).items():
        _copy(arrays, name, target, place)


def named_arrays(network: Network, params: Parameters) -> dict[str, Array]:
    """Return the arrays of all layers, not copied, by names such as `layers.0.weights`."""
    pairs = zip(network.links, params.links, strict=True)
    return {f"{link.name}.{name}": array for link, views in pairs for name, array in views.items()}


def _copy(arrays: dict[str, Array], name: str, target: Array, place: str) -> None:
    if name not in arrays:
        raise checkpoint_error(f"it has no {name}", place)
    array = arrays[name]
    if array.shape != target.shape or array.dtype != target.dtype:
        actual, expected = f"{array.dtype} {array.shape}", f"{target.dtype} {target.shape}"
        raise checkpoint_error(f"{name} is {actual}, not {expected}", place)
    target[...] = array
