"""The list of runs to remove, and the question before removing them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from nncli.render.table import print_table
from nncli.store import Run
from nncli.store.removal import UselessRun


def print_useless_runs(runs: Sequence[UselessRun], file: TextIO) -> None:
    """Print a line for each run to remove: its name, its status and the reason in run.json, if any."""
    rows = [(f"{path.parent.name}/{path.name}", status, Run(path).info().get("reason")) for path, status in runs]
    print_table(("run", "status", "reason"), rows, file)


def confirm_removal(count: int, file: TextIO) -> bool:
    """Ask whether to remove that many runs. Return True only if the answer is `y` or `yes`."""
    print(f"remove {'this run' if count == 1 else f'these {count:,} runs'}? [y/N] ", end="", file=file, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
