"""Choose the metrics that an experiment measures in training and in evaluations."""

from __future__ import annotations

from collections.abc import Iterable

from nncli.data.description import Description
from nncli.events import Monitor
from nncli.experiment import Experiment
from nncli.nn.metrics.accuracy import Accuracy
from nncli.nn.metrics.base import Metric
from nncli.nn.metrics.mean_absolute_error import AbsoluteError
from nncli.nn.metrics.r_squared import RSquared
from nncli.nn.metrics.regression_accuracy import RegressionAccuracy
from nncli.registry import find

LOSSES = ("loss", "data_loss", "regularization_loss")  # in each row: the first is the sum of the others


def metrics_of(experiment: Experiment, data: Description) -> tuple[Metric, ...]:
    """Return the metrics that the file names, or else the usual ones for the task of its data."""
    return default_metrics(data) if experiment.metrics is None else experiment.metrics


def default_metrics(data: Description) -> tuple[Metric, ...]:
    """Return the metrics of an experiment that names none."""
    return (RegressionAccuracy(),) if data.task == "regression" else (Accuracy(),)


def class_threshold(metrics: Iterable[Metric]) -> float:
    """Return the output above which a single unit predicts the second class: accuracy's threshold, or its default."""
    return next((metric for metric in metrics if isinstance(metric, Accuracy)), Accuracy()).threshold


def evaluation_metrics(experiment: Experiment, data: Description) -> tuple[Metric, ...]:
    """Return the metrics of an experiment, and those that every evaluation adds."""
    metrics, regression = metrics_of(experiment, data), data.task == "regression"
    always: tuple[Metric, ...] = (AbsoluteError(), RSquared()) if regression else (Accuracy(),)
    types = {metric.type for metric in metrics}
    return (*metrics, *(metric for metric in always if metric.type not in types))


def monitors(experiment: Experiment, data: Description) -> dict[str, Monitor]:
    """Return a monitor for every metric of an epoch, loss included, by its name in metrics.jsonl."""
    better_when_higher = dict.fromkeys(LOSSES, False)
    chosen_metrics = {metric.type: metric.higher_is_better for metric in metrics_of(experiment, data)}
    better_when_higher |= chosen_metrics
    if experiment.data.has("validation"):
        better_when_higher |= {f"val_{name}": higher for name, higher in {"loss": False, **chosen_metrics}.items()}
    return {name: Monitor(name, higher) for name, higher in better_when_higher.items()}


def metric_class(name: str) -> type[Metric] | None:
    """Return the class of a metric by its name in a row, such as `val_accuracy`; None for a loss or an unknown name."""
    return find("metric", name.removeprefix("val_"))


def higher_is_better(name: str) -> bool | None:
    """Return whether a higher value of a metric is better, None for an unknown name."""
    if name.removeprefix("val_") in LOSSES:
        return False
    metric = metric_class(name)
    return None if metric is None else metric.higher_is_better
