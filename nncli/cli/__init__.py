"""The command line; `commands/` has a thin file for each command: parse, call one function, render."""

from __future__ import annotations

import gc
from typing import NoReturn

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line."""
    # Some eighty thousand objects are made while all is imported, and none is garbage: looking for some takes 25 ms.
    gc.set_threshold(100_000)
    from nncli.cli import app

    app.main()
