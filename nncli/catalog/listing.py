"""A list of runs as it was asked for: which of them, in which order, with which columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nncli.catalog import group_by_seed
from nncli.catalog.filter import compiled
from nncli.catalog.group_by_seed import Group, Spread, seed_groups
from nncli.catalog.keys import Keys
from nncli.catalog.record import Record
from nncli.errors import UsageError
from nncli.settings import compact, differences

LOSSES = ("loss", "data_loss", "regularization_loss")
MAX_METRICS, MAX_SETTINGS = 3, 8  # columns that nobody asked for by name


@dataclass(frozen=True, slots=True)
class ListingOptions:
    """The options of `nncli runs`. `sort` is a key, with `-` in front for the greatest first."""

    filter: str | None = None
    sort: str | None = None
    columns: str | None = None
    by_seed: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """Lines and columns.

    `readers` give the value of a line in each column, `measured` are the columns that are no settings, and the
    settings `hidden` differ too, but have no column.
    """

    lines: list[Any]
    readers: dict[str, Callable[[Any], Any]]
    measured: set[str]
    hidden: list[str]

    def rows(self) -> list[dict[str, Any]]:
        """The values of each line by column, as data for JSON."""
        return [{key: _plain(read(line)) for key, read in self.readers.items()} for line in self.lines]


def listing(records: Sequence[Record], wish: ListingOptions) -> Listing:
    """The lines that the wish asks for. Raises UsageError for a key that no record has and a filter that is none.

    What all records have decides which keys there are, so that a script's do not hang on what its filter lets through.
    """
    keys = Keys(records)
    meets = compiled(wish.filter, keys) if wish.filter is not None else None
    chosen = [record for record in records if meets is None or meets(record)]
    lines: list[Any] = list(seed_groups(chosen) if wish.by_seed else chosen)

    def reader(key: str, place: str) -> Callable[[Any], Any]:
        return group_by_seed.reader(key, keys, place) if wish.by_seed else keys.reader(key, place)

    hidden: list[str] = []
    if wish.columns is not None:
        columns = [column.strip() for column in wish.columns.split(",") if column.strip()]
        if not columns:
            raise UsageError("names no column", place="--columns", hint="as in --columns run,loss,optimizer.type")
    else:
        settings = _differing(lines)
        columns, hidden = _usual_columns(lines, chosen, settings[:MAX_SETTINGS]), settings[MAX_SETTINGS:]
    if wish.sort is not None:
        key = wish.sort.removeprefix("-")
        lines = _sorted(lines, reader(key, "--sort"), descending=key != wish.sort)
    readers = {column: reader(column, "--columns") for column in columns}
    return Listing(lines, readers, set(filter(keys.is_metric, columns)), hidden)


def _usual_columns(lines: Sequence[Any], records: Sequence[Record], settings: Sequence[str]) -> list[str]:
    """Return the columns, the most important first, as a narrow terminal has no room for the last."""
    first = [next((name for name in record.final if _is_metric(name)), None) for record in records]
    metrics = [name for name in dict.fromkeys(first) if name is not None]
    losses = ["loss"] if any("loss" in record.final for record in records) else []
    grouped = any(isinstance(line, Group) for line in lines)
    best = dict.fromkeys(f"best.{name}" for record in records for name in record.best or () if name != "epoch")
    best_columns = list(best) if grouped else ["best"] if best else []
    head = ["run", "count", "status"] if grouped else ["run", "status"]
    tail = [] if grouped else ["seconds", "start"]
    epochs = [] if grouped else ["epochs"]
    return [*head, *losses, *metrics[:MAX_METRICS], *best_columns, *epochs, *settings, *tail]


def _is_metric(name: str) -> bool:
    return name not in LOSSES and name != "learning_rate"


def _differing(lines: Sequence[Any]) -> list[str]:
    """The paths of the settings in which the lines differ; the name is told by each line's own."""
    specs = [line.settings for line in lines if line.settings is not None]
    return [path for path, _ in differences(specs) if path not in ("", "name")] if specs else []


def _sorted(lines: Sequence[Any], read: Callable[[Any], Any], *, descending: bool) -> list[Any]:
    """The lines by a value, numbers before text; those without one come last either way."""
    pairs = [(value, line) for line in lines if (value := read(line)) is not None]
    ordered = sorted(pairs, key=lambda pair: _rank(pair[0]), reverse=descending)
    return [line for _, line in ordered] + [line for line in lines if read(line) is None]


def _rank(value: Any) -> tuple[int, float, str]:
    if isinstance(value, Spread):
        value = value.median
    return (0, value, "") if type(value) in (int, float) else (1, 0, compact(value))


def _plain(value: Any) -> Any:
    return group_by_seed.data(value) if isinstance(value, Spread) else value
