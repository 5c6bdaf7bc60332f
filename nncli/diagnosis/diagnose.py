"""Diagnose a run: a verdict, and the most likely causes if it has not learned well."""

from __future__ import annotations

import shlex
from typing import Any, NamedTuple

from nncli.diagnosis.case import Case
from nncli.diagnosis.rule import Finding, rules
from nncli.diagnosis.verdict import Verdict, verdict_of
from nncli.model import Model
from nncli.store import Run
from nncli.store.atomic import finite
from nncli.threads import limit_threads

MAX_FINDINGS = 3


class Diagnosis(NamedTuple):
    """How a run has learned, and its likely problems, most likely first; none if it is healthy."""

    run: str
    verdict: Verdict
    findings: tuple[Finding, ...]

    @property
    def line(self) -> str:
        """The verdict and the first finding, with the command that says more; empty if the run is healthy."""
        if self.verdict == "healthy":
            return ""
        found = [f"{finding.name}: {finding.seen}" for finding in self.findings[:1]]
        return f"{': '.join([self.verdict.replace('_', ' '), *found])}; see nncli why {shlex.quote(self.run)}"

    def as_dict(self) -> dict[str, Any]:
        """Return the diagnosis for JSON, with None for numbers that are not finite."""
        keys = ("name", "evidence", "explanation", "change", "reference", "confidence")
        findings = [{key: getattr(finding, key) for key in keys} for finding in self.findings]
        return dict(finite({"run": self.run, "verdict": self.verdict, "findings": findings}))


def diagnose(run: Run) -> Diagnosis:
    """Return the diagnosis of a run with a checkpoint. Raises NncliError if its data are missing or have changed."""
    return diagnose_model(Model(run), run.status)


def diagnose_model(model: Model, status: str) -> Diagnosis:
    """Return the diagnosis of the last weights of a run that ended with a status. Raises as `diagnose`."""
    with limit_threads(model.threads):
        case = Case(model, status)
        verdict = verdict_of(case)
        findings = () if verdict == "healthy" else tuple(findings_of(case)[:MAX_FINDINGS])
    return Diagnosis(str(model.run.path), verdict, findings)


def findings_of(case: Case) -> list[Finding]:
    """Return what all rules find, most likely first."""
    pairs = [(rule, rule.find(case)) for rule in rules()]
    findings = [rule.finding(evidence) for rule, evidence in pairs if evidence is not None]
    return sorted(findings, key=lambda finding: -finding.confidence)
