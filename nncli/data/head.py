"""Describe a long table by its first rows, before all of it is read."""

from __future__ import annotations

from functools import partial

from nncli.data.description import Description
from nncli.data.infer import TableOptions, infer, input_names, skipped_columns
from nncli.data.lines import open_lines, stamp
from nncli.data.table import read_columns
from nncli.errors import NncliError

HEAD_ROWS = 1000
LONG_FILE = 1 << 23  # bytes; a smaller table is read in about a second


def describe_head(path: str, options: TableOptions) -> Description | None:
    """Return the preliminary description of a long table; its number of samples is an estimate.

    Return None if the table is not long, or if its first rows alone cannot be described: they may have missing values,
    or a single class. Raises NncliError for a header or a form of rows that is wrong whatever follows.
    """
    _, size = stamp(path)
    if size < LONG_FILE:
        return None
    check = partial(input_names, options=options)
    table = read_columns(path, options.dialect, skipped_columns(options), HEAD_ROWS, check)
    try:
        described = infer(table, options, digest="").described
    except NncliError:
        return None
    with open_lines(path) as lines:
        first = lines.first_lines()
    rows = size * len(first) // len("".join(first).encode())
    return described._replace(samples=max(described.samples, rows))
