"""Train each case of a set on fresh seeds, diagnose each run, and compare the first finding with the truth."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.machine import installed, machine
from benchmarks.why.case import CAUSES, Case, read
from nncli.errors import ExitCode
from nncli.store import Run

FIRST_SEED = 101  # seeds that verify cases are smaller
REFUSED, HEALTHY, NOTHING, ERROR = "refused", "healthy", "no finding", "error"

# Returns the object that `nncli why RUN --json` prints. Raises RuntimeError if the command fails.
Diagnose: TypeAlias = Callable[[Path], dict[str, Any]]


@dataclass(frozen=True)
class Verdict:
    """The diagnosis of one run."""

    case: str
    seed: int
    planted: str
    causes: list[str]
    failed: bool  # the run ended below the threshold of its case
    verdict: str  # of the diagnosis; refused: before training
    findings: list[str]
    right: bool
    counted: bool  # the run came out as its case should
    seconds: float  # of the diagnosis

    @property
    def first(self) -> str:
        """The first finding, else the verdict."""
        if self.findings:
            return self.findings[0]
        return self.verdict if self.verdict in (REFUSED, HEALTHY, ERROR) else NOTHING


def run(
    folder: Path, seeds: int, *, only: Sequence[str] = (), as_json: bool = False, write: Path | None = None
) -> None:
    """Judge the cases of a folder, or those planted with a cause in `only`; print the result, and write a page."""
    cases = [case for case in read(folder) if not only or case.planted in only]
    verdicts = judge(folder, cases, seeds)
    result = {"folder": str(folder), "cases": len(cases), "seeds": seeds, **rates(verdicts)}
    if as_json:
        print(json.dumps(result | {"runs": [asdict(verdict) for verdict in verdicts]}, indent=1))
    else:
        print("\n".join(table(result, verdicts)))
    if write is not None:
        write.write_text(page(result, verdicts))


def judge(folder: Path, cases: Sequence[Case], seeds: int, diagnose: Diagnose | None = None) -> list[Verdict]:
    """Train and diagnose each case on each seed; the default diagnosis is the command `nncli why`."""
    verdicts = []
    for number, case in enumerate(cases, start=1):
        for seed in range(FIRST_SEED, FIRST_SEED + seeds):
            verdicts.append(_judge_run(folder, case, seed, diagnose or why))
            last = verdicts[-1]
            mark = "" if last.right else "  <- wrong" if last.counted else "  (not counted)"
            truth = " or ".join(case.causes) or HEALTHY
            print(f"{number}/{len(cases)} {case.id} seed {seed}: {truth}: {last.first}{mark}", file=sys.stderr)
    return verdicts


def _judge_run(folder: Path, case: Case, seed: int, diagnose: Diagnose) -> Verdict:
    with tempfile.TemporaryDirectory() as scratch:
        arguments = ["train", str(folder / case.spec), "-q", "--seed", str(seed), "--runs-dir", scratch]
        code, path, complaint = call(*arguments)
        if code == ExitCode.USAGE:
            right = case.refused
            common = (case.id, seed, case.planted, case.causes)
            return Verdict(*common, True, REFUSED, [], right, True, 0.0)
        if code not in (ExitCode.DONE, ExitCode.DIVERGED):
            raise SystemExit(f"{case.spec}: nncli train failed: {complaint}")
        failed = is_failed(Run(Path(path.strip())), case)
        started = time.perf_counter()
        try:
            answer = diagnose(Path(path.strip()))
        except RuntimeError as error:
            print(error, file=sys.stderr)
            answer = {"verdict": ERROR, "findings": []}
        seconds = time.perf_counter() - started
    findings = [finding["name"] for finding in answer["findings"]]
    right = answer["verdict"] == HEALTHY if case.healthy else bool(findings) and findings[0] in case.causes
    counted = failed != case.healthy
    common = (case.id, seed, case.planted, case.causes)
    return Verdict(*common, failed, answer["verdict"], findings, right, counted, seconds)


def is_failed(run: Run, case: Case) -> bool:
    """Return whether a run diverged or ended below the threshold of its case."""
    final = (run.summary() or {}).get("final") or {}
    value = final.get(case.metric)
    return run.status == "diverged" or value is None or value < case.min


def why(run: Path) -> dict[str, Any]:
    """Diagnose a run with the command `nncli why`, without the start of a process."""
    code, output, complaint = call("why", str(run), "--json")
    if code == ExitCode.USAGE:
        raise SystemExit(f"nncli why: {complaint.strip()}")
    if code != ExitCode.DONE:
        raise RuntimeError(f"nncli why ended with {code}: {complaint.strip()}")
    answer: dict[str, Any] = json.loads(output)
    return answer


def call(*arguments: str) -> tuple[int, str, str]:
    """Run a command of nncli in this process; return the exit code, stdout and stderr."""
    from nncli.cli import main

    before, code = sys.argv, int(ExitCode.DONE)
    sys.argv = ["nncli", *arguments]
    try:
        with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as errors:
            try:
                main()
            except SystemExit as end:
                code = int(end.code or 0)
    finally:
        sys.argv = before
    return code, out.getvalue(), errors.getvalue()


def rates(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return the rates over runs that came out as their case should: faults that fail, healthy ones that do not."""
    sick = [each for each in verdicts if each.planted != HEALTHY and each.counted]
    healthy = [each for each in verdicts if each.planted == HEALTHY and each.counted]
    diagnosed = [each for each in sick if each.verdict != REFUSED]
    among = [each for each in sick if each.right or set(each.findings) & set(each.causes)]
    return {
        "failing_runs": len(sick),
        "right_first": _share(sum(each.right for each in sick), len(sick)),
        "right_among_findings": _share(len(among), len(sick)),
        "detected": _share(sum(each.verdict not in (HEALTHY, ERROR) for each in diagnosed), len(diagnosed)),
        "healthy_runs": len(healthy),
        "false_alarms": _share(sum(not each.right for each in healthy), len(healthy)),
        "not_counted": sum(not each.counted for each in verdicts),
        "slowest_diagnosis_seconds": max((each.seconds for each in verdicts), default=0.0),
    }


def _share(part: int, of: int) -> float | None:
    return part / of if of else None


def table(result: dict[str, Any], verdicts: Sequence[Verdict]) -> list[str]:
    """Return the rates and the confusion table as Markdown."""
    lines = [
        f"Failing runs: {result['failing_runs']}, right cause first: {_percent(result['right_first'])}, "
        f"among the findings: {_percent(result['right_among_findings'])}, "
        f"not called healthy: {_percent(result['detected'])}.",
        f"Healthy runs: {result['healthy_runs']}, false alarms: {_percent(result['false_alarms'])}.",
        f"Runs that came out differently from their case, not counted: {result['not_counted']}.",
        "",
        "| planted | runs | right | first finding |",
        "|---|---|---|---|",
    ]
    for planted in (*CAUSES, HEALTHY):
        runs = [each for each in verdicts if each.planted == planted and each.counted]
        if runs:
            firsts = Counter((each.first, each.right) for each in runs).most_common()
            names = ", ".join(f"{name if right else f'**{name}**'} {count}" for (name, right), count in firsts)
            lines.append(f"| {planted} | {len(runs)} | {sum(each.right for each in runs)} | {names} |")
    return [*lines, "", "First findings in bold are wrong."]


def page(result: dict[str, Any], verdicts: Sequence[Verdict]) -> str:
    """Return a page of the docs with the table, and how it was measured."""
    ran_on = ", ".join(f"{name} {value}" for name, value in (machine() | installed("numpy")).items())
    return f"""\
# How often `nncli why` is right

{result["cases"]} specs, each trained on {result["seeds"]} seeds and diagnosed. Two in three have one planted fault: on
other seeds, each falls short of a threshold that the same spec without the fault reaches.
The first finding is right if it names the planted cause, or one that is equally true: one whose remedy alone makes the
network learn.

{chr(10).join(table(result, verdicts))}

Written by `python -m benchmarks why FOLDER --write FILE` ({ran_on}).
"""


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.1%}"
