"""Check the changes of a sweep that continues: all are allowed but those that make its trials incomparable."""

from __future__ import annotations

from nncli import config
from nncli.config import Tree
from nncli.config.sweep import read_sweep
from nncli.errors import UsageError
from nncli.settings import compact, differences
from nncli.text import shorten

NEW_SWEEP = "start a new sweep for it"


def check_changes(before: Tree, after: Tree) -> None:
    """Raise UsageError if the results of earlier trials would not be comparable with those of further ones."""
    for path, (old, new) in differences([config.settings(before), config.settings(after)]):
        message = f"{path}: cannot change from {_text(old)} to {_text(new)}, as earlier trials were trained with it"
        raise UsageError(message, place=str(before.source), hint=NEW_SWEEP)
    (old_sweep, _), (new_sweep, _) = read_sweep(before), read_sweep(after)
    if new_sweep.objective != old_sweep.objective:
        message = "sweep.objective: cannot change, because earlier trials were measured by it"
        raise UsageError(message, place=str(before.source), hint=NEW_SWEEP)
    if new_sweep.seeds < old_sweep.seeds:
        message = f"sweep.seeds: cannot be less than {old_sweep.seeds}, the trainings of each earlier trial"
        raise UsageError(message, place=str(before.source), hint=NEW_SWEEP)


def _text(value: object) -> str:
    return shorten(compact(value), 60)
