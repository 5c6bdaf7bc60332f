"""The details of one run."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from nncli.escaping import printable
from nncli.render.console import format_epochs, format_value, verdict_text
from nncli.render.runs import format_time
from nncli.render.table import print_table
from nncli.settings import compact, flatten


def print_details(details: Mapping[str, Any], file: TextIO) -> None:
    """Print the facts, a line each, then tables of metrics, settings and files, and the next steps."""
    for label, text in _facts(details):
        if text:
            print(f"{label:10}{printable(text)}", file=file)
    final, best = details["final"], details["best"] or {}
    metrics = [(name, final.get(name), best.get(name)) for name in dict.fromkeys([*final, *best])]
    if metrics:
        print(file=file)
        print_table(("metric", "final", "best"), [row for row in metrics if row[0] != "epoch"], file)
    if best.get("epoch") is not None:
        print(f"best epoch: {format_value(best['epoch'])}", file=file)
    if details["settings"]:
        settings = flatten(details["settings"])
        print(file=file)
        print_table(("setting", "value"), [(key, compact(value)) for key, value in settings.items()], file)
    print(file=file)
    print_table(("file", "bytes"), [(each["name"], each["bytes"]) for each in details["files"]], file)
    if details["next"]:
        print("\nnext steps", file=file)
        print("".join(f"  {printable(step)}\n" for step in details["next"]), end="", file=file)


def _facts(details: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "run", details["run"]
    yield "status", ": ".join(filter(None, (details["status"], details["reason"])))
    yield "verdict", verdict_text(details["verdict"])
    yield "warning", _warning(details["contradictions"])
    yield "start", format_time(details["start"]) or ""
    yield "end", format_time(details["end"]) or ""
    yield "duration", format_epochs(details["epochs"]) + _seconds(details["seconds"])
    yield "command", shlex.join(details["command"])
    if parent := details["parent"]:
        yield "parent", f"{parent.get('run')}, from epoch {parent.get('epoch')}"
    for each in details["resumed"]:
        yield "resumed", f"after {format_epochs(each['epoch'])}, {format_time(each['start']) or ''}"
    yield "seed", format_value(details["seed"])
    yield "versions", _pairs(details["versions"])
    git = details["git"]
    changes = " with uncommitted changes" if git.get("dirty") else ""
    yield "commit", f"{git['commit']}{changes}" if git.get("commit") else ""
    yield "machine", ", ".join(filter(None, (details["host"], details["platform"])))
    yield "processor", ", ".join(str(value) for value in details["processor"].values() if value)
    yield "BLAS", ", ".join(filter(None, (_pairs(details["blas"]), _named_list("NumPy SIMD", details["simd"]))))


def _warning(contradictions: Sequence[str]) -> str:
    """Return the first contradiction and the number of others."""
    more = len(contradictions) - 1
    return f"{contradictions[0]}{f' (and {more} more)' * (more > 0)}" if contradictions else ""


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f" in {seconds:,.1f} s"


def _named_list(label: str, names: Sequence[str]) -> str:
    return f"{label} {' '.join(names)}" if names else ""


def _pairs(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)
