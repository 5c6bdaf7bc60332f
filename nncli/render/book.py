"""The book's lines beside nncli's."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Protocol, TextIO

from nncli.errors import ExitCode


class ComparedLine(Protocol):
    """A line of the book, or of another program, beside ours."""

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
    """Print each comparison as it comes if there is a file, below the name and a note; return them all."""
    compared: list[ComparedLine] = []
    known_differences: set[str] = set()
    if file:
        print(name, *([f"  {note}"] if note else []), sep="\n", file=file, flush=True)
    for each in comparisons:
        compared.append(each)
        if not file:
            continue
        mark = "erratum" if each.erratum else "same" if each.same else "known" if each.known_difference else "DIFFERS"
        print(f"  {mark:8}{_line(each, each.theirs)}", file=file)
        if not each.same:
            print(f"  {'nncli':8}{_line(each, each.ours)}", file=file)
            if each.known_difference and not each.erratum and each.known_difference not in known_differences:
                known_differences.add(each.known_difference)
                print(f"  {'':8}{each.known_difference}", file=file)
        file.flush()
    return compared


def print_summary(results: dict[str, list[ComparedLine]], file: TextIO, as_json: bool) -> ExitCode:
    """Prints the count, or everything as JSON; the exit code says whether a line differs that should not."""
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
    """Count the lines that agree among those that can: the lines of an erratum belong to another experiment."""
    errata = sum(each.erratum for each in lines)
    known, rest = len(lines) - errata - same - wrong, len(lines) - errata
    if not rest:
        return f"the {errata} lines are an erratum of the book: they belong to another experiment"
    misplaced = f", {errata} are an erratum of the book" if errata else ""
    return f"{same} of {rest} lines are the same{misplaced}, {known} differ for a known reason, {wrong} differ"


def _line(each: ComparedLine, metrics: dict[str, str]) -> str:
    head = "test data" if each.epoch is None else f"epoch {each.epoch}"
    return f"{head:12} " + "  ".join(f"{name} {value}" for name, value in metrics.items())
