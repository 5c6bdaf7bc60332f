"""Predictions for a table: the table as text, with columns for the predictions added."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.cells import has_leading_zeros
from nncli.data.dialect import Dialect
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
    """Yield the table with predictions added, in blocks of complete lines, as soon as rows arrive.

    The output has the format of the input, or JSON lines if `as_json`; CSV begins with a header. The text does not
    depend on how the rows arrive. `on_note` is called with notes about unusual columns. With `no_header`, columns of
    CSV are matched by position. Raises NncliError if the table is invalid.
    """
    names = column_names(model)
    x, row = np.zeros((BLOCK, model.network.inputs)), 0
    first_batch = True
    header: Header = "absent" if no_header else "present"
    dialect = model.experiment.data.rules.dialect
    options: dict[str, Any] = {"prompt": True, "dialect": dialect, "header": header, "on_note": on_note}
    for batch in read_table(source, model.data, with_targets=False, batch=BLOCK, **options):
        # The last bits of a row may depend on its position in a matrix product, so its position must not depend on how
        # many rows arrive together.
        n = len(batch.x)
        _refuse_name_conflict(batch, names, source)
        if first_batch:
            for note in _notes(model, batch):
                on_note(note)
        x[row : row + n] = batch.x
        columns = _columns(model, model.outputs(x)[row : row + n])
        row = (row + n) % BLOCK
        if as_json or batch.format == "json":
            yield _json_text(batch, names, columns, dialect)
        else:
            yield _csv_text(batch, names, columns, dialect.decimal, header=first_batch)
        first_batch = False


def column_names(model: Model) -> list[str]:
    """Return the added columns: predicted numbers; class and probabilities; or value and probability of each label."""
    classes, loss = model.data.class_names, model.experiment.loss
    # Without an activation that belongs to the loss, an output may be any number.
    output = "output" if loss.activation is None else "probability"
    if model.data.task == "multilabel":
        return [f"{what}_{name}" for name in model.data.target_names for what in ("predicted", output)]
    if not classes:
        return [f"predicted_{name}" for name in model.data.target_names]
    # A single output is the probability of the second class.
    return ["predicted_class", *(f"{output}_{name}" for name in classes[-model.network.outputs :])]


class AddedColumn(NamedTuple):
    """The texts of an added column, one for each row: names, or numbers as in Python."""

    texts: list[str]
    is_number: bool


def _columns(model: Model, y: Array) -> list[AddedColumn]:
    """Return the added columns for outputs y (n, k), with the shortest text of each number in y's dtype."""
    if not model.preprocessing.targets_unscaled:
        pairs = zip(y.T.tolist(), _decimals(model), strict=True)
        return [_numbers(repr(round(value, decimals)) for value in column) for column, decimals in pairs]
    # The text of a float32 converted to a Python float has meaningless digits.
    numbers = [_numbers(map(as_python, column)) for column in y.T.astype(str).tolist()]
    classes, labels = model.data.class_names, model.data.label_names
    if not classes and not labels:
        return numbers
    threshold = class_threshold(metrics_of(model.experiment, model.data))
    if labels:
        positive = (y > threshold).T.tolist()
        names = [_names(values, column) for values, column in zip(labels, positive, strict=True)]
        return [column for pair in zip(names, numbers, strict=True) for column in pair]
    return [_names(classes, predicted_classes(y, threshold).tolist()), *numbers]


def _numbers(texts: Iterable[str]) -> AddedColumn:
    return AddedColumn(list(texts), is_number=True)


def as_python(text: str) -> str:
    """Return the text of a NumPy number as Python writes it, which uses exponents for other float32."""
    return repr(float(text)) if "e" in text else text


def _names(names: Sequence[str], places: Iterable[int]) -> AddedColumn:
    return AddedColumn([names[place] for place in places], is_number=False)


def _decimals(model: Model) -> list[int]:
    """Return how many decimals of each scaled target the network's precision can resolve."""
    steps = model.preprocessing.target_scale * np.finfo(model.params.vectors[0].dtype).eps
    return [max(0, math.ceil(-math.log10(max(step, 1e-300)))) for step in steps.tolist()]


def _csv_text(batch: Batch, names: list[str], columns: list[AddedColumn], decimal: str, *, header: bool) -> str:
    # Class names come from the checkpoint, which may be a stranger's, unlike the table.
    clean = lru_cache(without_controls)
    fields: list[Iterable[str]] = [
        (number.replace(".", decimal) for number in texts) if is_number else map(clean, texts)
        for texts, is_number in columns
    ]
    rows = [(*row, *added) for row, added in zip(batch.rows, zip(*fields, strict=True), strict=True)]
    if header:
        rows.insert(0, (*batch.columns, *map(without_controls, names)))
    return csv_lines(rows, batch.separator)


def csv_lines(rows: Sequence[tuple[str, ...]], separator: str) -> str:
    """Return rows of the same number of fields, at least two, as CSV; fields are quoted only if necessary."""
    text = "".join([separator.join(row) + "\n" for row in rows])
    # No field has a separator or line end if the text has those between the fields only. Joining takes a third of the
    # time of `csv.writer`, which looks at each character.
    separators = len(rows) * (len(rows[0]) - 1)
    if text.count(separator) == separators and text.count("\n") == len(rows) and '"' not in text and "\r" not in text:
        return text
    quoted = io.StringIO()
    csv.writer(quoted, delimiter=separator, lineterminator="\n").writerows(rows)
    return quoted.getvalue()


def _json_text(batch: Batch, names: list[str], columns: list[AddedColumn], dialect: Dialect) -> str:
    rows = batch.rows
    if batch.format == "csv":
        values = ([_json_value(text, dialect) for text in row] for row in rows)
        rows = [dict(zip(batch.columns, row, strict=True)) for row in values]
    added_values: list[Iterable[Any]] = [map(float, texts) if is_number else texts for texts, is_number in columns]
    pairs = zip(rows, zip(*added_values, strict=True), strict=True)
    return "".join(
        without_controls(_json_line(row | dict(zip(names, added, strict=True)))) + "\n" for row, added in pairs
    )


def _json_line(row: dict[str, Any]) -> str:
    try:
        return json.dumps(row, ensure_ascii=False, allow_nan=False)
    except ValueError:  # an overflow in the network, or a number beyond 1.8e308 in a column that is copied
        return json.dumps(finite(row), ensure_ascii=False)


def _json_value(text: str, dialect: Dialect) -> str | float:
    """Convert a CSV field to JSON: a number if it is written as one, else text."""
    text = text.strip()
    if not dialect.is_plain:
        return _dialect_number(text, dialect)
    if not NUMBER.match(text):
        return text
    return int(text) if text.lstrip("+-").isdigit() and len(text) < 300 else float(text)


def _dialect_number(text: str, dialect: Dialect) -> str | float:
    """Convert a number in a dialect to one of JSON, whole if it has no fraction; return other text unchanged."""
    if has_leading_zeros([text]) or not dialect.is_number(text) or not math.isfinite(number := dialect.number(text)):
        return text
    return int(number) if number.is_integer() else number


def _notes(model: Model, batch: Batch) -> Iterator[str]:
    """Yield notes about columns of CSV that training did not use, and about columns in another order."""
    inputs = list(batch.sources)
    others = [name for name in batch.columns if name and name not in inputs]
    matched = [name for name in batch.columns if name in inputs]
    if matched and (extra := [name for name in others if name not in model.data.target_names]):
        yield f"columns copied to the output, because training did not use them: {list_names(extra)}"
    if matched and matched != inputs:
        yield f"columns in another order than in training, matched by name: {list_names(matched)}"


def _refuse_name_conflict(batch: Batch, names: list[str], source: str) -> None:
    existing = set(batch.columns) if batch.format == "csv" else set().union(*batch.rows)
    for name in names:
        if name in existing:
            place = "stdin" if source == "-" else source
            hint = "rename or remove that column"
            raise NncliError(
                f"already has a column {name}, which is the name for the predictions", place=place, hint=hint
            )
