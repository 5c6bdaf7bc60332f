"""Print the lines of the book beside those of nncli."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Protocol, TextIO

from nncli.errors import ExitCode


class ComparedLine(Protocol):
    """A line of the book, or of another program, and nncli's own."""

    @property
    def epoch(self) -> int | None: ...
    @property
    def theirs(self) -> dict[str, str]: ...
    @property
    def ours(self) -> dict[str, str]: ...
    @property
    def known_difference(self) -> str: ...
    @property
    def erratum(self) -> bool: ...
    @property
    def same(self) -> bool: ...
    @property
    def wrong(self) -> bool: ...


def print_comparisons(
    name: str, comparisons: Iterable[ComparedLine], file: TextIO | None, note: str = ""
) -> list[ComparedLine]:
    """Return all comparisons. With a file, print the name and the note, then each comparison when it is ready."""
    compared: list[ComparedLine] = []
    known_differences: set[str] = set()
    if file:
        print(name, *([f"  {note}"] if note else []), sep="\n", file=file, flush=True)
    for line in comparisons:
        compared.append(line)
        if not file:
            continue
        mark = "erratum" if line.erratum else "same" if line.same else "known" if line.known_difference else "DIFFERS"
        print(f"  {mark:8}{_text(line, line.theirs)}", file=file)
        if not line.same:
            print(f"  {'nncli':8}{_text(line, line.ours)}", file=file)
            if line.known_difference and not line.erratum and line.known_difference not in known_differences:
                known_differences.add(line.known_difference)
                print(f"  {'':8}{line.known_difference}", file=file)
        file.flush()
    return compared


def print_summary(results: dict[str, list[ComparedLine]], file: TextIO, as_json: bool) -> ExitCode:
    """Print the counts, or everything as JSON. Return CHECK_FAILED if a line differs without a known reason."""
    lines = [each for compared in results.values() for each in compared]
    same, wrong = sum(each.same for each in lines), sum(each.wrong for each in lines)
    if as_json:
        keys = ("epoch", "same", "theirs", "ours", "known_difference")
        data: dict[str, Any] = {
            name: [{key: getattr(each, key) for key in keys} for each in compared] for name, compared in results.items()
        }
        print(json.dumps(data, indent=2), file=file)
    else:
        print(_count(lines, same, wrong), file=file)
    return ExitCode.CHECK_FAILED if wrong else ExitCode.DONE


def _count(lines: list[ComparedLine], same: int, wrong: int) -> str:
    """Count the lines that agree. Lines of an erratum are left out, since they belong to another experiment."""
    errata = sum(each.erratum for each in lines)
    known, rest = len(lines) - errata - same - wrong, len(lines) - errata
    if not rest:
        return f"all {errata} lines are an erratum in the book: they belong to another experiment"
    misplaced = f", {errata} are an erratum in the book" if errata else ""
    different = f"{known} differ for a known reason, {wrong} differ unexpectedly"
    return f"{same} of {rest} lines are the same{misplaced}, {different}"


def _text(line: ComparedLine, metrics: dict[str, str]) -> str:
    head = "test data" if line.epoch is None else f"epoch {line.epoch}"
    return f"{head:12} " + "  ".join(f"{name} {value}" for name, value in metrics.items())
