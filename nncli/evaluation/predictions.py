"""Predictions for the rows of a table, each behind the row that it was made of, as text to be piped on."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from typing import Any

import numpy as np

from nncli.arrays import Array
from nncli.data.rows import Header, NoteHandler
from nncli.data.tables import Batch, read_table
from nncli.errors import NncliError
from nncli.escaping import without_controls
from nncli.metric_choice import class_threshold, metrics_of
from nncli.model import Model
from nncli.nn.labels import predicted_classes
from nncli.store.atomic import finite
from nncli.text import list_names

BLOCK = 256  # rows predicted at a time
NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d*|(?=\.\d))(?:\.\d*)?(?:[eE][-+]?\d+)?\Z", re.ASCII)  # 007 stays text


def predictions(
    model: Model,
    source: str,
    as_json: bool = False,
    on_note: NoteHandler = lambda note: None,
    *,
    no_header: bool = False,
) -> Iterator[str]:
    """The table with the predictions added, in pieces of whole lines: as much as the rows that have arrived allow.

    What is odd about its columns is told once. With `no_header`, columns of CSV go by their position.

    JSON lines stay so, and CSV does unless `as_json`; CSV begins with a header. The text is the same however the rows
    arrive. Raises NncliError for a fault in the table.
    """
    names = column_names(model)
    x, row = np.zeros((BLOCK, model.network.inputs)), 0
    begun = False
    header: Header = "absent" if no_header else "present"
    dialect = model.experiment.data.rules.dialect
    options: dict[str, Any] = {"prompt": True, "dialect": dialect, "header": header, "on_note": on_note}
    for batch in read_table(source, model.data, with_targets=False, batch=BLOCK, **options):
        # The last bits of a row may depend on its place in a product of matrices, so it has the same place however
        # many rows arrive with it.
        n = len(batch.x)
        _refuse_twice(batch, names, source)
        if not begun:
            for note in _notes(model, batch):
                on_note(note)
        x[row : row + n] = batch.x
        cells = _cells(model, model.outputs(x)[row : row + n])
        row = (row + n) % BLOCK
        if as_json or batch.format == "json":
            yield _json_text(batch, names, cells)
        else:
            yield _csv_text(batch, names, cells, dialect.decimal, header=not begun)
        begun = True


def column_names(model: Model) -> list[str]:
    """The columns added: each predicted number; the class and the probabilities; or label and probability in turn."""
    classes, loss = model.data.class_names, model.experiment.loss
    # Without an activation that belongs to the loss an output is any number.
    output = "output" if loss.activation is None else "probability"
    if model.data.task == "multilabel":
        return [f"{what}_{name}" for name in model.data.target_names for what in ("predicted", output)]
    if not classes:
        return [f"predicted_{name}" for name in model.data.target_names]
    return ["predicted_class", *(f"{output}_{name}" for name in classes[-model.network.outputs :])]  # one: the second's


def _cells(model: Model, y: Array) -> list[list[str | float]]:
    """What is added to each row, for outputs y (n, k): numbers whose `repr` is the shortest for y's dtype."""
    if not model.preprocessing.targets_unscaled:
        decimals = _decimals(model)
        return [list(map(round, row, decimals)) for row in y.tolist()]
    # By way of text, since a float32 made a Python number shows the digits of its neighbours in float64.
    numbers: list[list[Any]] = [[float(text) for text in row] for row in y.astype(str).tolist()]
    classes, labels = model.data.class_names, model.data.label_names
    if not classes and not labels:
        return numbers
    threshold = class_threshold(metrics_of(model.experiment, model.data))
    if labels:
        positive = (y > threshold).tolist()
        return [_label_cells(labels, *row) for row in zip(positive, numbers, strict=True)]
    chosen = predicted_classes(y, threshold).tolist()
    return [[classes[number], *row] for number, row in zip(chosen, numbers, strict=True)]


def _label_cells(labels: tuple[tuple[str, ...], ...], positive: list[bool], outputs: list[float]) -> list[str | float]:
    """The value that is predicted for each label, and its output."""
    pairs = [(values[is_set], y) for values, is_set, y in zip(labels, positive, outputs, strict=True)]
    return [cell for pair in pairs for cell in pair]


def _decimals(model: Model) -> list[int]:
    """How many decimals of each scaled target the network's arithmetic can tell apart."""
    steps = model.preprocessing.target_scale * np.finfo(model.params.vectors[0].dtype).eps
    return [max(0, math.ceil(-math.log10(max(step, 1e-300)))) for step in steps.tolist()]


def _csv_text(batch: Batch, names: list[str], cells: list[list[str | float]], decimal: str, *, header: bool) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=batch.separator, lineterminator="\n")
    if header:
        writer.writerow([*batch.columns, *map(without_controls, names)])
    for row, added in zip(batch.rows, cells, strict=True):
        # The names of classes are a checkpoint's, which need not be the reader's own as the table is.
        texts = [
            without_controls(cell if isinstance(cell, str) else repr(cell).replace(".", decimal)) for cell in added
        ]
        writer.writerow([*row, *map(without_controls, texts)])
    return text.getvalue()


def _json_text(batch: Batch, names: list[str], cells: list[list[str | float]]) -> str:
    rows = batch.rows
    if batch.format == "csv":
        rows = [dict(zip(batch.columns, map(_json_value, row), strict=True)) for row in rows]
    pairs = zip(rows, cells, strict=True)
    return "".join(
        without_controls(_json_line(row | dict(zip(names, added, strict=True)))) + "\n" for row, added in pairs
    )


def _json_line(row: dict[str, Any]) -> str:
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False)
    except ValueError:  # an overflow in the network, or a number beyond 1.8e308 in what is only passed on
        return json.dumps(finite(row), ensure_ascii=False)


def _json_value(text: str) -> str | float:
    """A field of CSV as JSON: a number where it is written as one."""
    text = text.strip()
    if not NUMBER.match(text):
        return text
    return int(text) if text.lstrip("+-").isdigit() and len(text) < 300 else float(text)


def _notes(model: Model, batch: Batch) -> Iterator[str]:
    """What is odd about the columns of CSV: those that training did not use, and another order than it had."""
    inputs = list(batch.sources)
    others = [name for name in batch.columns if name and name not in inputs]
    found = [name for name in batch.columns if name in inputs]
    if found and (extra := [name for name in others if name not in model.data.target_names]):
        yield f"passed on, as training did not use them: {list_names(extra)}"
    if found and found != inputs:
        yield f"columns in another order than in training, found by their names: {list_names(found)}"


def _refuse_twice(batch: Batch, names: list[str], source: str) -> None:
    there = set(batch.columns) if batch.format == "csv" else set().union(*batch.rows)
    for name in names:
        if name in there:
            place = "stdin" if source == "-" else source
            raise NncliError(f"has {name} already, which the predictions would be called", place=place)
