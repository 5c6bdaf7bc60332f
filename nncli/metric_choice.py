"""Choose the metrics that an experiment measures in training and in evaluations."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from nncli.data.description import Description
from nncli.events import Monitor
from nncli.experiment import Experiment
from nncli.nn.metrics.accuracy import Accuracy
from nncli.nn.metrics.base import Metric
from nncli.nn.metrics.mean_absolute_error import AbsoluteError
from nncli.nn.metrics.r_squared import RSquared
from nncli.nn.metrics.regression_accuracy import RegressionAccuracy
from nncli.registry import find


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
    better_when_higher = {"loss": False, "data_loss": False, "regularization_loss": False}
    chosen_metrics = {metric.type: metric.higher_is_better for metric in metrics_of(experiment, data)}
    better_when_higher |= chosen_metrics
    if experiment.data.has("validation"):
        better_when_higher |= {f"val_{name}": higher for name, higher in {"loss": False, **chosen_metrics}.items()}
    return {name: Monitor(name, higher) for name, higher in better_when_higher.items()}


def monitor_named(name: str) -> Monitor:
    """Return the monitor of a metric by its name in metrics.jsonl, whether an experiment measures it or not."""
    metric = find("metric", name) or find("metric", name.removeprefix("val_"))
    return Monitor(name, metric is not None and cast(type[Metric], metric).higher_is_better)
