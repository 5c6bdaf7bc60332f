"""Diagnose a run: a verdict, and the most likely causes if it has not learned well."""

from __future__ import annotations

import shlex
from typing import Any, NamedTuple

from nncli.diagnosis.case import Case
from nncli.diagnosis.ended_run import load_ended
from nncli.diagnosis.rule import Finding, rules
from nncli.diagnosis.verdict import Verdict, verdict_of
from nncli.model import Model
from nncli.store import Run
from nncli.threads import limit_threads

MAX_FINDINGS = 3
LARGE_ERROR = 0.5  # unexplained fraction of the variance
CERTAIN, LIKELY = 0.9, 0.3  # confidence; a second finding must be likely


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
        """Return the diagnosis as JSON data."""
        return {**self._asdict(), "findings": [finding.as_dict() for finding in self.findings]}


def diagnose(run: Run) -> Diagnosis:
    """Return the diagnosis of a run that has ended. Raises NncliError as `load_ended` does."""
    return diagnose_model(load_ended(run), run.status)


def diagnose_model(model: Model, status: str) -> Diagnosis:
    """Return the diagnosis of the last weights of a run that ended with a status."""
    return diagnose_case(Case.of(model, status))


def diagnose_case(case: Case) -> Diagnosis:
    """Return the diagnosis of a case."""
    with limit_threads(case.model.threads):
        verdict, findings = judge(case)
    return Diagnosis(str(case.model.run.path), verdict, tuple(findings[:MAX_FINDINGS]))


def judge(case: Case) -> tuple[Verdict, list[Finding]]:
    """Return the verdict and all findings, most likely first; none for a healthy run.

    A run with a large error learns badly, even if simple methods do no better, if a rule is certain.
    """
    verdict = verdict_of(case)
    if verdict == "healthy" and case.unexplained < LARGE_ERROR:
        return verdict, []
    findings = findings_of(case)
    if verdict != "healthy":
        return verdict, findings
    return ("learns_badly", findings) if findings and findings[0].confidence >= CERTAIN else (verdict, [])


def findings_of(case: Case) -> list[Finding]:
    """Return what all rules find, most likely first; all but the first must be likely."""
    pairs = [(rule, rule.find(case)) for rule in rules()]
    findings = [rule.finding(evidence) for rule, evidence in pairs if evidence is not None]
    findings.sort(key=lambda finding: -finding.confidence)
    return findings[:1] + [finding for finding in findings[1:] if finding.confidence >= LIKELY]
