"""Compare rows, summary and evaluation of one run: claims that hold to the last digit and need no training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nncli import registry
from nncli.arrays import Array
from nncli.nn.metrics.base import Metric
from nncli.repetition.difference import Difference
from nncli.repetition.ending import Ending, environment_differences, of_length, of_row
from nncli.store import Run
from nncli.store.run import EVALUATION, METRICS, SUMMARY

WEIGHTS = "its own weights give"
PENALIZED = ("loss", "data_loss", "regularization_loss")


def contradictions(run: Run) -> list[Difference]:
    """Compare all numbers that a run states with one another. Raises NncliError if its rows cannot be read.

    - the rows have consecutive epochs, and their loss is data_loss + regularization_loss;
    - summary.json has the status of run.json and as many epochs as there are rows, its `val_` metrics are those of
      the last row, and its best epoch is the first of those whose metric is the best;
    - eval.json has the metrics of summary.json or of the best row, if it was evaluated on that part and checkpoint.

    The learning rates are left to a retraining, as C libraries differ in the last digit of a cosine or a power. A run
    that was resumed elsewhere mixes the arithmetic of two machines, and an evaluation may have been made elsewhere too:
    these are not compared.
    """
    ending, columns = Ending.of(run), run.metrics()
    rows = Rows(columns)
    differences = rows.contradictions(ending.first_epoch)
    if ending.states:
        differences += of_length(ending, rows.last())
        differences += [*_of_sum(ending.final), *_of_best(ending, rows)]
        epochs = {epoch for epoch in ((ending.epochs or 0) - 1, ending.best_epoch) if epoch is not None}
        for row in filter(None, map(rows.at, sorted(epochs))):
            differences += of_row(ending, row)
    return differences + _of_evaluation(ending, rows, run.evaluation() or {})


class Rows:
    """The rows of a run as columns, with NaN for null."""

    def __init__(self, columns: Mapping[str, Array]) -> None:
        self.columns = columns
        self.epochs = columns.get("epoch", np.zeros(0))

    def at(self, epoch: int) -> dict[str, Any] | None:
        """Return the row of an epoch as the file has it, None if there is none."""
        (places,) = np.nonzero(self.epochs == float(epoch))
        return self._row(int(places[0])) if len(places) else None

    def last(self) -> dict[str, Any] | None:
        """Return the last row, None if there is none."""
        return self._row(-1) if len(self.epochs) else None

    def _row(self, place: int) -> dict[str, Any]:
        values = {name: float(column[place]) for name, column in self.columns.items()}
        row = {name: None if np.isnan(value) else value for name, value in values.items()}
        return row | {"epoch": int(self.epochs[place])}

    def contradictions(self, first_epoch: int) -> list[Difference]:
        """Compare the rows with one another."""
        differences = []
        expected = np.arange(first_epoch, first_epoch + len(self.epochs))
        if (wrong := self.epochs != expected).any():
            place = int(wrong.argmax())
            stated, by = int(self.epochs[place]), f"line {place + 1} should have"
            differences.append(Difference(METRICS, "epoch", stated, int(expected[place]), by))
        if all(name in self.columns for name in PENALIZED):
            loss, data_loss, penalty = (self.columns[name] for name in PENALIZED)
            if (wrong := ~_is_sum(loss, data_loss, penalty)).any():
                place = int(wrong.argmax())
                key, total = f"loss of epoch {int(self.epochs[place])}", float(data_loss[place] + penalty[place])
                by = "data_loss + regularization_loss give"
                differences.append(Difference(METRICS, key, float(loss[place]), None if np.isnan(total) else total, by))
        return differences


@np.errstate(all="ignore")
def _is_sum(total: Any, a: Any, b: Any) -> Any:
    """Return if each total is a + b in float64 or float32; true for a total that is not finite."""
    return np.isnan(total) | (total == a + b) | (total == (a + b).astype(np.float32))


def _of_sum(final: Mapping[str, Any]) -> list[Difference]:
    if not all(type(final.get(name)) in (int, float) for name in PENALIZED):
        return []
    loss, data_loss, penalty = (np.float64(final[name]) for name in PENALIZED)
    if _is_sum(loss, data_loss, penalty):
        return []
    total = float(data_loss + penalty)
    return [Difference(SUMMARY, "final.loss", final["loss"], total, "data_loss + regularization_loss give")]


def _of_best(ending: Ending, rows: Rows) -> list[Difference]:
    """Compare the best epoch with the first that has the best value of its metric, up to the end of the summary."""
    names = [name for name in ending.best if name != "epoch"]
    if len(names) != 1 or (higher := higher_is_better(names[0])) is None or ending.moved:
        return []
    column = rows.columns.get(names[0], np.zeros(0))[rows.epochs < float(ending.epochs or 0)]
    if np.isnan(column).all():
        return []
    best = int(rows.epochs[np.nanargmax(column) if higher else np.nanargmin(column)])
    if ending.best.get("epoch") == best:
        return []
    return [Difference(SUMMARY, "best.epoch", ending.best.get("epoch"), best, f"{names[0]} is best at epoch")]


def metric_class(name: str) -> type[Metric] | None:
    """Return the metric that a name such as `val_accuracy` stands for, None for a loss and for no metric."""
    return registry.find("metric", name.removeprefix("val_"))


def higher_is_better(name: str) -> bool | None:
    """Return the direction of a metric by its name in a row, None if it is not known."""
    if name.removeprefix("val_") in PENALIZED:
        return False
    metric = metric_class(name)
    return None if metric is None else metric.higher_is_better


def _of_evaluation(ending: Ending, rows: Rows, evaluation: Mapping[str, Any]) -> list[Difference]:
    """Compare eval.json with the metrics that the run has of the same weights and samples."""
    part, checkpoint, metrics = (evaluation.get(key) for key in ("on", "checkpoint", "metrics"))
    if ending.moved or _made_elsewhere(evaluation, ending) or not isinstance(metrics, dict):
        return []
    source, prefix, by = ending.final, "val_", f"{SUMMARY} has"
    if (part, checkpoint) == ("validation", "best") and ending.best_epoch is not None:
        source, by = rows.at(ending.best_epoch) or {}, f"the row of epoch {ending.best_epoch} has"
    elif (part, checkpoint) == ("train", "last"):
        source, prefix = of_training(ending.final), ""
    elif (part, checkpoint) != ("validation", "last"):
        return []
    pairs = {name.removeprefix(prefix): value for name, value in source.items() if name.startswith(prefix)}
    return [
        Difference(EVALUATION, f"metrics.{name}", metrics.get(name), value, by)
        for name, value in pairs.items()
        if metrics.get(name) != value and (name == "loss" or metric_class(name))
    ]


def contradictions_of_weights(run: Run, evaluation: Mapping[str, Any]) -> list[Difference]:
    """Compare summary.json with an evaluation of the last weights on the training data, made where the run was."""
    ending = Ending.of(run)
    if not ending.summary or ending.moved or _made_elsewhere(evaluation, ending):
        return []
    measured = evaluation["metrics"]
    return [
        Difference(SUMMARY, "final.data_loss" if name == "loss" else f"final.{name}", value, measured[name], WEIGHTS)
        for name, value in of_training(ending.final).items()
        if name in measured and measured[name] != value
    ]


def of_training(final: Mapping[str, Any]) -> dict[str, Any]:
    """Return the final metrics by the names that they have in an evaluation on the training data."""
    names = [name for name in final if not (name.startswith("val_") or name in PENALIZED)]
    data_loss = {"loss": final["data_loss"]} if "data_loss" in final else {}
    return data_loss | {name: final[name] for name in names}


def _made_elsewhere(evaluation: Mapping[str, Any], ending: Ending) -> bool:
    """Return if an evaluation was made in an environment whose digits may differ from those of the run."""
    environment = evaluation.get("environment")
    return isinstance(environment, dict) and bool(environment_differences([environment], ending.info))
