"""Continue from a checkpoint: resume the same experiment, or branch off with other settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nncli.arrays import Array
from nncli.checkpoint import Checkpoint, Stopping, checkpoint_error
from nncli.errors import NncliError
from nncli.resolved import ResolvedExperiment
from nncli.training.loop import Training
from nncli.training.plan import Plan, prepare
from nncli.training.samples import DIGEST


def resume(
    resolved: ResolvedExperiment, arrays: Mapping[str, Array], place: str, stop: Callable[[], bool] = lambda: False
) -> Training:
    """Resume an experiment from a checkpoint, bit for bit as if training had never stopped.

    Raises NncliError if the checkpoint is of another experiment or of other data.
    """
    plan, checkpoint = prepare(resolved)
    if arrays.get(DIGEST) is None or not plan.samples.are_identified_by(arrays[DIGEST].tobytes()):
        hint = "train a new run, or train its weights on the changed data with --fork"
        raise NncliError("was trained on other data: the data of its experiment have changed", place=place, hint=hint)
    _restore(plan, checkpoint, arrays, place)
    return Training(plan, checkpoint, stop)


def branch(
    resolved: ResolvedExperiment,
    arrays: Mapping[str, Array],
    place: str,
    stop: Callable[[], bool] = lambda: False,
    *,
    fresh_optimizer: bool = False,
) -> Training:
    """Start training from a checkpoint with other settings; early stopping starts over.

    With `fresh_optimizer`, the optimizer has no state and counts from step 0. Raises NncliError if the checkpoint is of
    another network or another type of optimizer.
    """
    plan, checkpoint = prepare(resolved)
    fresh = checkpoint.arrays(plan.network) if fresh_optimizer else {}
    optimizer = {name: array for name, array in fresh.items() if name.startswith("optimizer.") or name == "step"}
    _restore(plan, checkpoint, {**arrays, **optimizer}, place)
    checkpoint.stopping = Stopping()
    return Training(plan, checkpoint, stop)


def _restore(plan: Plan, checkpoint: Checkpoint, arrays: Mapping[str, Array], place: str) -> None:
    checkpoint.restore(plan.network, dict(arrays), place)
    if checkpoint.epoch < 0 or checkpoint.step < 0 or checkpoint.stopping.waited < 0:
        raise checkpoint_error("a counter is negative", place)
