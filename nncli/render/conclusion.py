"""The conclusion of a sweep, one line for each statement."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from typing import TextIO

from nncli.escaping import printable
from nncli.sweeps.conclusion import Statement

SECTION = "sweep."


def print_conclusion(statements: Iterable[Statement], file: TextIO) -> None:
    """Print the statements, each with the change to try."""
    for statement in statements:
        advice = f"; try {arguments(statement.change)}" if statement.change else ""
        print(printable(f"{statement.name}: {statement.text}{advice}"), file=file)


def arguments(change: Sequence[str]) -> str:
    """Return overrides as arguments of `nncli sweep`, with an option for each field of the section: `--seeds 3`."""
    words = list[str]()
    for override in change:
        field, _, value = override.removeprefix(SECTION).partition("=")
        words += [f"--{field}", value] if override.startswith(SECTION) else [override]
    return shlex.join(words)
