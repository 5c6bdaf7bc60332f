"""Diagnose a run and, if requested, try what helps; print the answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nncli.errors import ExitCode, NncliError, UsageError
from nncli.escaping import json_text

if TYPE_CHECKING:
    from nncli.diagnosis.diagnose import Diagnosis
    from nncli.remedies.result import Remedies
    from nncli.store import Run
    from nncli.system import Interrupts


@dataclass(frozen=True, slots=True)
class Request:
    """The options of `nncli why`; `begin` is when the command began, as a time of `time.monotonic`."""

    attempt: bool
    budget: float
    begin: float
    save: Path | None
    check: bool
    json: bool


def explain(
    run: Run, spec: str, changes: Sequence[str], request: Request, interrupts: Interrupts, *, is_spec: bool = False
) -> int:
    """Diagnose a run, try remedies if requested, and return the exit code.

    `spec` and `changes` are the experiment for the commands to paste; a run has only the overrides of moved data.
    """
    from nncli.diagnosis.diagnose import diagnose_model
    from nncli.diagnosis.ended_run import load_ended

    if request.attempt:
        from nncli import fork_server

        fork_server.start()  # it imports while this process does
    model = load_ended(run)
    diagnosis = diagnose_model(model, run.status)
    if is_spec:
        diagnosis = diagnosis._replace(run=spec)
    if not request.json:
        _print(diagnosis, spec, changes)
    remedies = None
    if request.attempt and not interrupts.requested():
        from nncli.cli.try_remedies import Budget, try_remedies

        budget = Budget(request.budget, request.begin)
        remedies = try_remedies(model, diagnosis, [] if is_spec else changes, budget, interrupts)
        if not request.json:
            from nncli.render.remedies import print_remedies

            print_remedies(remedies, spec, changes, sys.stdout)
    if request.json:
        tried = {} if remedies is None else {"tried": remedies.as_dict()}
        print(json_text(diagnosis.as_dict() | tried, indent=2))
    if interrupts.requested():
        return interrupts.exit_code
    if remedies is not None and request.save is not None:
        _save(remedies, run, [] if is_spec else changes, request.save)
    return ExitCode.CHECK_FAILED if request.check and diagnosis.verdict != "healthy" else ExitCode.DONE


def check_new_file(path: Path) -> None:
    """Raise UsageError if a file exists, or the folder to write it to does not."""
    if path.exists():
        raise UsageError("already exists; choose another name or remove it", place=str(path))
    if not path.parent.is_dir():
        raise UsageError("no such folder", place=str(path.parent))


def _print(diagnosis: Diagnosis, spec: str, changes: Sequence[str]) -> None:
    from nncli.render.diagnosis import print_diagnosis

    print_diagnosis(diagnosis, spec, changes, sys.stdout)
    sys.stdout.flush()


def _save(remedies: Remedies, run: Run, changes: Sequence[str], path: Path) -> None:
    """Write the experiment of a run with the best change. Raises NncliError if no change helps."""
    from nncli import config
    from nncli.store.atomic import atomic_write

    if (best := remedies.best) is None:
        raise NncliError("was not written, because no change helped", place=str(path))
    tree = config.read_saved(run.config_text(), str(run.path), [*changes, *best.variant.overrides])
    text = config.dump(config.check(tree).experiment)
    with atomic_write(path) as file:
        file.write(text.encode())
