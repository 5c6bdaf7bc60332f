"""The section `sweep` of an experiment file."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from annotated_types import Gt

from nncli.registry import Help, spec_class
from nncli.search.pruners.base import Pruner
from nncli.search.samplers.base import Sampler


@spec_class
class Objective:
    """The metric by which trials are compared."""

    monitor: Annotated[str | None, Help("metric to compare; by default val_loss with validation data, else loss")] = (
        None
    )
    mode: Annotated[Literal["last", "best"], Help("compare the last epochs, or the best ones")] = "last"
    example: ClassVar[dict[str, Any]] = {"monitor": "val_loss"}


@spec_class
class Sweep:
    """Many trainings of one experiment, with different settings."""

    space: Annotated[dict[str, Any], Help("choices or a range for each setting to vary, by its path")]
    sampler: Annotated[
        Sampler | None, Help("how to choose the settings; by default grid if every parameter is a list, else random")
    ] = None
    trials: Annotated[int | None, Gt(0), Help("number of trials; required unless the sampler is grid")] = None
    seeds: Annotated[int, Gt(0), Help("trainings of each trial: seed, seed + 1, ...; their median is compared")] = 1
    objective: Annotated[Objective, Help("metric by which trials are compared")] = Objective()
    pruner: Annotated[Pruner | None, Help("ends hopeless trainings early; by default none is ended")] = None
    workers: Annotated[int | None, Gt(0), Help("trainings at a time; by default one for each processor")] = None
    timeout: Annotated[float | None, Gt(0), Help("longest duration of a training in seconds")] = None
    example: ClassVar[dict[str, Any]] = {"space": {"init.scale": [0.01, 0.1]}}
