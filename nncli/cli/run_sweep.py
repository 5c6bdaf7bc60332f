"""Run a sweep, show its progress, and print its conclusion."""

from __future__ import annotations

from nncli import system
from nncli.errors import ExitCode
from nncli.render.sweep_progress import SweepProgress
from nncli.sweeps.session import Session


def run_sweep(session: Session, progress: SweepProgress, *, warm: bool, retry_failed: bool) -> int:
    """Run a sweep to its end; return the exit code."""
    with session, system.Interrupts() as interrupts:
        progress.begin(session)
        for event in session.run(interrupts.requested, warm=warm, retry_failed=retry_failed):
            progress.show(event, session.summary)
        if interrupts.requested():
            session.exit_code = interrupts.exit_code
        elif session.summary.best is None:
            session.exit_code = ExitCode.FAILURE
    progress.end(session)
    return session.exit_code
