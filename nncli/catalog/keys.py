"""Keys: the names by which filters, columns and the order of runs speak of what a record holds."""

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
    "start": lambda record: record.start,
    "seconds": lambda record: record.seconds,
    "epochs": lambda record: record.epochs,
    "best": lambda record: record.best,
    "seed": lambda record: record.seed,
}
FINAL, BEST, SETTINGS = "final.", "best.", "settings."
MAX_NAMES = 5000  # a stranger's run may hold any number


class Keys:
    """The keys of some records: a field, else a final figure, else a setting by its path.

    `final.`, `best.` and `settings.` in front say which is meant where two have one name.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self.metrics = list(dict.fromkeys(name for record in records for name in record.final))
        self.best = list(dict.fromkeys(name for record in records for name in record.best or ()))

    def reader(self, key: str, place: str) -> Reader:
        """What gives a record's value for a key, None where it has none.

        Raises UsageError, with the nearest name, for a key that no record has; of no records any key may be asked.
        """
        found = self._reader(key)
        if found is None and self._records:
            raise UsageError(f"no run here has {quote(key)}", place=place, hint=self._nearest(key))
        return found or (lambda record: None)

    def is_numeric(self, read: Reader) -> bool:
        """Whether all records that have a value have a number."""
        values = [value for record in self._records if (value := read(record)) is not None]
        return bool(values) and all(type(value) in (int, float) for value in values)

    def is_metric(self, key: str) -> bool:
        """Whether a key is of a figure, or of how long it took: of what came out, not of what was asked for."""
        is_figure = key.removeprefix(FINAL) in self.metrics or key.startswith(BEST)
        return key in ("seconds", "epochs") or (is_figure and key not in FIELDS)

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
        """Return the keys that the records have: fields, metrics, the best metrics and settings."""
        names = dict.fromkeys([*FIELDS, *self.metrics, *(BEST + name for name in self.best)])
        for record in self._records:
            if len(names) > MAX_NAMES:
                break
            names |= dict.fromkeys(flatten(record.settings or {}))
        return list(names)[:MAX_NAMES]

    def _nearest(self, key: str) -> str:
        known = self.names()
        of_last_part = [name for name in known if name.rpartition(".")[2] == key]
        near = of_last_part or get_close_matches(key[:200], known, 1)
        if near:
            return f"did you mean {' or '.join(map(printable, near[:3]))}?"
        return f"there are {', '.join(map(printable, [*FIELDS, *self.metrics][:20]))} and settings as optimizer.type"
