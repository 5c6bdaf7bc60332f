"""Warnings about training rows: categories and classes that they lack, and columns that never change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.data.description import Description, FileRows
from nncli.data.preprocessing import constant_columns
from nncli.errors import UsageError
from nncli.text import join_words, list_names, quote, shorten


def data_warnings(
    training: Samples, whole: Samples, parts: Mapping[str, Samples | None], described: Description, unseen: Array
) -> Iterator[str]:
    """Say what of data from files the training samples cannot teach; `unseen` (k,) are categories that they lack.

    They are all of the `whole` set, or what a split leaves of it; `parts` are the validation and test samples.
    """
    if not described.digest:
        return
    if names := _where(described.input_names, unseen):
        many = len(names) > 1
        count = f"{len(names)} categories have" if many else "a category has"
        they_are = "they are" if many else "it is"
        yield f"data: {count} no training rows, so {they_are} encoded as zeros: {list_names(names)}"
    yield from _class_warnings(training.t, whole.t, parts, described.class_names)
    constant = np.split(constant_columns(training.x), np.cumsum([len(c.input_names) for c in described.columns])[:-1])
    names = [column.name for column, same in zip(described.columns, constant, strict=True) if same.all()]
    if not described.class_names:
        names += _where(described.target_names, constant_columns(training.t))
    if names:
        columns = f"columns {list_names(names)} are" if len(names) > 1 else f"column {list_names(names)} is"
        yield f"data: {columns} constant in the training rows"


def refuse_unseen(whole: Samples, described: Description, unseen: Array, file_rows: FileRows | None) -> None:
    """Raise UsageError for the first row of a category that no training row has."""
    if not unseen.any() or file_rows is None:
        return
    rows = whole.x[:, unseen].any(axis=1)
    row = int(rows.argmax())
    pairs = [(column.name, category) for column in described.columns for category in column.categories or ("",)]
    column, category = pairs[int((unseen & (whole.x[row] == 1)).argmax())]
    message = f"{shorten(column)} has the category {quote(category)}, which no training row of the split has"
    hint = "`unseen: zeros` encodes it as zeros; another seed splits the rows otherwise"
    raise UsageError(message, place=f"{file_rows.place}:{file_rows.lines[row]}", hint=hint)


def _class_warnings(
    training: Array, whole: Array, parts: Mapping[str, Samples | None], names: tuple[str, ...]
) -> Iterator[str]:
    """Say which classes have no training rows, with the parts that have some, and which a split cannot share out."""
    if not names:
        return
    trained, every = (np.bincount(t, minlength=len(names)) for t in (training, whole))
    counts = {part: np.bincount(one.t, minlength=len(names)) for part, one in parts.items() if one is not None}
    absent = [
        f"{shorten(names[i])} ({join_words(having)})" if (having := [p for p in counts if counts[p][i]]) else names[i]
        for i in np.flatnonzero(trained == 0)
    ]
    if absent:
        what = "classes have" if len(absent) > 1 else "class has"
        yield f"data: {len(absent)} {what} no training rows, so nothing is learned of {list_names(absent)}"
    single = [names[i] for i in np.flatnonzero((trained == 1) & (every == 1))]
    if single and len(training) < len(whole):
        what = "classes have a single row each" if len(single) > 1 else "class has a single row"
        yield f"data: {len(single)} {what}, which the split leaves to training: {list_names(single)}"


def _where(names: tuple[str, ...], chosen: Array) -> list[str]:
    return [name for name, is_one in zip(names, chosen, strict=True) if is_one]
