"""The page Why does it not learn? has a section for each cause, and nncli finds the cause of each section first."""

from __future__ import annotations

import re
import runpy
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nncli.diagnosis.diagnose import Diagnosis
from nncli.diagnosis.rule import rules
from nncli.remedies.proportions import difference_interval
from nncli.remedies.quick_tests import TESTS
from nncli.remedies.race import Race
from nncli.render.diagnosis import print_diagnosis
from tests.cli.program import invoke
from tests.docs.test_commands import ROOT

SCRIPT = runpy.run_path(str(ROOT / "tools" / "make_proofs.py"))
PAGE = SCRIPT["PAGE"].read_text(encoding="utf-8")
SECTIONS = SCRIPT["sections"](PAGE)
every_section = pytest.mark.parametrize("name", SECTIONS)


def first_finding(output: str) -> list[str]:
    """Return the lines up to the second finding, with # for numbers and without the command to try."""
    lines = output.partition("\n\n2. ")[0].splitlines()
    return [re.sub(r"\d[\d.,e+-]*", "#", line) for line in lines if not line.startswith("   try ")]


def test_every_cause_has_a_section_in_the_order_of_the_list() -> None:
    assert sorted(SECTIONS) == [rule.name for rule in rules()]
    assert re.findall(r"\[`(\w+)`\]\(#\1\)", PAGE) == [*SECTIONS]


def test_sources_list_every_paper_of_the_rules_and_of_the_trial() -> None:
    texts = [*(rule.reference for rule in rules()), Race.__doc__ or "", difference_interval.__doc__ or ""]
    papers = {paper for text in texts for paper in re.findall(r"[A-Z][\w ]+(?:al\. )?\d{4}", text)}
    listed = re.findall(r"^- \*\*(.+\d):\*\*", PAGE, re.MULTILINE)
    assert listed == sorted(papers)


@every_section
def test_section_ends_with_a_command_that_requires_a_healthy_network(name: str) -> None:
    commands = re.findall(r"^nncli why (?:.*\\\n)*.*$", SECTIONS[name], re.MULTILINE)
    assert len(commands) == 2
    assert commands[1].endswith(" --check")


@every_section
def test_section_ends_with_one_proof(name: str) -> None:
    (match,) = SCRIPT["PROOF"].finditer(SECTIONS[name])
    assert not SECTIONS[name][match.end() :].strip()
    assert SCRIPT["with_proof"](PAGE, name, match[0]) == PAGE


def test_the_page_lists_the_findings_that_each_quick_test_decides_about() -> None:
    for test in TESTS:
        assert f"| `{test.name}` | {', '.join(f'`{name}`' for name in test.decides)} |" in PAGE


def variant(change: str, learned: int, trained: int, low: float = 0.0) -> dict[str, Any]:
    """Return a variant as in the JSON of `nncli why --try`."""
    return {"overrides": [change], "learned": learned, "trained": trained, "difference": {"low": low, "high": 1.0}}


@pytest.mark.parametrize(
    ("change", "status", "variants", "proof"),
    [
        (["a=1"], "helps", [variant("a=1", 8, 8, 0.3)], "Proof: `a=1` learned on 8 of 8 seeds, unchanged on 1 of 8."),
        (["b=2"], "helps", [variant("a=1", 8, 8, 0.3), variant("b=2", 1, 2)], "No proof: `b=2` learned on 1 of 2"),
        (["b=2"], "helps", [variant("a=1", 8, 8, 0.3), variant("b=2", 7, 8, 0.2)], "Proof: `b=2` learned on 7 of 8"),
        (["a=1"], "may_help", [variant("a=1", 3, 8, -0.1)], "No proof: `a=1` learned on 3 of 8"),
        (["a=1"], "nothing_helps", [variant("a=1", 0, 8)], "No proof: none of 1 changes learned more often"),
        (None, "nothing_helps", [variant("a=1", 0, 8)], "Proof: none of 1 changes learned more often"),
        (None, "may_help", [variant("a=1", 2, 8)], "Proof: the best of 1 changes, `a=1`, learned on 2 of 8"),
        (["a=1"], "nothing_to_mend", [variant("a=1", 1, 1)], "No proof: unchanged learned on 1 of 8 other seeds."),
    ],
)
def test_a_proof_says_so_if_the_suggested_change_is_not_the_best(
    change: list[str] | None, status: str, variants: list[dict[str, Any]], proof: str
) -> None:
    tried = {"status": status, "variants": variants, "unchanged": {"learned": 1, "trained": 8}}
    assert SCRIPT["proof"]({"findings": [{"change": change}], "tried": tried}).startswith(proof)


def test_a_case_is_tried_with_its_files_and_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands = []

    def run(command: list[str], cwd: Path, **options: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        assert (cwd / "configs").is_dir()
        assert (cwd / "deep.yaml").is_file()
        return subprocess.CompletedProcess(command, 0, '{"findings": [{"name": "dead_units"}]}')

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(AssertionError, match="the first finding of exploding_gradients is another one"):
        SCRIPT["try_case"]("exploding_gradients", tmp_path)
    assert commands == [["nncli", "why", "deep.yaml", "--try", "--budget", SCRIPT["BUDGET"], "--json"]]


@pytest.mark.longest
@every_section
def test_proof_of_a_section_is_what_a_trial_gives(name: str, tmp_path: Path) -> None:
    assert SCRIPT["PROOF"].search(SECTIONS[name])[0] == SCRIPT["proof"](SCRIPT["try_case"](name, tmp_path))


@pytest.mark.long
@every_section
def test_cause_of_a_section_is_found_first(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    command = SCRIPT["COMMAND"].search(SECTIONS[name])
    assert command
    SCRIPT["prepare"](SECTIONS[name][: command.start()], tmp_path)
    found = []

    def print_and_keep(diagnosis: Diagnosis, *others: Any) -> None:
        found.extend(diagnosis.findings)
        print_diagnosis(diagnosis, *others)

    monkeypatch.setattr("nncli.render.diagnosis.print_diagnosis", print_and_keep)
    done = invoke("why", *shlex.split(command[1]))
    assert [finding.name for finding in found][:1] == [name]
    assert first_finding(command[2]) == first_finding(done.out)
