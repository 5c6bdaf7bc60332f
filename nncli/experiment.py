"""An experiment: what a file says once it is read and checked. Plain frozen dataclasses."""

from __future__ import annotations

import math
from typing import Annotated, TypeAlias

from annotated_types import Ge, Gt, Lt, MinLen

import nncli.data
import nncli.nn  # noqa: F401  the kinds below are filled by these two
from nncli.data.data import Data
from nncli.nn.activations import Activation
from nncli.nn.adam import Adam
from nncli.nn.initializers import GlorotUniform, Initializer
from nncli.nn.layer import Layer
from nncli.nn.losses import Loss
from nncli.nn.metrics import Metric
from nncli.nn.ops import Precision
from nncli.nn.optimizers import Optimizer
from nncli.registry import Help, OneOf, strict

AnyLayer: TypeAlias = Annotated[Layer | Activation, OneOf("layer", "activation")]


@strict
class EarlyStopping:
    """Ends training once a figure has not become better for some epochs."""

    monitor: Annotated[
        str | None, Help("the figure, as in metrics.jsonl; val_loss where there is validation, else loss")
    ] = None
    patience: Annotated[int, Gt(0), Help("epochs without improvement before training ends")] = 10
    min_delta: Annotated[float, Ge(0), Help("a change no larger than this is no improvement")] = 0.0


@strict
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


@strict
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


def steps_of(train: Train, samples: int) -> int:
    """How many steps a training on so many samples takes: batches an epoch times epochs."""
    return train.epochs * math.ceil(samples / (train.batch_size or samples))


# Of the parts that an experiment has even where its file does not name them.
USUAL_TYPES = {"init": GlorotUniform().type, "optimizer": Adam().type}
