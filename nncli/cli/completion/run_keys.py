"""Completion of `nncli runs`: the keys that the runs have, for --sort, --columns and --filter."""

from __future__ import annotations

import re
from contextlib import suppress

from nncli.catalog.filter import ORDERS
from nncli.catalog.keys import FIELDS, Keys
from nncli.catalog.record import Record, read_records
from nncli.cli.completion.line import Line
from nncli.cli.completion.values import UNREADABLE, Value, runs_dir
from nncli.settings import words
from nncli.store import list_runs

NEWEST = 200  # runs whose keys are offered: reading a thousand takes half a second
OPERATORS = (*ORDERS, "=", "!=")
WORD = r"[^\s()<>=!\"']"  # of a filter
AT_KEY = re.compile(rf"(?:.*[\s(])?(?:and|or|not|\(|^)\s*(?<!{WORD})({WORD}*)", re.DOTALL | re.IGNORECASE)
AT_VALUE = re.compile(rf"(?:.*[\s(])?({WORD}+)\s*!?=\s*({WORD}*)", re.DOTALL)


def sort_keys(line: Line) -> list[Value]:
    """Return all keys, with `-` in front if that is typed."""
    sign = "-" if line.unfinished.startswith("-") else ""
    return [Value(sign + key) for key in _keys(_records(line))]


def column_keys(line: Line) -> list[Value]:
    """Return the keys that may follow in a list with commas."""
    before, comma, _ = line.unfinished.rpartition(",")
    given = [key.strip() for key in before.split(",")]
    return [Value(before + comma + key) for key in _keys(_records(line)) if key not in given]


def filter_keys(line: Line) -> list[Value]:
    """Return the keys that may begin a comparison, a single one with its operators, or the words that a key equals."""
    text, records = line.unfinished, _records(line)
    if found := AT_VALUE.fullmatch(text):
        key, typed = found.groups()
        before = text.removesuffix(typed)
        read = Keys(records).reader(key, "") if key in _keys(records) else None
        values = [read(record) for record in records] if read else []
        return [Value(before + words(value)) for value in dict.fromkeys(v for v in values if isinstance(v, str))]
    if found := AT_KEY.fullmatch(text):
        before = text.removesuffix(found[1])
        keys = [key for key in _keys(records) if key.startswith(found[1])]
        ends = OPERATORS if len(keys) == 1 else ("",)  # else a shell would close a quotation behind the only one
        return [Value(before + key + end) for key in keys for end in ends]
    return []


def _records(line: Line) -> list[Record]:
    with suppress(*UNREADABLE):
        return read_records(list_runs(runs_dir(line))[:NEWEST])[0]
    return []


def _keys(records: list[Record]) -> list[str]:
    """Return the keys of runs; those that can be confused with a column of a shell's answer are left out."""
    return [key for key in Keys(records).names() if key.isprintable()] if records else list(FIELDS)
