"""The largest differences that rounding explains when BLAS, processor or NumPy add numbers in another order.

Training amplifies rounding, in some networks without bound, so the bound is measured: it is the spread of retrainings
whose weights are nudged by one unit in the last place, up or down at random, at the start and after every epoch.

Nudging only the first weights is not enough, because other kernels round differently in every step, and curves diverge
at a random epoch, once a unit switches on for one more sample. For a spiral classifier in float32 with four kinds of
kernels, stopped at 24 epochs from 100 to 675, it wrongly rejected 106 of 1,296 comparisons; nudging after every epoch
rejected none.

    allowed = max(10 s, ρ |v|, c)

- v is the number computed on this machine. ρ |v| bounds the rounding of one pass through the network: ρ = 1e-5 for the
  first epoch and for an evaluation, ten times as much for later epochs.
- s is the spread, largest minus smallest, over the retraining and the nudged ones; for a metric in the rows, the
  largest spread of all epochs so far, because unstable training may jump at another epoch on another machine. It is
  infinite once some of the values are finite and others are not.
- c = 2 / n for a metric that counts n samples, because it changes in jumps: two samples may cross a boundary that
  they crossed in no retraining. It is 0 for all other metrics.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from nncli import training
from nncli.arrays import Array
from nncli.events import EpochEnded, Event
from nncli.metric_choice import metric_class
from nncli.nn.network import Parameters
from nncli.repetition.run_numbers import Evaluate, Key, Nudge, RunNumbers, read_run_numbers
from nncli.resolved import ResolvedExperiment
from nncli.runner import EventHandler, Runner
from nncli.store import Run
from nncli.store.run import EVALUATION, SUMMARY
from nncli.training import Plan, Training

FACTOR = 10
ONE_PASS = 1e-5
NUDGES = 5
NUDGE_SEED = 13
BORDERLINE_SAMPLES = 2  # samples that may be classified differently

Stop: TypeAlias = Callable[[], bool]


class Tools(NamedTuple):
    """The functions that a comparison uses to train, evaluate and report progress."""

    runner: Runner
    evaluate: Evaluate
    tell: Callable[[str], None]  # prints a line for people


class Samples(NamedTuple):
    """The numbers of training and validation samples."""

    training: int
    validation: int

    @classmethod
    def of(cls, plan: Plan) -> Samples:
        """Count the samples of the retraining."""
        return cls(len(plan.training.x), 0 if plan.validation is None else len(plan.validation.x))


def nudges() -> list[Nudge]:
    """Return functions that move each weight to a neighbouring number, up or down at random."""
    return [_nudge_of(np.random.default_rng([NUDGE_SEED, number])) for number in range(NUDGES)]


def _nudge_of(random: np.random.Generator) -> Nudge:
    def nudge(params: Parameters) -> None:
        for vector in params.vectors:
            up = random.integers(0, 2, vector.shape, np.int8).astype(bool)
            vector[...] = np.nextafter(vector, np.where(up, np.inf, -np.inf).astype(vector.dtype))

    return nudge


def retraining(resolved: ResolvedExperiment, epochs: int | None, stop: Stop) -> Training:
    """Return a new training that stops after `epochs` (if not None), or once `stop` returns true."""
    source = training.start(resolved, lambda: stop() or (epochs is not None and source.checkpoint.epoch >= epochs))
    return source


def _nudging(nudge: Nudge) -> EventHandler:
    """Return a handler that nudges the weights after every epoch."""

    def watch(run: Path, training: Training, events: Iterator[Event]) -> None:
        for event in events:
            if isinstance(event, EpochEnded):
                nudge(training.checkpoint.params)

    return watch


def nudged_retrainings(
    resolved: ResolvedExperiment,
    epochs: int | None,
    retrained_run: Run,
    evaluation: Mapping[str, Any] | None,
    tools: Tools,
) -> list[RunNumbers]:
    """Train like `retrained_run`, but with nudged weights, and return the numbers of each run.

    The runs are written to a temporary folder. The list has fewer than five entries if training was stopped.
    """
    numbers_of_runs: list[RunNumbers] = []
    info = {"blas": retrained_run.info().get("blas")}  # so that the evaluation uses as many threads
    with tempfile.TemporaryDirectory(prefix="nncli-") as folder:
        for number, nudge in enumerate(nudges(), 1):
            tools.tell(f"training {number} of {NUDGES} with nudged weights, to measure rounding")
            source = retraining(resolved, epochs, tools.runner.stopping)
            nudge(source.checkpoint.params)
            run = tools.runner.record(source, Path(folder), info, watch=_nudging(nudge)).run
            if tools.runner.stopping():
                break
            numbers_of_runs.append(read_run_numbers(run, evaluation and tools.evaluate(run, evaluation, None)))
    return numbers_of_runs


class Rounding:
    """The largest differences that rounding explains, from the retraining and the nudged ones, if any."""

    def __init__(self, repeated: RunNumbers, nudged: Sequence[RunNumbers], samples: Samples) -> None:
        self._runs = [repeated, *nudged]
        self._samples = samples

    def of_column(self, name: str) -> Array:
        """Return the allowed difference at each epoch of the retraining."""
        value = self._runs[0].columns[name]
        values = np.full((len(self._runs), len(value)), np.nan)
        present = np.zeros(values.shape, bool)
        for row, row_present, run_numbers in zip(values, present, self._runs, strict=True):
            column = run_numbers.columns[name][: len(value)]
            row[: len(column)], row_present[: len(column)] = column, True
        spread = np.maximum.accumulate(_spread(values, present))
        rounding = np.full(len(value), FACTOR * ONE_PASS)
        rounding[:1] = ONE_PASS
        allowed: Array = np.maximum(
            _allowed(value, spread, rounding), self._change_of_metric(name, name.startswith("val_"))
        )
        return allowed

    def of_number(self, key: Key) -> float:
        """Return the allowed difference of a number in summary.json or eval.json."""
        file, path = key
        name = path.split(".")[-1]
        if path == "best.epoch":
            return np.inf  # follows from the rows, which are compared themselves
        if path == "epochs":
            values: list[Any] = [run_numbers.epochs for run_numbers in self._runs]
        else:
            values = [run_numbers.numbers.get(key) for run_numbers in self._runs]
        allowed = allowed_of(values, FACTOR * ONE_PASS)
        if file == SUMMARY and path.startswith("final.") and name in self._runs[0].columns:
            allowed = max(allowed, float(self.of_column(name)[-1]))
        return max(allowed, self.change_by_samples(key))

    def change_by_samples(self, key: Key) -> float:
        """Return the largest change that two samples can cause in a number of summary.json or eval.json."""
        file, path = key
        name = path.split(".")[-1]
        numbers = self._runs[0].numbers
        if file == SUMMARY:
            return self._change_of_metric(name, name.startswith("val_"))
        if path.startswith("metrics."):
            return BORDERLINE_SAMPLES / numbers[EVALUATION, "samples"] if _counts_samples(name) else 0.0
        if path.startswith("confusion."):
            return BORDERLINE_SAMPLES
        of_classes = [n for (_, other), n in numbers.items() if other.startswith("classes.") and "samples" in other]
        return (
            BORDERLINE_SAMPLES / max(min(of_classes), 1)
            if of_classes and path.startswith(("classes.", "macro."))
            else 0.0
        )

    def of_array(self, key: Key) -> float:
        """Return the allowed difference of the entries of an array of weights."""
        arrays = [array for run_numbers in self._runs if (array := run_numbers.weights.get(key)) is not None]
        values = np.array([array for array in arrays if array.shape == arrays[0].shape], np.float64)
        spread = _spread(values, np.ones(values.shape, bool)).max(initial=0.0)
        largest = np.abs(values[0]).max(initial=0.0)
        return float(_allowed(largest, spread, FACTOR * ONE_PASS))

    def _change_of_metric(self, name: str, validation: bool) -> float:
        count = self._samples.validation if validation else self._samples.training
        return BORDERLINE_SAMPLES / max(count, 1) if _counts_samples(name) else 0.0


def allowed_of(values: Sequence[Any], rounding: float) -> float:
    """Return the allowed difference from the first of some numbers; None stands for NaN. Texts must be equal (0)."""
    if any(isinstance(value, str) for value in values):
        return 0.0
    numbers = np.array([[np.nan if value is None else value] for value in values], np.float64)
    (spread,) = _spread(numbers, np.ones(numbers.shape, bool))
    return float(_allowed(numbers[0, 0], spread, rounding))


def _allowed(value: Any, spread: Any, rounding: Any) -> Any:
    return np.maximum(FACTOR * spread, rounding * np.abs(np.nan_to_num(value)))


@np.errstate(all="ignore")
def _spread(values: Array, present: Array) -> Array:
    """Return largest minus smallest along the first axis; infinity if some present values are finite and others not."""
    finite = np.isfinite(values)
    low, high = (np.where(finite, values, limit) for limit in (np.inf, -np.inf))
    spread = np.where(finite.any(axis=0), high.max(axis=0) - low.min(axis=0), 0.0)
    return np.where(finite.any(axis=0) & (present & ~finite).any(axis=0), np.inf, spread)


def _counts_samples(name: str) -> bool:
    metric = metric_class(name)
    return metric is not None and metric.counts_samples
