"""Completion of `nncli runs`: the keys that the runs have, for --sort, --columns and --filter.

The command imports this module at every start, so functions import the catalog.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from typer import Context

from nncli.cli.completion.values import UNREADABLE, Values, runs_dir

if TYPE_CHECKING:
    from nncli.catalog.record import Record

NEWEST = 200  # runs whose keys are offered: reading a thousand takes half a second
WORD = r"[^\s()<>=!\"']"  # of a filter
AT_KEY = rf"(?is)(?:.*[\s(])?(?:and|or|not|\(|^)\s*(?<!{WORD})({WORD}*)"
AT_VALUE = rf"(?s)(?:.*[\s(])?({WORD}+)\s*!?=\s*({WORD}*)"


def sort_keys(ctx: Context, incomplete: str) -> Values:
    """Return all keys, with `-` in front if that is typed."""
    sign = "-" if incomplete.startswith("-") else ""
    return [sign + key for key in _keys(_records(ctx))]


def column_keys(ctx: Context, incomplete: str) -> Values:
    """Return the keys that may follow in a list with commas."""
    before, comma, _ = incomplete.rpartition(",")
    given = [key.strip() for key in before.split(",")]
    return [before + comma + key for key in _keys(_records(ctx)) if key not in given]


def filter_keys(ctx: Context, incomplete: str) -> Values:
    """Return the keys that may begin a comparison, a single one with its operators, or the words that a key equals."""
    from nncli.catalog.filter import ORDERS
    from nncli.catalog.keys import Keys
    from nncli.settings import compact

    records = _records(ctx)
    if found := re.fullmatch(AT_VALUE, incomplete):
        key, typed = found.groups()
        before = incomplete.removesuffix(typed)
        read = Keys(records).reader(key, "") if key in _keys(records) else None
        values = [read(record) for record in records] if read else []
        return [before + compact(value) for value in dict.fromkeys(v for v in values if isinstance(v, str))]
    if found := re.fullmatch(AT_KEY, incomplete):
        before = incomplete.removesuffix(found[1])
        keys = [key for key in _keys(records) if key.startswith(found[1])]
        # A shell would close the quotation behind a single answer, so a single key gets its operators.
        ends = (*ORDERS, "=", "!=") if len(keys) == 1 else ("",)
        return [before + key + end for key in keys for end in ends]
    return []


def _records(ctx: Context) -> list[Record]:
    from nncli.catalog.record import read_records
    from nncli.store import list_runs

    with suppress(*UNREADABLE):
        return read_records(list_runs(runs_dir(ctx))[:NEWEST])[0]
    return []


def _keys(records: list[Record]) -> list[str]:
    """Return the keys of runs; those that can be confused with a column of a shell's answer are left out."""
    from nncli.catalog.keys import FIELDS, Keys

    return [key for key in Keys(records).names() if key.isprintable()] if records else list(FIELDS)
