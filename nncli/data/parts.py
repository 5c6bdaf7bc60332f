"""Read the table of a validation or test part with the description of the training data."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.data.dialect import Dialect
from nncli.data.format import format_of
from nncli.data.lines import Stamp
from nncli.data.tables import read_table
from nncli.data.values import LARGEST, DropMissing
from nncli.errors import NncliError
from nncli.text import shorten


class PartTable(NamedTuple):
    """The samples of a table, and notes on how its columns were matched."""

    samples: Samples
    notes: tuple[str, ...]


@lru_cache(maxsize=2)  # the validation and the test part, which are checked before they are drawn
def read_part(path: str, stamp: Stamp, described: Description, drop: DropMissing, dialect: Dialect) -> PartTable:
    """Read a table with the columns and classes of `described`; it is cached until the stamp of the file changes.

    Raises NncliError with the place of the problem.
    """
    notes = list[str]()
    table = read_table(
        path,
        described,
        with_targets=True,
        drop=drop,
        dialect=dialect,
        format_=format_of(path) or "csv",
        on_note=notes.append,
    )
    pairs = [(batch.x, batch.t) for batch in table]
    samples = Samples(np.concatenate([x for x, _ in pairs]), np.concatenate([t for _, t in pairs]))
    for names, values in ((described.input_names, samples.inputs), (described.target_names, samples.t)):
        too_large = (np.abs(values.reshape(len(values), -1)) > LARGEST).any(axis=0)
        if too_large.any():
            name = shorten(names[int(too_large.argmax())])
            message = f"{name} must be at most {LARGEST:g} in magnitude in every row"
            raise NncliError(message, place=shorten(path, 200))
    return PartTable(samples, tuple(notes))
