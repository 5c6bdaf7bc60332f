"""What is told and asked before runs are removed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from nncli.render.table import print_table
from nncli.store import Run
from nncli.store.removal import BrokenRun


def print_broken(found: Sequence[BrokenRun], file: TextIO) -> None:
    """A line for each run that came to nothing, with the reason where run.json says one."""
    rows = [(f"{path.parent.name}/{path.name}", status, Run(path).info().get("reason")) for path, status in found]
    print_table(("run", "status", "reason"), rows, file)


def confirm_removal(count: int, file: TextIO) -> bool:
    """Asks on a terminal whether so many are to be removed; anything but a yes is a no."""
    print(f"remove {'this run' if count == 1 else f'these {count:,} runs'}? [y/N] ", end="", file=file, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
