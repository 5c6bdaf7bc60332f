"""Evaluate a trained network on a part of its data or on a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np

from nncli import threads
from nncli.arrays import Array
from nncli.data.data import PartName, Samples
from nncli.data.description import Description
from nncli.data.rows import Header, NoteHandler
from nncli.data.tables import read_table
from nncli.errors import UsageError
from nncli.evaluation.classes import ClassReport, Confusion, LabelCounts
from nncli.events import Monitor
from nncli.metric_choice import class_threshold, evaluation_metrics
from nncli.model import Model
from nncli.nn.metrics.base import Metric
from nncli.store import Run, environment, write_json
from nncli.store.atomic import finite
from nncli.store.format import FORMAT, KEY
from nncli.store.run import EVALUATION
from nncli.training import Scoring
from nncli.training.batches import sample_batches
from nncli.training.metric_sums import MetricSums

PartChoice: TypeAlias = Literal["train"] | PartName
Batches: TypeAlias = Iterable[tuple[Array, Array]]

ROWS = 1000  # of a table at a time, if training has no batch size
ON_TRAINING = "no test part: evaluated on the training data"


class MetricValue(NamedTuple):
    """A metric of the network, and of the baseline."""

    value: float
    baseline: float
    higher_is_better: bool

    @property
    def beats_baseline(self) -> bool:
        """Return whether the network is better than the baseline; NaN is not."""
        return Monitor("", self.higher_is_better).better(self.value, self.baseline)


class Report(NamedTuple):
    """An evaluation."""

    run: str
    checkpoint: str
    on: PartChoice | None  # the part of the experiment's data; None for a table
    data: str | None  # the table
    samples: int
    metrics: dict[str, MetricValue]  # data loss first
    classes: ClassReport | None  # for classes or labels; None for regression
    note: str = ""
    environment: Mapping[str, Any] | None = None  # processor, BLAS and NumPy, which may change the last digits


def evaluate(
    model: Model,
    on: PartChoice | None = None,
    data: str | None = None,
    *,
    no_header: bool = False,
    on_note: NoteHandler = lambda note: None,
) -> Report:
    """Evaluate a network on a part of its data, or on a table (`-`: standard input).

    The default is the test part, else the training data with a note. The metrics are bit for bit those of training for
    the same samples. With `no_header`, columns of CSV are matched by position. `on_note` is called with a note if
    column names differ from those of training only in case. Raises UsageError if the experiment has no such part.
    """
    if no_header and data is None:
        raise UsageError("--no-header needs --data", hint="add --data FILE, or remove --no-header")
    if on and data is not None:
        raise UsageError(f"--on {on} and --data {data} cannot be combined", hint="remove one of them")
    part: PartChoice | None = on
    if not on and data is None:
        part = model.evaluated_part
    if part:
        scoring, batches = _part_batches(model, part)
    else:
        scoring = model.scoring()
        batches = _table_batches(model, scoring, data or "", "absent" if no_header else "present", on_note)
    with threads.limit_threads(model.threads):
        samples, metrics, classes = _evaluate(model, scoring, batches)
        current = environment()
    note = ON_TRAINING if part == "train" and on is None else ""
    return Report(str(model.run.path), model.checkpoint, part, data, samples, metrics, classes, note, current)


def as_dict(report: Report) -> dict[str, Any]:
    """Return the report in the form of eval.json, with None for NaN and infinity."""
    classes = report.classes
    result: dict[str, Any] = {
        KEY: FORMAT,
        "run": report.run,
        "checkpoint": report.checkpoint,
        "on": report.on,
        "data": report.data,
        "samples": report.samples,
        "note": report.note,
        "metrics": {name: metric.value for name, metric in report.metrics.items()},
        "baseline": {name: metric.baseline for name, metric in report.metrics.items()},
    }
    if classes is not None:
        names = zip(classes.names, classes.per_class, strict=True)
        result["classes"] = {name: metrics._asdict() for name, metrics in names}
        result["macro"] = classes.macro._asdict()
        if classes.confusion is not None:
            result["confusion"] = [list(row) for row in classes.confusion]
    result["environment"] = report.environment
    plain: dict[str, Any] = finite(result)
    return plain


def save(run: Run, report: Report) -> None:
    """Write eval.json into the run's directory. Raises NncliError if it cannot be written."""
    write_json(run.path / EVALUATION, as_dict(report))


def _part_batches(model: Model, part: PartChoice) -> tuple[Scoring, Batches]:
    plan, samples = model.part(part)
    if samples is None:
        hint = f"add one under `data:`, as in `{part}: {{samples: 100}}`, and train again; or use --data FILE"
        raise UsageError(f"has no {part} part", place=str(model.run.path / "config.yaml"), hint=hint)
    return plan.scoring, sample_batches(samples, model.experiment.train.batch_size)


def _table_batches(model: Model, scoring: Scoring, source: str, header: Header, on_note: NoteHandler) -> Batches:
    """Yield batches of a table's samples, prepared like those of training."""
    size = model.experiment.train.batch_size or ROWS
    rules = model.experiment.data.rules
    table = read_table(
        source,
        model.data,
        with_targets=True,
        batch=size,
        drop=rules.drop,
        dialect=rules.dialect,
        header=header,
        on_note=on_note,
    )
    for batch in table:
        assert batch.t is not None
        prepared = scoring.prepare(Samples(batch.x, batch.t))
        yield prepared.inputs, prepared.t


@np.errstate(all="ignore")
def _evaluate(
    model: Model, scoring: Scoring, batches: Batches
) -> tuple[int, dict[str, MetricValue], ClassReport | None]:
    """Return loss and metrics of the network and of the baseline, computed with the precision of training."""
    loss, ops = scoring.loss, scoring.ops
    metrics = evaluation_metrics(model.experiment, model.data)
    batch_metrics = scoring.batch_metrics._replace(metrics=metrics)
    ours, theirs = MetricSums(metrics), MetricSums(metrics)
    names, counts = _counts(model.data, metrics)
    constant = scoring.baseline.astype(ops.dtype)
    samples = 0
    for x, t in batches:
        samples += len(x)
        output, _ = model.network.forward(model.params, x, ops)
        for sums, y in ((ours, output), (theirs, np.repeat(constant, len(x), axis=0))):
            predictions, losses, _ = loss.forward(y, t, ops)
            sums.add(len(x), batch_metrics.of(losses, predictions, t, 0.0, ops))
            if counts is not None and sums is ours:
                counts.add(predictions, t)
    higher = {"loss": False} | {metric.type: metric.higher_is_better for metric in metrics}
    pairs = [sums.without_penalty() for sums in (ours, theirs)]
    values = {name: MetricValue(pairs[0][name], pairs[1][name], higher[name]) for name in higher}
    return samples, values, None if counts is None else counts.report(names)


def _counts(data: Description, metrics: tuple[Metric, ...]) -> tuple[tuple[str, ...], Confusion | LabelCounts | None]:
    """Return the names of classes or labels and an empty count for them; no count for regression."""
    threshold = class_threshold(metrics)
    if data.task == "multilabel":
        return data.target_names, LabelCounts(len(data.target_names), threshold)
    return data.class_names, Confusion(len(data.class_names), threshold) if data.class_names else None
