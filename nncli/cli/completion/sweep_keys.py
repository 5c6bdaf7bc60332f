"""Completion of the parameters of a sweep, for `nncli plot --parameters`.

The command imports this module at every start, so sweeps are imported within the function.
"""

from __future__ import annotations

from contextlib import suppress

from typer import Context

from nncli.cli.completion.values import UNREADABLE, Values, runs_dir


def parameters(ctx: Context, incomplete: str) -> Values:
    """Return the parameters of the named sweep, or the newest, that can extend a list separated by commas."""
    from nncli.cli.output_paths import find_newest_sweep
    from nncli.config.sweep import read_sweep

    before, comma, _ = incomplete.rpartition(",")
    listed = before.split(",")
    with suppress(*UNREADABLE):
        sweep = find_newest_sweep(runs_dir(ctx), (ctx.params.get("run") or ["latest"])[0])
        paths = dict.fromkeys(each.path for each in read_sweep(sweep.tree())[1].parameters())
        return [before + comma + path for path in paths if path not in listed]
    return []
