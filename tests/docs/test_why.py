"""The page Why does it not learn? has a section for each cause, and nncli finds the cause of each section first."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import shutil
from pathlib import Path

import pytest

from nncli.diagnosis.rule import rules
from nncli.remedies.proportions import difference_interval
from nncli.remedies.race import Race
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


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.long if name == "unscaled_targets" else pytest.mark.longest)
        for name in SECTIONS
    ],
)
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
    arguments = shlex.split(command[1])
    diagnosis = json.loads(invoke("why", *arguments, "--json").out)
    assert [finding["name"] for finding in diagnosis["findings"]][:1] == [name]
    assert first_finding(command[2]) == first_finding(invoke("why", *arguments).out)
