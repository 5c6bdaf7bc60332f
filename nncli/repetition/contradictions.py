"""Check rows, summary and evaluation of one run against each other, to the last digit and without training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nncli.arrays import Array
from nncli.metric_choice import LOSSES, higher_is_better, metric_class
from nncli.repetition.difference import Difference
from nncli.repetition.end_state import EndState, compare_last_row, compare_length, environment_differences
from nncli.store import Run
from nncli.store.run import EVALUATION, METRICS, SUMMARY

WEIGHTS_GIVE = "its weights give"


def contradictions(run: Run) -> list[Difference]:
    """Return the numbers of a run that contradict each other. Raises NncliError if its rows cannot be read.

    - The rows have consecutive epochs, and their loss is data_loss + regularization_loss.
    - summary.json has the status of run.json, as many epochs as rows, the `val_` metrics of the last row, and the first
      of the epochs with the best metric.
    - eval.json has the metrics of summary.json or of the best row, if it is of the same part and checkpoint.

    Learning rates are checked only by a retraining, because C libraries differ in the last digit of a cosine or a
    power. Numbers from another environment (a run resumed there, or an evaluation made there) are not compared.
    """
    ending, columns = EndState.of(run), run.metrics()
    rows = MetricsTable(columns)
    differences = rows.find_contradictions(ending.first_epoch)
    if ending.expects_summary:
        differences += compare_length(ending, rows.last())
        differences += [*_check_final_loss(ending.final), *_check_best_epoch(ending, rows)]
        epochs = {epoch for epoch in ((ending.epochs or 0) - 1, ending.best_epoch) if epoch is not None}
        for row in filter(None, map(rows.at, sorted(epochs))):
            differences += compare_last_row(ending, row)
    return differences + _check_evaluation(ending, rows, run.evaluation() or {})


class MetricsTable:
    """The rows of metrics.jsonl as columns, with NaN for null."""

    def __init__(self, columns: Mapping[str, Array]) -> None:
        self.columns = columns
        self.epochs = columns.get("epoch", np.zeros(0))

    def at(self, epoch: int) -> dict[str, Any] | None:
        """Return the row of an epoch, None if there is none."""
        (places,) = np.nonzero(self.epochs == float(epoch))
        return self._row(int(places[0])) if len(places) else None

    def last(self) -> dict[str, Any] | None:
        """Return the last row, None if there is none."""
        return self._row(-1) if len(self.epochs) else None

    def _row(self, place: int) -> dict[str, Any]:
        values = {name: float(column[place]) for name, column in self.columns.items()}
        row = {name: None if np.isnan(value) else value for name, value in values.items()}
        return row | {"epoch": int(self.epochs[place])}

    def find_contradictions(self, first_epoch: int) -> list[Difference]:
        """Check that epochs are consecutive and that each loss is a sum."""
        differences = []
        expected = np.arange(first_epoch, first_epoch + len(self.epochs))
        if (wrong := self.epochs != expected).any():
            place = int(wrong.argmax())
            stated, by = int(self.epochs[place]), f"line {place + 1} should have"
            differences.append(Difference(METRICS, "epoch", stated, int(expected[place]), by))
        if all(name in self.columns for name in LOSSES):
            loss, data_loss, penalty = (self.columns[name] for name in LOSSES)
            if (wrong := ~_is_sum(loss, data_loss, penalty)).any():
                place = int(wrong.argmax())
                key, total = f"loss of epoch {int(self.epochs[place])}", float(data_loss[place] + penalty[place])
                by = "data_loss + regularization_loss give"
                differences.append(Difference(METRICS, key, float(loss[place]), None if np.isnan(total) else total, by))
        return differences


@np.errstate(all="ignore")
def _is_sum(total: Any, a: Any, b: Any) -> Any:
    """Return whether each total is a + b in float64 or float32; true for a total that is not finite."""
    return np.isnan(total) | (total == a + b) | (total == (a + b).astype(np.float32))


def _check_final_loss(final: Mapping[str, Any]) -> list[Difference]:
    if not all(type(final.get(name)) in (int, float) for name in LOSSES):
        return []
    loss, data_loss, penalty = (np.float64(final[name]) for name in LOSSES)
    if _is_sum(loss, data_loss, penalty):
        return []
    total = float(data_loss + penalty)
    return [Difference(SUMMARY, "final.loss", final["loss"], total, "data_loss + regularization_loss give")]


def _check_best_epoch(ending: EndState, rows: MetricsTable) -> list[Difference]:
    """Compare the best epoch with the first row that has the best value of its metric, up to the summary's epochs."""
    names = [name for name in ending.best if name != "epoch"]
    if len(names) != 1 or (higher := higher_is_better(names[0])) is None or ending.changed_environment:
        return []
    column = rows.columns.get(names[0], np.zeros(0))[rows.epochs < float(ending.epochs or 0)]
    if np.isnan(column).all():
        return []
    best = int(rows.epochs[np.nanargmax(column) if higher else np.nanargmin(column)])
    if ending.best.get("epoch") == best:
        return []
    return [Difference(SUMMARY, "best.epoch", ending.best.get("epoch"), best, f"{names[0]} is best at epoch")]


def _check_evaluation(ending: EndState, rows: MetricsTable, evaluation: Mapping[str, Any]) -> list[Difference]:
    """Compare eval.json with the run's metrics for the same weights and samples."""
    part, checkpoint, metrics = (evaluation.get(key) for key in ("on", "checkpoint", "metrics"))
    if ending.changed_environment or _made_in_other_environment(evaluation, ending) or not isinstance(metrics, dict):
        return []
    source, prefix, by = ending.final, "val_", f"{SUMMARY} has"
    if (part, checkpoint) == ("validation", "best") and ending.best_epoch is not None:
        source, by = rows.at(ending.best_epoch) or {}, f"the row of epoch {ending.best_epoch} has"
    elif (part, checkpoint) == ("train", "last"):
        source, prefix = metrics_on_training_data(ending.final), ""
    elif (part, checkpoint) != ("validation", "last"):
        return []
    pairs = {name.removeprefix(prefix): value for name, value in source.items() if name.startswith(prefix)}
    return [
        Difference(EVALUATION, f"metrics.{name}", metrics.get(name), value, by)
        for name, value in pairs.items()
        if metrics.get(name) != value and (name == "loss" or metric_class(name))
    ]


def contradictions_with_weights(run: Run, evaluation: Mapping[str, Any]) -> list[Difference]:
    """Compare summary.json with a new evaluation of the last weights on the training data, in the same environment."""
    ending = EndState.of(run)
    if not ending.summary or ending.changed_environment or _made_in_other_environment(evaluation, ending):
        return []
    metrics = evaluation["metrics"]
    return [
        Difference(
            SUMMARY, "final.data_loss" if name == "loss" else f"final.{name}", value, metrics[name], WEIGHTS_GIVE
        )
        for name, value in metrics_on_training_data(ending.final).items()
        if name in metrics and metrics[name] != value
    ]


def metrics_on_training_data(final: Mapping[str, Any]) -> dict[str, Any]:
    """Return the final metrics under the names used by an evaluation on the training data."""
    names = [name for name in final if not (name.startswith("val_") or name in LOSSES)]
    data_loss = {"loss": final["data_loss"]} if "data_loss" in final else {}
    return data_loss | {name: final[name] for name in names}


def _made_in_other_environment(evaluation: Mapping[str, Any], ending: EndState) -> bool:
    """Return whether an evaluation was made in another environment than the run, so that digits may differ."""
    environment = evaluation.get("environment")
    return isinstance(environment, dict) and bool(environment_differences([environment], ending.info))
