"""The table of runs."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from nncli.catalog.group_by_seed import MedianRange
from nncli.catalog.listing import Listing
from nncli.catalog.record import Record
from nncli.escaping import printable
from nncli.render.console import format_value
from nncli.render.table import print_table
from nncli.settings import compact

COUNTED = ("status", "verdict")  # of groups, the number of runs by value
MAX_NAMES = 5  # settings or runs named in a note
HINT = "use --columns run,KEY, --csv or a wider terminal"


def print_runs(listing: Listing, file: TextIO) -> None:
    """Print the table of runs, or of groups of runs."""
    rows = [[_cell(listing, key, line) for key in listing.readers] for line in listing.lines]
    print_table(list(listing.readers), rows, file, keep=1, hint=HINT)


def print_csv(listing: Listing, file: TextIO) -> None:
    """Print the table as CSV, numbers with all digits. A spread has three columns, `best` one for each metric."""
    rows = [_parts(row) for row in listing.rows()]
    names = {key: list(dict.fromkeys(name for row in rows for name in row[key])) for key in listing.readers}
    writer = csv.writer(file, lineterminator="\n")
    columns = [(key, name) for key in listing.readers for name in names[key] or [""]]
    writer.writerow([printable(f"{key}.{name}" if name else key) for key, name in columns])
    writer.writerows([[_field(key, row[key].get(name)) for key, name in columns] for row in rows])


def notes(records: Sequence[Record], listing: Listing, runs_dir: Path) -> Iterator[str]:
    """Yield notes on the table: no runs, settings without a column, runs whose config.yaml has changed."""
    if not records:
        yield f"no runs in {printable(str(runs_dir))}; start one with `nncli train configs/sine.yaml`"
    elif not listing.lines:
        yield f"none of the {len(records):,} runs matches the filter"
    elif listing.hidden:
        names = ", ".join(map(printable, listing.hidden[:MAX_NAMES])) + " and more" * (len(listing.hidden) > MAX_NAMES)
        yield f"{len(listing.hidden)} more settings differ; show them with --columns: {names}"
    stale = [record.name for record in records if record.stale]
    if stale:
        names = ", ".join(stale[:MAX_NAMES]) + " and more" * (len(stale) > MAX_NAMES)
        yield f"no settings for {names}: config.yaml has changed since training"


def format_time(text: str | None) -> str | None:
    """Format a time in ISO 8601 to the second, in the time zone of the run."""
    return None if text is None else f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M:%S}"


def format_best(best: Mapping[str, Any] | None) -> str | None:
    """Format the best epoch: `val_loss 0.0123 at 340`."""
    if not best:
        return None
    metrics = " ".join(f"{name} {format_value(value)}" for name, value in best.items() if name != "epoch")
    return f"{metrics} at {format_value(best['epoch'])}" if best.get("epoch") is not None else metrics


def _cell(listing: Listing, key: str, line: Any) -> object:
    """Return a cell of the table: metrics as numbers, which are aligned to the right, and settings as text."""
    value = listing.readers[key](line)
    if key == "run" and isinstance(line, Record):
        return line.name
    if key == "start":
        return format_time(value)
    if key == "best":
        return format_best(value)
    if key in COUNTED and isinstance(value, Mapping):
        return ", ".join(f"{name} {count}" for name, count in value.items())
    if isinstance(value, MedianRange):
        return f"{format_value(value.median)} ({format_value(value.min)} to {format_value(value.max)})"
    if key == "seconds" and value is not None and value >= 100:
        return round(value)  # not as 8.64e+04
    if value is None or (isinstance(value, int | float) and key in listing.metric_columns):
        return value
    return compact(value)


def _parts(row: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Split each value of a row into named parts. A value without parts is a single part named ""."""
    by_key = {key: value if _has_parts(key, value) else {"": value} for key, value in row.items()}
    return {key: {} if parts == {"": None} else parts for key, parts in by_key.items()}


def _has_parts(key: str, value: Any) -> bool:
    return isinstance(value, Mapping) and (key in ("best", *COUNTED) or value.keys() == {"median", "min", "max"})


def _field(key: str, value: Any) -> object:
    """Return a field of the CSV: numbers and paths unchanged, other values as text without control characters."""
    unchanged = value is None or type(value) in (int, float) or key in ("run", "name")
    return value if unchanged else printable(compact(value))
