"""Compare a run with its retraining, number by number, and decide whether rounding explains the differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from nncli.config import Loaded
from nncli.errors import ExitCode, NncliError
from nncli.repetition.compare_numbers import (
    RETRAINING_GIVES,
    comparable_files,
    compare_numbers,
    compare_rows,
    compare_weights,
    shared_epochs,
)
from nncli.repetition.contradictions import contradictions
from nncli.repetition.difference import Difference
from nncli.repetition.end_state import ENDED, EndState, environment_differences
from nncli.repetition.reevaluation import compare_reevaluation
from nncli.repetition.rounding import Rounding, Samples, Tools, nudged_retrainings, retraining
from nncli.repetition.run_numbers import CHECKPOINT_NAMES, Key, RunNumbers, evaluation_on_part, read_run_numbers
from nncli.resumption import refuse_changed_data
from nncli.runner import BeforeTraining, Result, Runner
from nncli.store import Run
from nncli.store.atomic import finite
from nncli.store.run import CHECKPOINTS, EVALUATION, METRICS

LAST, BEST = "checkpoints/last.npz", "checkpoints/best.npz"


class Repetition(NamedTuple):
    """The result of comparing a run with its retraining."""

    epochs: int  # in both runs
    files: tuple[str, ...]  # compared besides metrics.jsonl
    differences: tuple[Difference, ...]
    weights_agree: bool | None  # None if the last weights are from different epochs
    elsewhere: dict[str, tuple[Any, Any]]  # parts of the environment that differ: then, and now
    nudged: int = 0  # number of retrainings with nudged weights
    complete: bool = True  # false if the user stopped it; then only rows are compared, and nothing is excused

    @property
    def exact(self) -> bool:
        """Return whether every digit agrees."""
        return not self.differences

    @property
    def agrees(self) -> bool:
        """Return whether rounding explains all differences."""
        return all(difference.excused for difference in self.differences)

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison as data for JSON."""
        rows = {each.key: each for each in self.differences if each.epoch is not None}
        first = min((each.epoch for each in rows.values() if each.epoch is not None), default=None)
        largest = {name: each.relative for name, each in rows.items()}
        fields = {
            "exact": self.exact,
            "agrees": self.agrees,
            **self._asdict(),
            "first_difference": first,
            "largest": largest,
            "differences": [each._asdict() for each in self.differences],
        }
        plain: dict[str, Any] = finite(fields)
        return plain


class Original:
    """A run that is to be trained again, with its recorded numbers."""

    def __init__(self, run: Run, loaded: Loaded) -> None:
        """Read the numbers of the run. Raises NncliError if a file cannot be read, or if the run has no rows."""
        self.run = run
        self.loaded = loaded
        self.ended = run.status in ENDED
        self.ending = EndState.of(run)
        evaluation = evaluation_on_part(run)
        invalid = [] if evaluation is None else [*self._check_evaluation(evaluation)]
        self.evaluation = None if invalid else evaluation
        self.stated = read_run_numbers(run, self.evaluation)
        if not self.stated.epochs:
            hint = "choose a run that was trained for at least one epoch"
            raise NncliError("has no epoch to compare with", place=str(run.path), hint=hint)
        self.contradictions = [*contradictions(run), *self._check_checkpoints(), *invalid]

    @property
    def epochs(self) -> int | None:
        """The number of epochs after which to stop the retraining; None if the run was not stopped."""
        if self.ended and self.run.status != "stopped":
            return None
        reached = self.stated.last_epoch + 1
        return reached if not self.ended or self.ending.epochs is None else self.ending.epochs

    def retrain(self, runner: Runner, runs_dir: Path, begin: BeforeTraining) -> Result:
        """Train the run again as a new run that names it. Raises NncliError if its data files have changed."""
        source = retraining(self.loaded.resolved, self.epochs, runner.stopping)
        refuse_changed_data(self.run, source)
        begin(self.loaded)
        info = runner.provenance(self.loaded.resolved.experiment) | {"repeats": self.run.name}
        # A retraining that ends where the run was stopped is done, not stopped.
        return runner.record(source, runs_dir, info, stop_exit_code=ExitCode.DONE)

    def compare(self, retrained: Result, tools: Tools) -> Repetition:
        """Compare the run with its retraining.

        If the environment differs and digits do too, train five more runs with nudged weights to measure rounding.
        """
        retrained_run, samples = retrained.run, Samples.of(retrained.training.plan)
        stated, evaluation = self.stated, self.evaluation
        if tools.runner.stopping():
            return self._compare_rows_only(retrained_run)
        repeated = read_run_numbers(retrained_run, evaluation and tools.evaluate(retrained_run, evaluation, None))
        elsewhere, trained_elsewhere = self._elsewhere(retrained_run), bool(self._trained_elsewhere(retrained_run))
        rounding = Rounding(repeated, (), samples) if elsewhere else None
        differences, nudged = [*self._differences(repeated, rounding, trained_elsewhere)], []
        if rounding is not None and not all(each.excused for each in differences):
            nudged = nudged_retrainings(self.loaded.resolved, self.epochs, retrained_run, evaluation, tools)
            if tools.runner.stopping():
                return self._compare_rows_only(retrained_run)
            rounding = Rounding(repeated, nudged, samples)
            differences = [*self._differences(repeated, rounding, trained_elsewhere)]
        others = list(self.contradictions)
        if rounding is not None and differences:
            others += compare_reevaluation(self.run, self.loaded.resolved, stated, evaluation, rounding, tools)
        for each in others:
            if (each.file, each.key) not in {(other.file, other.key) for other in differences if not other.excused}:
                differences.append(each)
        weights = comparable_files(stated, repeated)
        agree = None if LAST not in weights else not any(each.file == LAST for each in differences)
        files = dict.fromkeys([*(file for file, _ in stated.numbers), *weights])
        return Repetition(shared_epochs(stated, repeated), (*files,), (*differences,), agree, elsewhere, len(nudged))

    def _compare_rows_only(self, retrained_run: Run) -> Repetition:
        repeated = read_run_numbers(retrained_run, None)
        differences, epochs = [*compare_rows(self.stated, repeated, None)], shared_epochs(self.stated, repeated)
        return Repetition(epochs, (), (*differences,), None, self._elsewhere(retrained_run), complete=False)

    def _differences(self, repeated: RunNumbers, rounding: Rounding | None, elsewhere: bool) -> Iterator[Difference]:
        """Compare rows, summary, evaluation and weights; `elsewhere` if the run was trained in another environment."""
        stated, rounding_of_training = self.stated, rounding if elsewhere else None
        yield from compare_rows(stated, repeated, rounding_of_training)
        last, last_of_retraining = stated.last_epoch, repeated.last_epoch
        # In another environment, early stopping may end training at another epoch.
        if self.ended and rounding_of_training is None and last != last_of_retraining:
            yield Difference(METRICS, "epoch", last, last_of_retraining, "the retraining ends with")

        def allowed(key: Key) -> float:
            return rounding.of_number(key) if rounding and (elsewhere or key[0] == EVALUATION) else 0.0

        yield from compare_numbers(stated.numbers, repeated.numbers, RETRAINING_GIVES, allowed)
        yield from compare_weights(stated, repeated, rounding_of_training)

    def _check_checkpoints(self) -> Iterator[Difference]:
        """Compare the epochs of the checkpoints with those in summary.json."""
        best = self.ending.best_epoch
        for file, expected in ((LAST, self.ending.epochs), (BEST, None if best is None else best + 1)):
            has_file = any(other == file for other, _ in self.stated.weights)
            epoch = self.stated.checkpoint_epoch(file)
            if self.ended and has_file and expected is not None and epoch != expected:
                yield Difference(file, "epoch", epoch, expected, "summary.json has")

    def _check_evaluation(self, evaluation: Mapping[str, Any]) -> Iterator[Difference]:
        """Yield a difference if eval.json names a part or a checkpoint that the run does not have."""
        data, part, which = self.loaded.resolved.experiment.data, evaluation.get("on"), evaluation.get("checkpoint")
        if part not in ("train", "validation", "test") or (part != "train" and not data.has(part)):
            yield Difference(EVALUATION, "on", part, None, "config.yaml has")
        if which not in CHECKPOINT_NAMES or not self.run.has_checkpoint(which):
            yield Difference(EVALUATION, "checkpoint", which, None, f"{CHECKPOINTS}/ has")

    def _elsewhere(self, retrained_run: Run) -> dict[str, tuple[Any, Any]]:
        """Return how this environment differs from those in which the run was trained, resumed or evaluated."""
        environment = (self.evaluation or {}).get("environment")
        evaluated = environment_differences(
            [environment] if isinstance(environment, dict) else [], retrained_run.info()
        )
        return evaluated | self._trained_elsewhere(retrained_run)

    def _trained_elsewhere(self, retrained_run: Run) -> dict[str, tuple[Any, Any]]:
        return environment_differences([self.ending.info, *self.ending.resumed], retrained_run.info())
