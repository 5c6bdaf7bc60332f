"""Run a sweep, show its progress, and print its conclusion."""

from __future__ import annotations

import sys

from nncli import system
from nncli.errors import ExitCode
from nncli.render.conclusion import print_conclusion
from nncli.render.sweep_progress import SweepProgress
from nncli.sweeps.conclusion import TrialTable, conclude
from nncli.sweeps.session import Session


def run_sweep(session: Session, progress: SweepProgress, *, warm: bool, retry_failed: bool, quiet: bool) -> int:
    """Run a sweep to its end, and print its conclusion unless quiet; return the exit code."""
    with session, system.Interrupts() as interrupts:
        progress.begin(session)
        for event in session.run(interrupts.requested, warm=warm, retry_failed=retry_failed):
            progress.show(event, session.summary)
        if interrupts.requested():
            session.exit_code = interrupts.exit_code
        elif session.summary.best is None:
            session.exit_code = ExitCode.FAILURE
    progress.end(session)
    if not quiet:
        table = TrialTable.of(session.plan, session.directory.trials().values())
        print_conclusion(conclude(table), sys.stderr)
    return session.exit_code
