"""The experiment, as frozen dataclasses: the content of a checked experiment file."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, get_args, get_type_hints

from annotated_types import Ge, Gt, Lt, MinLen

import nncli.data
import nncli.nn
import nncli.search  # noqa: F401  these three imports register the components of the kinds below
from nncli.data.data import Data
from nncli.nn.activations.base import Activation
from nncli.nn.engine.ops import Precision
from nncli.nn.initializers.base import Initializer
from nncli.nn.initializers.glorot import GlorotUniform
from nncli.nn.layers.base import Layer
from nncli.nn.losses.base import Loss
from nncli.nn.metrics.base import Metric
from nncli.nn.optimizers.adam import Adam
from nncli.nn.optimizers.base import Optimizer
from nncli.registry import Help, OneError, OneOf, components, kinds, spec_class
from nncli.search.sweep import Sweep

AnyLayer: TypeAlias = Annotated[Layer | Activation, OneOf("layer", "activation")]


@spec_class
class EarlyStopping:
    """End training when a metric has not improved for some epochs."""

    monitor: Annotated[str | None, Help("metric to watch; by default val_loss with validation data, else loss")] = None
    patience: Annotated[int, Gt(0), Help("epochs without improvement before training ends")] = 10
    min_delta: Annotated[float, Ge(0), Help("a change must exceed this to count as an improvement")] = 0.0
    example: ClassVar[dict[str, Any]] = {"patience": 10}


@spec_class
class Train:
    """The length of training, its batches and snapshots."""

    epochs: Annotated[int, Gt(0), Help("number of passes over the training samples")] = 1000
    batch_size: Annotated[int | None, Gt(0), Help("samples per step; by default all of them")] = None
    shuffle: Annotated[
        Annotated[bool | Literal["blocks"], OneError("bool_or_blocks")] | None,
        Help(
            "shuffle the samples every epoch; by default with batches, unless precision is book. `blocks` shuffles "
            "blocks of 4,096 samples, then the samples of each 16 blocks, for files larger than the memory"
        ),
    ] = None
    snapshots: Annotated[
        int, Ge(0), Help("about how many times to save the weights, for figures and films; 0: never")
    ] = 100
    early_stopping: Annotated[EarlyStopping | None, Help("end training when a metric stops improving")] = None
    example: ClassVar[dict[str, Any]] = {"epochs": 1000}


@spec_class
class Experiment:
    """A network, the data to train it on, and how to train it."""

    name: Annotated[
        str, Help("name of the runs: letters of any script, digits, `.`, `_` and `-`; by default the file's name")
    ]
    seed: Annotated[int, Ge(0), Lt(2**32), Help("seed of all random numbers")] = 0
    precision: Annotated[Precision, Help("float32, float64, or the arithmetic of the book")] = "float32"
    data: Annotated[Data, Help("data set to train on")]
    init: Annotated[Initializer, Help("initial weights of layers without their own `init`")] = GlorotUniform()
    layers: Annotated[tuple[AnyLayer, ...], MinLen(1), Help("layers and activations, from input to output")]
    loss: Annotated[Loss, Help("loss that training minimizes")]
    optimizer: Annotated[Optimizer, Help("rule for updating the parameters")] = Adam()
    metrics: Annotated[
        tuple[Metric, ...] | None, Help("metrics measured every epoch; by default the usual ones for the task")
    ] = None
    train: Annotated[Train, Help("length of training, batches and snapshots")] = Train()
    example: ClassVar[dict[str, Any]] = {"data": "sine", "layers": [{"type": "dense", "units": 1}], "loss": "mse"}


def steps_of(train: Train, samples: int) -> int:
    """Return the number of training steps for a number of samples: batches per epoch times epochs."""
    return train.epochs * math.ceil(samples / (train.batch_size or samples))


# The types of components that a file may leave out.
DEFAULT_TYPES = {"init": GlorotUniform().type, "optimizer": Adam().type}

MAX_DEPTH = 6  # ends the recursion if a component can contain one of its own kind
# Required fields that a file may leave out: the name is then that of the file.
OPTIONAL_IN_FILES = ("name",)


def mappings() -> dict[str, type]:
    """Return the experiment and every mapping in it that is not a component, by path."""
    inner = {**dict(_mappings_below(Experiment, "")), "sweep": Sweep, **dict(_mappings_below(Sweep, "sweep."))}
    return {"experiment": Experiment, **inner}


def _mappings_below(cls: type, path: str) -> Iterator[tuple[str, type]]:
    for name, hint in get_type_hints(cls).items():
        if inner := mapping_in(hint):
            yield f"{path}{name}", inner
        classes = [inner] if inner else [component for kind in kinds_in(hint) for component in components(kind)]
        for field_class in classes if path.count(".") < MAX_DEPTH else []:
            yield from _mappings_below(field_class, f"{path}{name}.")


def kinds_of(field: str) -> list[str]:
    """Return the kinds of component that a field of the experiment takes; empty if there is no such field."""
    return kinds_in(get_type_hints(Experiment).get(field))


def kinds_in(hint: Any) -> list[str]:
    """Return the kinds of component that a type takes, in the order of the type."""
    name = hint.__name__.lower() if isinstance(hint, type) else ""
    return [name] if name in kinds() else [kind for inner in get_args(hint) for kind in kinds_in(inner)]


def mapping_in(hint: Any) -> Any:
    """Return the dataclass of a type that is a mapping but not a component, or None."""
    if kinds_in(hint):
        return None
    types = (inner for inner in (hint, *get_args(hint)) if isinstance(inner, type))
    return next((cls for cls in types if dataclasses.is_dataclass(cls)), None)
