"""The progress of a sweep: a live display on a terminal, about a line a percent elsewhere, or a JSON line a trial."""

from __future__ import annotations

import shlex
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from nncli.errors import ExitCode
from nncli.escaping import json_text, printable
from nncli.render.console import is_terminal
from nncli.render.sweep_display import SweepDisplay
from nncli.render.sweep_state import SweepState, best_text, counts_text
from nncli.sweeps.events import SweepEvent, TrialEnded
from nncli.sweeps.plan import SweepPlan
from nncli.sweeps.records import TrialRecord
from nncli.sweeps.session import Session

MAX_FAILURES = 20  # trials that are reported one by one; further ones are only counted


class SweepProgress:
    """Shows the events of a sweep; on a terminal, while the context is active."""

    def __init__(self, session: Session, *, quiet: bool = False, json: bool = False) -> None:
        self._session = session
        self._quiet = quiet
        self._json = json
        self._percent = -1
        self._failures = 0
        self._last_line = ""
        self._state = SweepState(session.plan)
        live = is_terminal(sys.stderr) and not quiet and not (json and sys.stdout.isatty())  # JSON would cut through it
        self._display = SweepDisplay(sys.stderr, self._state) if live else None
        self._context: AbstractContextManager[object] = self._display or nullcontext()

    def __enter__(self) -> SweepProgress:
        if not self._json:
            print(self._session.directory.path, flush=True)
        self._state.update(self._session.summary, self._session.workers)
        self._context.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._context.__exit__(*error)  # type: ignore[arg-type]

    def show(self, event: SweepEvent) -> None:
        """Show an event."""
        self._state.add(event)
        self._state.update(self._session.summary, self._session.workers)
        if isinstance(event, TrialEnded):
            self._show_trial(event.trial)
        if self._display is not None:
            self._display.refresh()

    def note(self, line: str) -> None:
        """Print a line about the sweep itself."""
        self._print(printable(line))

    def end(self, exit_code: int) -> None:
        """Print how the sweep ended, and how to continue it."""
        summary, name = self._session.summary, shlex.quote(str(self._session.directory.path))
        if self._quiet:
            return
        if self._failures > MAX_FAILURES:
            print(f"{self._failures - MAX_FAILURES} more trials failed or diverged", file=sys.stderr)
        if (line := _line(self._state, left=False)) != self._last_line:
            print(line, file=sys.stderr)
        if not summary.complete:
            print(f"hint: continue with nncli sweep --resume {name}", file=sys.stderr)
        elif summary.counts["failed"] and exit_code != ExitCode.INTERRUPTED:
            print(f"hint: train failed trials again with nncli sweep --resume {name} --retry-failed", file=sys.stderr)

    def _show_trial(self, trial: TrialRecord) -> None:
        plan, status = self._session.plan, trial.status(len(self._session.plan.seeds))
        if self._json:
            print(json_text(trial_as_dict(trial, plan, self._session.directory.path)), flush=True)
        if status in ("failed", "diverged"):
            self._failures += 1
            if self._failures <= MAX_FAILURES and (status == "failed" or not self._quiet):
                self._print(failure_line(trial, plan))
        percent = 100 * self._session.summary.ended // plan.trials
        if percent > self._percent and not self._quiet and self._display is None:
            self._percent = percent
            self._last_line = _line(self._state)
            self._print(self._last_line)

    def _print(self, line: str) -> None:
        if self._display is not None:
            self._display.print(line)
        else:
            print(line, file=sys.stderr, flush=True)


def trial_as_dict(trial: TrialRecord, plan: SweepPlan, sweep: Path) -> dict[str, object]:
    """Return a trial for JSON."""
    return {
        "trial": trial.number,
        "status": trial.status(len(plan.seeds)),
        "objective": plan.objective_of(trial),
        "settings": trial.settings,
        "runs": [str(sweep / training.run) for _, training in sorted(trial.trainings.items())],
        "reason": trial.reason,
    }


def failure_line(trial: TrialRecord, plan: SweepPlan) -> str:
    """Return a line about a trial that failed or diverged: its setting, and the reason."""
    status = trial.status(len(plan.seeds))
    return printable(f"trial {trial.number} {status}: {plan.text(trial.settings)}: {trial.reason}")


def _line(state: SweepState, *, left: bool = True) -> str:
    parts = (counts_text(state), best_text(state), state.remaining_text() if left else "")
    return "  ".join(filter(None, parts))
