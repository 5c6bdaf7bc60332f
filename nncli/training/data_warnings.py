"""Warnings about training rows: missing categories, missing classes and constant columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from nncli.arrays import Array
from nncli.data.column_blocks import constant_columns
from nncli.data.data import Samples
from nncli.data.description import Description, FileRows
from nncli.errors import UsageError
from nncli.text import join_words, list_names, quote, shorten


def data_warnings(
    training: Samples, all_samples: Samples, parts: Mapping[str, Samples | None], described: Description, unseen: Array
) -> Iterator[str]:
    """Yield warnings about what a network cannot learn from the training samples of data in files.

    `all_samples` is the data set before a split, `parts` are the validation and test samples, and `unseen` (k,) marks
    categories without training rows.
    """
    if not described.digest:
        return
    if names := _select(described.input_names, unseen):
        many = len(names) > 1
        count = f"{len(names)} categories have" if many else "a category has"
        they_are = "they are" if many else "it is"
        yield f"data: {count} no training rows, so {they_are} encoded as zeros: {list_names(names)}"
    yield from _class_warnings(training.t, all_samples.t, parts, described.class_names)
    constant = np.split(constant_columns(training.x), np.cumsum([len(c.input_names) for c in described.columns])[:-1])
    names = [column.name for column, same in zip(described.columns, constant, strict=True) if same.all()]
    if not described.class_names:
        names += _select(described.target_names, constant_columns(training.t))
    if names:
        columns = f"columns {list_names(names)} are" if len(names) > 1 else f"column {list_names(names)} is"
        yield f"data: {columns} constant in the training rows"


def refuse_unseen(all_samples: Samples, described: Description, unseen: Array, file_rows: FileRows | None) -> None:
    """Raise UsageError for the first row with a category that has no training rows."""
    if not unseen.any() or file_rows is None:
        return
    rows = all_samples.x[:, unseen].any(axis=1)
    row = int(rows.argmax())
    pairs = [(column.name, category) for column in described.columns for category in column.categories or ("",)]
    column, category = pairs[int((unseen & (all_samples.x[row : row + 1][0] == 1)).argmax())]
    message = f"{shorten(column)} has the category {quote(category)}, which no training row of the split has"
    hint = "add `unseen: zeros` to encode it as zeros, or try another seed for the split"
    raise UsageError(message, place=f"{file_rows.place}:{file_rows.lines[row]}", hint=hint)


def _class_warnings(
    training: Array, all_samples: Array, parts: Mapping[str, Samples | None], names: tuple[str, ...]
) -> Iterator[str]:
    """Yield warnings about classes without training rows, and about classes with a single row."""
    if not names:
        return
    training_counts, all_counts = (np.bincount(t, minlength=len(names)) for t in (training, all_samples))
    part_counts = {
        part: np.bincount(samples.t, minlength=len(names)) for part, samples in parts.items() if samples is not None
    }
    absent = [
        f"{shorten(names[i])} ({join_words(others)})"
        if (others := [part for part, counts in part_counts.items() if counts[i]])
        else names[i]
        for i in np.flatnonzero(training_counts == 0)
    ]
    if absent:
        what = "classes have" if len(absent) > 1 else "class has"
        yield f"data: {len(absent)} {what} no training rows, so the network cannot learn {list_names(absent)}"
    single = [names[i] for i in np.flatnonzero((training_counts == 1) & (all_counts == 1))]
    if single and len(training) < len(all_samples):
        what = "classes have a single row each" if len(single) > 1 else "class has a single row"
        yield f"data: {len(single)} {what}, which the split puts into the training part: {list_names(single)}"


def _select(names: tuple[str, ...], mask: Array) -> list[str]:
    return [name for name, selected in zip(names, mask, strict=True) if selected]
