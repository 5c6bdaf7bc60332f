"""The table of runs."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from nncli.catalog.group_by_seed import Spread
from nncli.catalog.listing import Listing
from nncli.catalog.record import Record
from nncli.escaping import printable
from nncli.render.console import format_value
from nncli.render.table import print_table
from nncli.settings import words

NAMED = 5  # settings that are told by name where they have no column

ELSEWHERE = "--columns run,KEY, --csv or a wider terminal shows them"


def print_runs(listing: Listing, file: TextIO) -> None:
    """A line for each run, or group of runs, under the keys of its columns."""
    rows = [[_cell(listing, key, line) for key in listing.readers] for line in listing.lines]
    print_table(list(listing.readers), rows, file, keep=1, hint=ELSEWHERE)


def print_csv(listing: Listing, file: TextIO) -> None:
    """The same as CSV: numbers with all their digits, a spread as three columns, the best as one for each figure."""
    rows = [_parts(row) for row in listing.rows()]
    names = {key: list(dict.fromkeys(name for row in rows for name in row[key])) for key in listing.readers}
    writer = csv.writer(file, lineterminator="\n")
    columns = [(key, name) for key in listing.readers for name in names[key] or [""]]
    writer.writerow([printable(f"{key}.{name}" if name else key) for key, name in columns])
    writer.writerows([[_field(key, row[key].get(name)) for key, name in columns] for row in rows])


def notes(records: Sequence[Record], listing: Listing, runs_dir: Path) -> Iterator[str]:
    """What is worth telling beside the table."""
    if not records:
        yield f"no runs in {printable(str(runs_dir))}; `nncli train configs/sine.yaml` makes one"
    elif not listing.lines:
        yield f"none of {len(records):,} runs meets the filter"
    elif listing.hidden:
        named = ", ".join(map(printable, listing.hidden[:NAMED]))
        yield f"{len(listing.hidden)} more settings differ, which --columns shows: {named}"
    stale = [record.name for record in records if record.stale]
    if stale:
        named = ", ".join(stale[:NAMED])
        yield f"config.yaml was changed since, so no settings are shown of {named}{' and more' * (len(stale) > NAMED)}"


def format_time(text: str | None) -> str | None:
    """A time in ISO 8601 as people read it, to the second, as the clock stood where the run was made."""
    return None if text is None else f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"


def format_best(best: Mapping[str, Any] | None) -> str | None:
    """The best epoch in a few words: `val_loss 0.0123 at 340`."""
    if not best:
        return None
    told = " ".join(f"{name} {format_value(value)}" for name, value in best.items() if name != "epoch")
    return f"{told} at {format_value(best['epoch'])}" if best.get("epoch") is not None else told


def _cell(listing: Listing, key: str, line: Any) -> object:
    """A value as the table shows it: what is measured as a number, which stands to the right, a setting as text."""
    value = listing.readers[key](line)
    if key == "run" and isinstance(line, Record):
        return line.name
    if key == "start":
        return format_time(value)
    if key == "best":
        return format_best(value)
    if key == "status" and isinstance(value, Mapping):
        return ", ".join(f"{status} {count}" for status, count in value.items())
    if isinstance(value, Spread):
        return f"{format_value(value.median)} ({format_value(value.min)} to {format_value(value.max)})"
    if key == "seconds" and value is not None and value >= 100:
        return round(value)  # not as 8.64e+04
    if value is None or (isinstance(value, int | float) and key in listing.measured):
        return value
    return words(value)


def _parts(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each value of a row as parts by name; one that has none is a part without a name."""
    whole = {key: value if _has_parts(key, value) else {"": value} for key, value in row.items()}
    return {key: {} if parts == {"": None} else parts for key, parts in whole.items()}


def _has_parts(key: str, value: Any) -> bool:
    return isinstance(value, Mapping) and (key in ("best", "status") or value.keys() == {"median", "min", "max"})


def _field(key: str, value: Any) -> object:
    """A value as a program needs it: a number or a path as it is, else text without control characters."""
    as_it_is = value is None or type(value) in (int, float) or key in ("run", "name")
    return value if as_it_is else printable(words(value))
