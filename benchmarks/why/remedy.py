"""Judge `nncli why --try`: train the first remedy of each failing case on fresh seeds."""

from __future__ import annotations

import json
import shlex
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.machine import installed, machine
from benchmarks.why.case import Case, read
from benchmarks.why.judge import FIRST_SEED, call, is_failed
from nncli.errors import ExitCode
from nncli.store import Run

DIAGNOSED_SEED = FIRST_SEED  # its next eight seeds are tried
FRESH_SEEDS = (201, 202, 203)
INCURABLE = ("labels_shuffled",)  # no setting can help


@dataclass(frozen=True)
class Cure:
    """The answer about one case, and on how many fresh seeds its first remedy reached the threshold."""

    case: str
    planted: str
    counted: bool  # the run came out as its case should
    status: str
    overrides: list[str]
    unchanged: str  # learned of trained
    reached: int
    seconds: float

    @property
    def right(self) -> bool:
        """True if the remedy works on most fresh seeds, or if there is none for a case that needs or has none."""
        if self.planted == "healthy":
            return self.status == "nothing_to_mend"
        if self.planted in INCURABLE:
            return not self.overrides
        return 2 * self.reached > len(FRESH_SEEDS)


def run(folder: Path, budget: float, *, only: Sequence[str] = (), as_json: bool = False) -> None:
    """Judge the cases of a folder, or those planted with a cause in `only`, and print the rates."""
    cases = [case for case in read(folder) if not case.refused and (not only or case.planted in only)]
    cures = []
    for number, case in enumerate(cases, start=1):
        cures.append(cure := judge(folder, case, budget))
        mark = "right" if cure.right else "WRONG"
        answer = shlex.join(cure.overrides) or cure.status
        print(
            f"{number}/{len(cases)} {case.id} {case.planted}: {mark if cure.counted else 'not counted'}: {answer}, "
            f"{cure.reached} of {len(FRESH_SEEDS)}, unchanged {cure.unchanged}, {cure.seconds:.1f} s",
            file=sys.stderr,
            flush=True,
        )
    if as_json:
        print(json.dumps([asdict(cure) for cure in cures], indent=1))
    else:
        print("\n".join(table(cures, budget)))


def judge(folder: Path, case: Case, budget: float) -> Cure:
    """Train a case, try remedies, and train the first one on fresh seeds."""
    with tempfile.TemporaryDirectory() as scratch:
        path = train(folder / case.spec, DIAGNOSED_SEED, [], scratch)
        answer = explain(path, budget)
        tried = answer["tried"]
        overrides = tried["best"] or tried["improvement"] or []
        runs = [train(folder / case.spec, seed, overrides, scratch) for seed in FRESH_SEEDS if overrides]
        reached = sum(not is_failed(Run(run), case) for run in runs)
        counted = is_failed(Run(path), case) != case.healthy
    unchanged = f"{tried['unchanged']['learned']} of {tried['unchanged']['trained']}"
    return Cure(case.id, case.planted, counted, tried["status"], overrides, unchanged, reached, tried["seconds"])


def train(spec: Path, seed: int, overrides: Sequence[str], scratch: str) -> Path:
    """Train a spec with overrides; return the path of the run."""
    arguments = ["train", str(spec), *overrides, "-q", "--seed", str(seed), "--runs-dir", scratch]
    code, path, complaint = call(*arguments)
    if code not in (ExitCode.DONE, ExitCode.DIVERGED):
        raise SystemExit(f"{spec}: nncli train failed: {complaint}")
    return Path(path.strip())


def explain(run: Path, budget: float) -> dict[str, Any]:
    """Return the answer of `nncli why --try`."""
    code, output, complaint = call("why", str(run), "--try", "--budget", str(budget), "--json")
    if code != ExitCode.DONE:
        raise SystemExit(f"nncli why --try ended with {code}: {complaint}")
    answer: dict[str, Any] = json.loads(output)
    return answer


def table(cures: Sequence[Cure], budget: float) -> list[str]:
    """Return the rates, and a row for each planted cause, as Markdown."""
    counted = [cure for cure in cures if cure.counted]
    curable = [cure for cure in counted if cure.planted not in ("healthy", *INCURABLE)]
    healthy = [cure for cure in counted if cure.planted == "healthy"]
    ran_on = ", ".join(f"{name} {value}" for name, value in (machine() | installed("numpy")).items())
    lines = [
        f"First remedy works on most fresh seeds: {_share(curable)} of failing specs that a setting can mend.",
        f"Healthy specs that need no mending: {_share(healthy)}.",
        f"`nncli why --try --budget {budget:g}s` ({ran_on}).",
        "",
        "| planted | specs | right | first remedies that work | other answers |",
        "|---|---|---|---|---|",
    ]
    for planted in dict.fromkeys(cure.planted for cure in counted):
        rows = [cure for cure in counted if cure.planted == planted]
        cells = [_answers(each for each in rows if each.right is right) for right in (True, False)]
        lines.append(f"| {planted} | {len(rows)} | {sum(each.right for each in rows)} | {cells[0]} | {cells[1]} |")
    return lines


def _share(cures: Sequence[Cure]) -> str:
    right = sum(cure.right for cure in cures)
    return f"{right} of {len(cures)} ({right / len(cures):.0%})" if cures else "none"


def _answers(cures: Any) -> str:
    """Return the settings that remedies change, with how often."""
    names = Counter(", ".join(each.partition("=")[0] for each in cure.overrides) or cure.status for cure in cures)
    return ", ".join(f"{name} {count}" for name, count in names.most_common())
