"""Compare the metrics that a run states at its end with those of its own weights, however its training went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nncli import training
from nncli.errors import NncliError
from nncli.repetition.agreement import WEIGHTS
from nncli.repetition.difference import Difference
from nncli.repetition.differences import compare_numbers
from nncli.repetition.rounding import ONE_PASS, Rounding, Tools, allowed_of, nudges
from nncli.repetition.run_numbers import Key, Nudge, RunNumbers, evaluation_numbers
from nncli.resolved import ResolvedExperiment
from nncli.store import Run
from nncli.store.atomic import finite
from nncli.store.run import SUMMARY, checkpoint_path


def compare_reevaluation(
    run: Run,
    resolved: ResolvedExperiment,
    stated: RunNumbers,
    evaluation: Mapping[str, Any] | None,
    rounding: Rounding,
    tools: Tools,
) -> list[Difference]:
    """Evaluate the checkpoints of a run here, and compare with summary.json and eval.json.

    Of the same weights, rounding is that of one pass through the network, even if training amplified it: here the
    spread is that of evaluations whose weights are nudged.
    """

    def measure(nudge: Nudge | None) -> dict[Key, Any]:
        numbers = dict(_of_summary(run, resolved, stated, nudge))
        return numbers | (evaluation_numbers(tools.evaluate(run, evaluation, nudge)) if evaluation else {})

    try:
        given = measure(None)
        nudged = [measure(nudge) for nudge in nudges()]
    except NncliError:  # arrays of another shape, which are named where they are compared
        return []

    def allowed(key: Key) -> float:
        values = [given.get(key), *(each.get(key) for each in nudged)]
        return max(allowed_of(values, ONE_PASS), rounding.step_of(key))

    of_these = {key: value for key, value in stated.numbers.items() if key in given or key[0] != SUMMARY}
    return [each for each in compare_numbers(of_these, given, WEIGHTS, allowed) if not each.excused]


def _of_summary(
    run: Run, resolved: ResolvedExperiment, stated: RunNumbers, nudge: Nudge | None
) -> Iterator[tuple[Key, Any]]:
    """Evaluate the last and the best weights as training did, for the numbers that the summary states of them."""
    numbers = stated.numbers
    best = numbers.get((SUMMARY, "best.epoch"))
    ends = {"last": ("final", numbers.get((SUMMARY, "epochs"))), "best": ("best", None if best is None else best + 1)}
    for which in ("last", "best"):
        name, epoch = ends[which]
        if epoch is None or stated.checkpoint_epoch(f"checkpoints/{which}.npz") != epoch:
            continue
        arrays = {key: array for (file, key), array in stated.weights.items() if file == f"checkpoints/{which}.npz"}
        source = training.branch(resolved, arrays, str(checkpoint_path(run.path, which)))
        if nudge is not None:
            nudge(source.checkpoint.params)
        for metric, value in finite(dict(source.evaluate())).items():
            if which == "last" or (SUMMARY, f"best.{metric}") in numbers:
                yield (SUMMARY, f"{name}.{metric}"), value
