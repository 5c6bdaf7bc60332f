"""The command line. Each file in `commands/` is a thin command: parse, call one function, render."""

from __future__ import annotations

from typing import NoReturn

from nncli import start_up

__all__ = ["main"]


def main() -> NoReturn:
    """Run the command line."""
    start_up.collect_garbage_rarely()
    from nncli.cli import app

    app.main()
