"""The details of one sweep."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any, TextIO

from nncli.config.writer import override
from nncli.escaping import printable
from nncli.render.conclusion import print_conclusion
from nncli.render.console import format_value
from nncli.render.runs import format_time
from nncli.render.table import print_table
from nncli.settings import compact
from nncli.sweeps.conclusion import Statement
from nncli.text import count_of

MAX_FAILED = 10


def print_sweep_details(details: Mapping[str, Any], file: TextIO) -> None:
    """Print the facts, a line each, then the conclusion, the best trials, the failed ones, and the next steps."""
    for label, text in _facts(details):
        if text:
            print(f"{label:10}{printable(text)}", file=file)
    print(file=file)
    print_conclusion((Statement(**statement) for statement in details["conclusion"]), file)
    if not any(details["counts"].values()):
        print("no trial has ended", file=file)
    if details["best"]:
        print(file=file)
        _print_best(details, file)
    if details["failed"]:
        print(file=file)
        rows = [(each["trial"], each["run"], each["reason"]) for each in details["failed"]]
        print_table(("failed", "run", "last message"), rows[:MAX_FAILED], file, keep=3)
        if len(rows) > MAX_FAILED:
            print(f"and {len(rows) - MAX_FAILED} more", file=file)
    if details["next"]:
        print("\nnext steps", file=file)
        print("".join(f"  {printable(step)}\n" for step in details["next"]), end="", file=file)


def _facts(details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "sweep", details["sweep"]
    yield "status", ": ".join(filter(None, (details["status"], details["reason"])))
    yield "start", format_time(details["start"]) or ""
    yield "end", format_time(details["end"]) or ""
    yield "command", shlex.join(details["command"])
    for number, (path, choices) in enumerate(details["space"].items()):
        yield "" if number else "space", override(path, choices)
    counts = ", ".join(f"{count:,} {status}" for status, count in details["counts"].items() if count)
    yield "trials", f"{details['trials']:,}{': ' * bool(counts)}{counts}"
    pruner = details["pruner"]
    yield "sampler", f"{details['sampler']}{f', with the pruner {pruner}' if pruner else ''}"
    yield "seeds", ", ".join(map(str, details["seeds"]))
    objective = details["objective"]
    better = "higher" if objective["higher_is_better"] else "lower"
    yield "objective", f"{objective['monitor']} of the {objective['mode']} epoch, {better} is better"


def _print_best(details: Mapping[str, Any], file: TextIO) -> None:
    best, several = details["best"], len(details["seeds"]) > 1
    paths = list(best[0]["settings"])
    columns = ["trial", details["objective"]["monitor"], *(["range over seeds"] if several else []), *paths]
    rows = [
        [
            each["trial"],
            each["objective"],
            *([f"{_end(each['low'])} to {_end(each['high'])}"] if several else []),
            *(compact(each["settings"][path]) for path in paths),
        ]
        for each in best
    ]
    print(count_of(len(best), "best trial") if len(best) > 1 else "the only trial", file=file)
    print_table(columns, rows, file)


def _end(value: float | None) -> str:
    return "diverged" if value is None else format_value(value)
