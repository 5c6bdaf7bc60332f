"""An experiment: what a file says once it is read and checked. Plain frozen dataclasses."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, TypeAlias, get_args, get_type_hints

from annotated_types import Ge, Gt, Lt, MinLen

import nncli.data
import nncli.nn  # noqa: F401  the kinds below are filled by these two
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
from nncli.registry import Help, OneOf, components, kinds, spec_class

AnyLayer: TypeAlias = Annotated[Layer | Activation, OneOf("layer", "activation")]


@spec_class
class EarlyStopping:
    """Ends training once a figure has not become better for some epochs."""

    monitor: Annotated[
        str | None, Help("the figure, as in metrics.jsonl; val_loss where there is validation, else loss")
    ] = None
    patience: Annotated[int, Gt(0), Help("epochs without improvement before training ends")] = 10
    min_delta: Annotated[float, Ge(0), Help("a change no larger than this is no improvement")] = 0.0
    example: ClassVar[dict[str, Any]] = {"patience": 10}


@spec_class
class Train:
    """How long and in what pieces the network is trained."""

    epochs: Annotated[int, Gt(0), Help("how often all samples are seen")] = 1000
    batch_size: Annotated[int | None, Gt(0), Help("samples in a step; all of them where not given")] = None
    shuffle: Annotated[
        bool | None,
        Help("a new order every epoch; where not given, with batches unless precision is book"),
    ] = None
    snapshots: Annotated[
        int, Ge(0), Help("after about so many epochs the weights are kept, for figures and films; 0: never")
    ] = 100
    early_stopping: Annotated[EarlyStopping | None, Help("when to end before the last epoch")] = None
    example: ClassVar[dict[str, Any]] = {"epochs": 1000}


@spec_class
class Experiment:
    """A network, what it is trained on, and how."""

    name: Annotated[
        str, Help("of its runs: letters of any script, digits, `.`, `_` and `-`; the file's name if not given")
    ]
    seed: Annotated[int, Ge(0), Lt(2**32), Help("of every random number")] = 0
    precision: Annotated[Precision, Help("float32, float64, or the arithmetic of the book")] = "float32"
    data: Annotated[Data, Help("what is learned")]
    init: Annotated[Initializer, Help("draws the weights of layers that have no `init` of their own")] = GlorotUniform()
    layers: Annotated[tuple[AnyLayer, ...], MinLen(1), Help("from the inputs to the output")]
    loss: Annotated[Loss, Help("what training makes small")]
    optimizer: Annotated[Optimizer, Help("how a step changes the parameters")] = Adam()
    metrics: Annotated[tuple[Metric, ...] | None, Help("measured every epoch; where not given, the usual")] = None
    train: Annotated[Train, Help("how long and in what pieces")] = Train()
    example: ClassVar[dict[str, Any]] = {"data": "sine", "layers": [{"type": "dense", "units": 1}], "loss": "mse"}


def steps_of(train: Train, samples: int) -> int:
    """How many steps a training on so many samples takes: batches an epoch times epochs."""
    return train.epochs * math.ceil(samples / (train.batch_size or samples))


# Of the parts that an experiment has even where its file does not name them.
USUAL_TYPES = {"init": GlorotUniform().type, "optimizer": Adam().type}

MAX_DEPTH = 6  # should a component ever hold one of its own kind
# Fields that the reader fills in: a spec without a name has that of its file.
FILLED_IN = ("name",)


def mappings() -> dict[str, type]:
    """Return every mapping of an experiment that is no component, by its path, and the experiment itself."""
    return {"experiment": Experiment, **dict(_mappings_below(Experiment, ""))}


def _mappings_below(cls: type, path: str) -> Iterator[tuple[str, type]]:
    for name, hint in get_type_hints(cls).items():
        if inner := mapping_in(hint):
            yield f"{path}{name}", inner
        inside = [inner] if inner else [each for kind in kinds_in(hint) for each in components(kind)]
        for one in inside if path.count(".") < MAX_DEPTH else []:
            yield from _mappings_below(one, f"{path}{name}.")


def kinds_of(field: str) -> list[str]:
    """Return the kinds of component that a field of the experiment takes; nothing if there is no such field."""
    return kinds_in(get_type_hints(Experiment).get(field))


def kinds_in(hint: Any) -> list[str]:
    """The kinds of component that a type takes, in the order in which it names them."""
    name = hint.__name__.lower() if isinstance(hint, type) else ""
    return [name] if name in kinds() else [kind for inner in get_args(hint) for kind in kinds_in(inner)]


def mapping_in(hint: Any) -> Any:
    """The dataclass that a type stands for, where it is a mapping of its own and no component."""
    if kinds_in(hint):
        return None
    types = (one for one in (hint, *get_args(hint)) if isinstance(one, type))
    return next((one for one in types if dataclasses.is_dataclass(one)), None)
