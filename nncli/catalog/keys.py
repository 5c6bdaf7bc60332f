"""Keys: the names of a record's fields, metrics and settings in filters, columns and sort orders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, TypeAlias

from nncli.catalog.record import Record
from nncli.errors import UsageError
from nncli.escaping import printable
from nncli.settings import flatten, value_at
from nncli.text import quote

Reader: TypeAlias = Callable[[Record], Any]

FIELDS: dict[str, Reader] = {
    "run": lambda record: record.path,
    "name": lambda record: record.name,
    "status": lambda record: record.status,
    "verdict": lambda record: record.verdict,
    "start": lambda record: record.start,
    "seconds": lambda record: record.seconds,
    "epochs": lambda record: record.epochs,
    "best": lambda record: record.best,
    "seed": lambda record: record.seed,
    "trials": lambda record: record.trials,
}
FINAL, BEST, SETTINGS = "final.", "best.", "settings."
MAX_NAMES = 5000  # a stranger's run may have any number of settings


class Keys:
    """The keys of some records: a field, else a final metric, else a setting by its path.

    The prefixes `final.`, `best.` and `settings.` distinguish keys of the same name.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self.metrics = list(dict.fromkeys(name for record in records for name in record.final))
        self.best = list(dict.fromkeys(name for record in records for name in record.best or ()))

    def reader(self, key: str, place: str) -> Reader:
        """Return a function that gives a record's value for a key, None if it has none.

        Raises UsageError with a suggestion if no record has the key; without records, every key is accepted.
        """
        reader = self._reader(key)
        if reader is None and self._records:
            raise UsageError(f"no run in the list has {quote(key)}", place=place, hint=self._suggest(key))
        return reader or (lambda record: None)

    def is_numeric(self, read: Reader) -> bool:
        """Return whether all values of the records are numbers."""
        values = [value for record in self._records if (value := read(record)) is not None]
        return bool(values) and all(type(value) in (int, float) for value in values)

    def is_metric(self, key: str) -> bool:
        """Return whether a key is a result (a metric, or how long training took) rather than a setting."""
        is_metric = key.removeprefix(FINAL) in self.metrics or key.startswith(BEST)
        return key in ("seconds", "epochs") or (is_metric and key not in FIELDS)

    def _reader(self, key: str) -> Reader | None:
        final, best = key.removeprefix(FINAL), key.removeprefix(BEST)
        if key in FIELDS:
            return FIELDS[key]
        if final in self.metrics:
            return lambda record: record.final.get(final)
        if best != key and best in self.best:
            return lambda record: (record.best or {}).get(best)
        path = key.removeprefix(SETTINGS)
        if any(value_at(record.settings, path) is not None for record in self._records):
            return lambda record: value_at(record.settings, path)
        return None

    def names(self) -> list[str]:
        """Return the keys of the records: fields, metrics, best metrics and settings."""
        names = dict.fromkeys([*FIELDS, *self.metrics, *(BEST + name for name in self.best)])
        for record in self._records:
            if len(names) > MAX_NAMES:
                break
            names |= dict.fromkeys(flatten(record.settings or {}))
        return list(names)[:MAX_NAMES]

    def _suggest(self, key: str) -> str:
        names = self.names()
        same_ending = [name for name in names if name.rpartition(".")[2] == key]
        similar = same_ending or get_close_matches(key[:200], names, 1)
        if similar:
            return f"did you mean {' or '.join(map(printable, similar[:3]))}?"
        known = ", ".join(map(printable, [*FIELDS, *self.metrics][:20]))
        return f"use one of {known} or a setting like optimizer.type"
