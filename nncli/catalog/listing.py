"""List runs: filter, sort, and choose columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nncli.catalog import group_by_seed
from nncli.catalog.filter import compile_filter
from nncli.catalog.group_by_seed import Group, MedianRange, seed_groups
from nncli.catalog.keys import Keys
from nncli.catalog.record import Record
from nncli.errors import UsageError
from nncli.settings import compact, differences

LOSSES = ("loss", "data_loss", "regularization_loss")
MAX_METRICS, MAX_SETTINGS = 3, 8  # default columns


@dataclass(frozen=True, slots=True)
class ListingOptions:
    """The options of `nncli runs`. `sort` is a key, or `-` and a key for descending order."""

    filter: str | None = None
    sort: str | None = None
    columns: str | None = None
    by_seed: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines and columns.

    `readers` give the value of a line in each column, `metric_columns` are the columns with results, and `hidden` are
    settings that differ but have no column.
    """

    lines: list[Any]
    readers: dict[str, Callable[[Any], Any]]
    metric_columns: set[str]
    hidden: list[str]

    def rows(self) -> list[dict[str, Any]]:
        """Return the values of each line by column, as data for JSON."""
        return [{key: _plain(read(line)) for key, read in self.readers.items()} for line in self.lines]


def listing(records: Sequence[Record], options: ListingOptions) -> Listing:
    """Return the lines and columns for the options. Raises UsageError for an unknown key or an invalid filter.

    A key is known if any record has it, even a filtered one, so that scripts do not fail because of their filter.
    """
    keys = Keys(records)
    predicate = compile_filter(options.filter, keys) if options.filter is not None else None
    selected = [record for record in records if predicate is None or predicate(record)]
    lines: list[Any] = list(seed_groups(selected) if options.by_seed else selected)

    def reader(key: str, place: str) -> Callable[[Any], Any]:
        return group_by_seed.reader(key, keys, place) if options.by_seed else keys.reader(key, place)

    hidden: list[str] = []
    if options.columns is not None:
        columns = [column.strip() for column in options.columns.split(",") if column.strip()]
        if not columns:
            hint = "write it like --columns run,loss,optimizer.type"
            raise UsageError("must name at least one column", place="--columns", hint=hint)
    else:
        settings = _differing_settings(lines)
        columns, hidden = _default_columns(lines, selected, settings[:MAX_SETTINGS]), settings[MAX_SETTINGS:]
    if options.sort is not None:
        key = options.sort.removeprefix("-")
        lines = _sort(lines, reader(key, "--sort"), descending=key != options.sort)
    readers = {column: reader(column, "--columns") for column in columns}
    return Listing(lines, readers, set(filter(keys.is_metric, columns)), hidden)


def _default_columns(lines: Sequence[Any], records: Sequence[Record], settings: Sequence[str]) -> list[str]:
    """Return the columns, most important first, because a narrow terminal drops the last ones."""
    first = [next((name for name in record.final if _is_metric(name)), None) for record in records]
    metrics = [name for name in dict.fromkeys(first) if name is not None]
    losses = ["loss"] if any("loss" in record.final for record in records) else []
    grouped = any(isinstance(line, Group) for line in lines)
    best = dict.fromkeys(f"best.{name}" for record in records for name in record.best or () if name != "epoch")
    best_columns = list(best) if grouped else ["best"] if best else []
    head = ["run", "count", "status"] if grouped else ["run", "status"]
    tail = [] if grouped else ["seconds", "start"]
    epochs = [] if grouped else ["epochs"]
    verdict = ["verdict"] if any(record.verdict for record in records) else []
    trials = ["trials"] if not grouped and any(record.trials for record in records) else []
    return [*head, *verdict, *trials, *losses, *metrics[:MAX_METRICS], *best_columns, *epochs, *settings, *tail]


def _is_metric(name: str) -> bool:
    return name not in LOSSES and name != "learning_rate"


def _differing_settings(lines: Sequence[Any]) -> list[str]:
    """Return the paths of the settings in which the lines differ, except the name, which has its own column."""
    specs = [line.settings for line in lines if line.settings is not None]
    return [path for path, _ in differences(specs) if path not in ("", "name")] if specs else []


def _sort(lines: Sequence[Any], read: Callable[[Any], Any], *, descending: bool) -> list[Any]:
    """Sort the lines by a value, numbers before text; lines without a value are last in both directions."""
    pairs = [(value, line) for line in lines if (value := read(line)) is not None]
    ordered = sorted(pairs, key=lambda pair: _rank(pair[0]), reverse=descending)
    return [line for _, line in ordered] + [line for line in lines if read(line) is None]


def _rank(value: Any) -> tuple[int, float, str]:
    if isinstance(value, MedianRange):
        value = value.median
    return (0, value, "") if type(value) in (int, float) else (1, 0, compact(value))


def _plain(value: Any) -> Any:
    return group_by_seed.as_data(value) if isinstance(value, MedianRange) else value
