"""Completion of `nncli runs`: the keys of the runs, for --sort, --columns and --filter.

The command imports this module at every start, so the catalog is imported within functions.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from typer import Context

from nncli.cli.completion.values import UNREADABLE, Values, runs_dir

if TYPE_CHECKING:
    from nncli.catalog.record import Record

MAX_RUNS = 200  # read the keys of the newest runs only; a thousand would take half a second
WORD = r"[^\s()<>=!\"']"  # a character of a key or value in a filter
AT_KEY = rf"(?is)(?:.*[\s(])?(?:and|or|not|\(|^)\s*(?<!{WORD})({WORD}*)"
AT_VALUE = rf"(?s)(?:.*[\s(])?({WORD}+)\s*!?=\s*({WORD}*)"


def sort_keys(ctx: Context, incomplete: str) -> Values:
    """Return all keys, with a leading `-` if one is typed."""
    sign = "-" if incomplete.startswith("-") else ""
    return [sign + key for key in _keys(_records(ctx))]


def column_keys(ctx: Context, incomplete: str) -> Values:
    """Return the keys that can extend a list separated by commas."""
    before, comma, _ = incomplete.rpartition(",")
    listed = [key.strip() for key in before.split(",")]
    return [before + comma + key for key in _keys(_records(ctx)) if key not in listed]


def filter_keys(ctx: Context, incomplete: str) -> Values:
    """Return completions of a filter: keys, operators if a single key matches, or the values of a key after `=`."""
    from nncli.catalog.filter import ORDERS
    from nncli.catalog.keys import Keys
    from nncli.settings import compact

    records = _records(ctx)
    if match := re.fullmatch(AT_VALUE, incomplete):
        key, typed = match.groups()
        before = incomplete.removesuffix(typed)
        read = Keys(records).reader(key, "") if key in _keys(records) else None
        values = [read(record) for record in records] if read else []
        return [before + compact(value) for value in dict.fromkeys(v for v in values if isinstance(v, str))]
    if match := re.fullmatch(AT_KEY, incomplete):
        before = incomplete.removesuffix(match[1])
        keys = [key for key in _keys(records) if key.startswith(match[1])]
        # After a single candidate the shell would close the quotation, so a single key is followed by operators.
        ends = (*ORDERS, "=", "!=") if len(keys) == 1 else ("",)
        return [before + key + end for key in keys for end in ends]
    return []


def _records(ctx: Context) -> list[Record]:
    from nncli.catalog.record import read_records
    from nncli.store import list_runs

    with suppress(*UNREADABLE):
        return read_records(list_runs(runs_dir(ctx))[:MAX_RUNS])[0]
    return []


def _keys(records: list[Record]) -> list[str]:
    """Return the keys of runs, without those that have a line break or another unprintable character."""
    from nncli.catalog.keys import FIELDS, Keys

    return [key for key in Keys(records).names() if key.isprintable()] if records else list(FIELDS)
