"""Train experiments that tests build from components."""

from collections.abc import Callable, Mapping
from typing import Any

from nncli import training
from nncli.checkpoint import Checkpoint
from nncli.experiment import Experiment
from nncli.resolved import resolve


def prepare(experiment: Experiment) -> tuple[training.Plan, Checkpoint]:
    return training.prepare(resolve(experiment))


def start(experiment: Experiment, stop: Callable[[], bool] = lambda: False) -> training.Training:
    return training.start(resolve(experiment), stop)


def resume(experiment: Experiment, arrays: Mapping[str, Any], place: str) -> training.Training:
    return training.resume(resolve(experiment), arrays, place)
