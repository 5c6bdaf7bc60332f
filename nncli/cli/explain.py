"""Diagnose a run and, if requested, try what helps; print the answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nncli.errors import ExitCode, NncliError
from nncli.escaping import json_text

if TYPE_CHECKING:
    from nncli.diagnosis.case import Case
    from nncli.diagnosis.diagnose import Diagnosis
    from nncli.remedies.quick_tests.quick_test import QuickResult
    from nncli.remedies.result import Remedies
    from nncli.store import Run
    from nncli.system import Interrupts


class Request(NamedTuple):
    """The options of `nncli why`; `begin` is when it began, as a time of `time.monotonic`."""

    attempt: bool
    budget: float
    begin: float
    save: Path | None
    check: bool
    json: bool


def explain_spec(spec: str, changes: Sequence[str], request: Request) -> int:
    """Train a spec with overrides for some seconds and explain the run; return the exit code."""
    from nncli.cli.trained_spec import trained_spec

    _prepare(request)
    with trained_spec(spec, changes) as (run, interrupts):
        return _Explanation(run, spec, changes, request, interrupts, name=spec).answer()


def explain_run(run: Run, config: str, moved: Sequence[str], request: Request) -> int:
    """Explain a run, with overrides for data that were moved; return the exit code."""
    from nncli.system import Interrupts

    _prepare(request)
    with Interrupts() if request.attempt else nullcontext(Interrupts()) as interrupts:
        return _Explanation(run, config, moved, request, interrupts).answer()


def _prepare(request: Request) -> None:
    """Start what trains variants, so that it imports while this process does."""
    if request.attempt:
        from nncli import fork_server

        fork_server.start()


@dataclass(frozen=True, slots=True)
class _Explanation:
    """A run to explain; `spec` and `changes` are its experiment in commands to paste, `name` replaces its path."""

    run: Run
    spec: str
    changes: Sequence[str]
    request: Request
    interrupts: Interrupts
    name: str = ""

    def answer(self) -> int:
        """Print the diagnosis and what helps; return the exit code."""
        from nncli.diagnosis.case import Case
        from nncli.diagnosis.diagnose import diagnose_case
        from nncli.diagnosis.ended_run import load_ended

        request = self.request
        case = Case.of(load_ended(self.run), self.run.status)
        diagnosis = diagnose_case(case)
        if self.name:
            diagnosis = diagnosis._replace(run=self.name)
        if not request.json:
            self._print_diagnosis(diagnosis)
        remedies = None
        if request.attempt and not self.interrupts.requested():
            remedies = self._try(case, diagnosis)
        if request.json:
            tried = {} if remedies is None else {"tried": remedies.as_dict()}
            print(json_text(diagnosis.as_dict() | tried, indent=2))
        if self.interrupts.requested():
            return self.interrupts.exit_code
        if remedies is not None and request.save is not None:
            _save(remedies, self.run, self._moved, request.save)
        return ExitCode.CHECK_FAILED if request.check and diagnosis.verdict != "healthy" else ExitCode.DONE

    @property
    def _moved(self) -> Sequence[str]:
        """The overrides that the config of the run does not contain."""
        return [] if self.name else self.changes

    def _print_diagnosis(self, diagnosis: Diagnosis) -> None:
        from nncli.render.diagnosis import print_diagnosis

        print_diagnosis(diagnosis, self.spec, self.changes, sys.stdout)
        sys.stdout.flush()

    def _try(self, case: Case, diagnosis: Diagnosis) -> Remedies:
        from nncli.cli.try_remedies import Budget, try_remedies
        from nncli.render.remedies import print_quick_test, print_remedies

        request = self.request

        def show(test: QuickResult) -> None:
            if not request.json:
                print_quick_test(test, sys.stdout)

        budget = Budget(request.budget, request.begin)
        remedies = try_remedies(case, diagnosis, self._moved, budget, self.interrupts, show)
        if not request.json:
            print_remedies(remedies, self.spec, self.changes, sys.stdout)
        return remedies


def _save(remedies: Remedies, run: Run, changes: Sequence[str], path: Path) -> None:
    """Write the experiment of a run with the recommended change. Raises NncliError if no change helps."""
    from nncli import config
    from nncli.store.atomic import atomic_write

    if (change := remedies.recommended) is None:
        raise NncliError("was not written, because no change helped", place=str(path))
    tree = config.read_saved(run.config_text(), str(run.path), [*changes, *change.variant.overrides])
    text = config.dump(config.check(tree).experiment)
    with atomic_write(path) as file:
        file.write(text.encode())
