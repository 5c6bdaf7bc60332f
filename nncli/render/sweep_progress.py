"""The progress of a sweep: about one line a percent, or one JSON line a trial."""

from __future__ import annotations

import sys

from nncli.escaping import json_text
from nncli.sweeps.coordinator import SweepEvent, TrialEnded
from nncli.sweeps.session import Session
from nncli.sweeps.summary import Summary


class SweepProgress:
    """Shows the events of a sweep."""

    def __init__(self, *, quiet: bool = False, json: bool = False) -> None:
        self._quiet = quiet
        self._json = json
        self._percent = -1

    def begin(self, session: Session) -> None:
        """Print the path of the sweep."""
        if not self._json:
            print(session.directory.path, flush=True)

    def show(self, event: SweepEvent, summary: Summary) -> None:
        """Show an event."""
        if not isinstance(event, TrialEnded):
            return
        seeds = len(summary.plan.seeds)
        if self._json:
            trial = event.trial
            row = {"trial": trial.number, "status": trial.status(seeds), "objective": summary.plan.objective_of(trial)}
            print(json_text({**row, "settings": trial.settings}), flush=True)
        percent = 100 * summary.ended // summary.plan.trials
        if percent > self._percent and not self._quiet:
            self._percent = percent
            print(summary_line(summary), file=sys.stderr)

    def end(self, session: Session) -> None:
        """Print how the sweep ended."""
        if not self._quiet:
            print(summary_line(session.summary), file=sys.stderr)


def summary_line(summary: Summary) -> str:
    """Return the state of a sweep in a line."""
    counts = "  ".join(f"{number} {status}" for status, number in summary.counts.items() if number)
    best = summary.best
    value = summary.plan.objective_of(best) if best else None
    found = (
        f"  best {summary.plan.objective.monitor.name} {value:.4g} in trial {best.number}"
        if best and value is not None
        else ""
    )
    return f"{summary.ended} of {summary.plan.trials} trials: {counts}{found}"
