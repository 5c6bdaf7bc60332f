"""What training rows leave unlearned: categories and classes that they lack, and columns that never change."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nncli.data.data import Samples
from nncli.data.description import Array, Description, FileRows
from nncli.data.lines import shown
from nncli.data.matching import listed
from nncli.data.preparation import constant_columns
from nncli.errors import UsageError


def data_warnings(training: Samples, described: Description, unseen: Array) -> Iterator[str]:
    """Say what of data from files the training samples cannot teach; `unseen` (k,) are categories that they lack."""
    if not described.digest:
        return
    if names := _where(described.input_names, unseen):
        many = len(names) > 1
        count = f"{len(names)} categories have" if many else "a category has"
        yield f"data: {count} no training rows, so {'they are' if many else 'it is'} encoded as zeros: {listed(names)}"
    if names := _where(described.class_names, _absent(training.t, described)):
        what = "classes have" if len(names) > 1 else "class has"
        yield f"data: {len(names)} {what} no training rows, so nothing is learned of {listed(names)}"
    constant = np.split(constant_columns(training.x), np.cumsum([len(c.input_names) for c in described.columns])[:-1])
    names = [column.name for column, same in zip(described.columns, constant, strict=True) if same.all()]
    if not described.class_names:
        names += _where(described.target_names, constant_columns(training.t))
    if names:
        columns = f"columns {listed(names)} are" if len(names) > 1 else f"column {listed(names)} is"
        yield f"data: {columns} constant in the training rows"


def refuse_unseen(whole: Samples, described: Description, unseen: Array, file_rows: FileRows | None) -> None:
    """Raise UsageError for the first row of a category that no training row has."""
    if not unseen.any() or file_rows is None:
        return
    rows = whole.x[:, unseen].any(axis=1)
    row = int(rows.argmax())
    pairs = [(column.name, category) for column in described.columns for category in column.categories or ("",)]
    column, category = map(shown, pairs[int((unseen & (whole.x[row] == 1)).argmax())])
    message = f'{column} has the category "{category}", which no training row of the split has'
    hint = "`unseen: zeros` encodes it as zeros; another seed splits the rows otherwise"
    raise UsageError(message, place=f"{file_rows.place}:{file_rows.lines[row]}", hint=hint)


def _absent(t: Array, described: Description) -> Array:
    """Which classes have no sample."""
    classes = len(described.class_names)
    return np.bincount(t, minlength=classes) == 0 if classes else np.zeros(0, bool)


def _where(names: tuple[str, ...], chosen: Array) -> list[str]:
    return [name for name, is_one in zip(names, chosen, strict=True) if is_one]
