"""The page Why does it not learn? has a section for each cause, and nncli finds the cause of each section first."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from nncli.diagnosis.rule import rules
from tests.cli.program import invoke
from tests.docs.test_commands import ROOT, environment

PAGE = (ROOT / "docs" / "why.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## ([a-z_]+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
COMMAND = re.compile(r"^```bash\nnncli why (.+)\n```\n\n```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
every_section = pytest.mark.parametrize("name", SECTIONS)


def prepare(text: str) -> None:
    """Save the files and run the commands of a part of the page."""
    for language, block in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if language == "yaml":
            Path(block.partition("\n")[0].removeprefix("# ")).write_text(block, encoding="utf-8")
        else:
            subprocess.run(["bash", "-euo", "pipefail", "-c", block], env=environment(), check=True)


def first_finding(output: str) -> list[str]:
    """Return the lines up to the second finding, with # for numbers and without the command to try."""
    lines = output.partition("\n\n2. ")[0].splitlines()
    return [re.sub(r"\d[\d.,e+-]*", "#", line) for line in lines if not line.startswith("   try ")]


def test_every_cause_has_a_section_in_the_order_of_the_list() -> None:
    assert sorted(SECTIONS) == [rule.name for rule in rules()]
    assert re.findall(r"\[`(\w+)`\]\(#\1\)", PAGE) == [*SECTIONS]


def test_sources_list_every_paper_of_the_rules() -> None:
    papers = {paper for rule in rules() for paper in re.findall(r"[A-Z][\w ]+(?:al\. )?\d{4}", rule.reference)}
    listed = re.findall(r"^- \*\*(.+\d):\*\*", PAGE, re.MULTILINE)
    assert listed == sorted(papers)


@every_section
def test_section_ends_with_a_command_that_requires_a_healthy_network(name: str) -> None:
    commands = re.findall(r"^nncli why (?:.*\\\n)*.*$", SECTIONS[name], re.MULTILINE)
    assert len(commands) == 2
    assert commands[1].endswith(" --check")


@pytest.mark.long
@every_section
def test_cause_of_a_section_is_found_first(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "configs", tmp_path / "configs")
    monkeypatch.chdir(tmp_path)
    command = COMMAND.search(SECTIONS[name])
    assert command
    prepare(SECTIONS[name][: command.start()])
    arguments = shlex.split(command[1])
    diagnosis = json.loads(invoke("why", *arguments, "--json").out)
    assert [finding["name"] for finding in diagnosis["findings"]][:1] == [name]
    assert first_finding(command[2]) == first_finding(invoke("why", *arguments).out)
