"""The commands, a thin file each: parse, call one function, render."""

from __future__ import annotations

import gc
from typing import NoReturn

__all__ = ["NAMES", "main"]

# In the order of the help.
NAMES = (
    "new",
    "train",
    "resume",
    "eval",
    "predict",
    "plot",
    "film",
    "report",
    "runs",
    "show",
    "diff",
    "repeat",
    "rm",
    "clean",
    "check",
    "list",
    "schema",
    "book",
)


def main() -> NoReturn:
    """Runs the command line."""
    # Some eighty thousand objects are made while all is imported, and none is garbage: looking for some takes 25 ms.
    gc.set_threshold(100_000)
    from nncli.cli import app

    app.main()
