"""All that is known of one run, in lines."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from nncli.escaping import printable
from nncli.render.console import format_epochs, format_value
from nncli.render.runs import format_time
from nncli.render.table import print_table
from nncli.settings import flat, words


def print_details(found: Mapping[str, Any], file: TextIO) -> None:
    """The facts, a line each, then figures, settings and files as tables, and what can be done next."""
    for label, text in _facts(found):
        if text:
            print(f"{label:10}{printable(text)}", file=file)
    best = found["best"] or {}
    figures = [(name, found["final"].get(name), best.get(name)) for name in dict.fromkeys([*found["final"], *best])]
    if figures:
        print(file=file)
        print_table(("metric", "final", "best"), [row for row in figures if row[0] != "epoch"], file)
    if best.get("epoch") is not None:
        print(f"best at epoch {format_value(best['epoch'])}", file=file)
    if found["settings"]:
        print(file=file)
        print_table(("setting", "value"), [(key, words(value)) for key, value in flat(found["settings"]).items()], file)
    print(file=file)
    print_table(("file", "bytes"), [(each["name"], each["bytes"]) for each in found["files"]], file)
    if found["next"]:
        print("\nnext", file=file)
        print("".join(f"  {printable(step)}\n" for step in found["next"]), end="", file=file)


def _facts(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield "run", found["run"]
    yield "status", ": ".join(filter(None, (found["status"], found["reason"])))
    yield "warning", _warning(found["contradictions"])
    yield "start", format_time(found["start"]) or ""
    yield "end", format_time(found["end"]) or ""
    yield "duration", format_epochs(found["epochs"]) + _seconds(found["seconds"])
    yield "command", shlex.join(found["command"])
    if parent := found["parent"]:
        yield "parent", f"{parent.get('run')}, from epoch {parent.get('epoch')} on"
    for each in found["resumed"]:
        yield "resumed", f"after {format_epochs(each['epoch'])}, {format_time(each['start']) or ''}"
    yield "seed", format_value(found["seed"])
    yield "versions", _pairs(found["versions"])
    git = found["git"]
    yield "commit", f"{git['commit']}{' and changes' if git.get('dirty') else ''}" if git.get("commit") else ""
    yield "machine", ", ".join(filter(None, (found["host"], found["platform"])))
    yield "processor", ", ".join(str(value) for value in found["processor"].values() if value)
    yield "BLAS", ", ".join(filter(None, (_pairs(found["blas"]), _listed("NumPy loops", found["simd"]))))


def _warning(contradictions: Sequence[str]) -> str:
    """Return the first contradiction, and how many more there are."""
    more = len(contradictions) - 1
    return f"{contradictions[0]}{f' (and {more} more)' * (more > 0)}" if contradictions else ""


def _seconds(seconds: float | None) -> str:
    return "" if seconds is None else f" in {seconds:,.1f} s"


def _listed(label: str, names: Sequence[str]) -> str:
    return f"{label} {' '.join(names)}" if names else ""


def _pairs(found: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in found.items() if value is not None)
