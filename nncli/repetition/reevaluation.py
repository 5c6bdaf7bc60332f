"""Evaluate the checkpoints of a run again, and compare with its summary and evaluation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nncli import training
from nncli.errors import NncliError
from nncli.repetition.compare_numbers import compare_numbers
from nncli.repetition.contradictions import WEIGHTS_GIVE
from nncli.repetition.difference import Difference
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
    """Evaluate the checkpoints of a run on this machine, and compare with summary.json and eval.json.

    For the same weights, only one pass through the network rounds differently, however much training amplified it. So
    the spread is measured by evaluations with nudged weights.
    """

    def measure(nudge: Nudge | None) -> dict[Key, Any]:
        numbers = dict(_evaluate_for_summary(run, resolved, stated, nudge))
        return numbers | (evaluation_numbers(tools.evaluate(run, evaluation, nudge)) if evaluation else {})

    try:
        reevaluated = measure(None)
        nudged = [measure(nudge) for nudge in nudges()]
    except NncliError:  # arrays of another shape, which `compare_weights` reports
        return []

    def allowed(key: Key) -> float:
        values = [reevaluated.get(key), *(each.get(key) for each in nudged)]
        return max(allowed_of(values, ONE_PASS), rounding.change_by_samples(key))

    comparable = {key: value for key, value in stated.numbers.items() if key in reevaluated or key[0] != SUMMARY}
    return [each for each in compare_numbers(comparable, reevaluated, WEIGHTS_GIVE, allowed) if not each.excused]


def _evaluate_for_summary(
    run: Run, resolved: ResolvedExperiment, stated: RunNumbers, nudge: Nudge | None
) -> Iterator[tuple[Key, Any]]:
    """Evaluate the last and the best weights as training did, for the numbers in summary.json."""
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
