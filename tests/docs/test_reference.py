"""The reference pages are current and complete."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import typer

from nncli.cli.app import app
from nncli.render.components import components_and_mappings, describe

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = runpy.run_path(str(ROOT / "tools" / "make_reference.py"))
PAGES = {name: (SCRIPT["FOLDER"] / f"{name}.md").read_text(encoding="utf-8") for name in ("components", "commands")}


def section(page: str, heading: str) -> str:
    """Return the text between a heading of the third level and the next heading."""
    _, marker, text = PAGES[page].partition(f"\n### {heading}\n")
    assert marker, f"{page} has no section {heading}"
    return re.split(r"^##", text, maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("page", PAGES)
def test_page_is_current(page: str) -> None:
    written = "\n\n".join(SCRIPT[f"{page}_page"]()) + "\n"
    assert PAGES[page] == written, "run python tools/make_reference.py"


@pytest.mark.parametrize(("kind", "name", "cls"), components_and_mappings())
def test_component_has_sentence_formula_and_fields(kind: str, name: str, cls: type) -> None:
    described, text = describe(kind, name, cls), section("components", f"{name} ({kind})")
    assert text.strip().startswith(described["summary"])
    lines = [line.strip() for line in text.splitlines()]
    assert all(line.strip() in lines for line in described["description"].splitlines())
    assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [field["name"] for field in described["fields"]]
    outside = re.sub(r"^```$.*?^```$|^\|.*$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert "  " not in outside, "a formula is outside of a code block"


def test_every_command_has_its_parameters_and_examples() -> None:
    program: Any = typer.main.get_command(app)
    for name in program.commands:
        command, text = program.get_command(None, name), section("commands", f"nncli {name}")
        labels = re.findall(r"^\| `(.+?)` \|", text, re.MULTILINE)
        assert len(labels) == len(command.params), name
        options = {word for label in labels if label.startswith("-") for word in label.split(", ")}
        assert options == {opt for one in command.params for opt in one.opts if opt.startswith("-")}, name
        assert re.search(rf"^Examples:\n\n```\n(.*\n)*.*nncli {name}\b", text, re.MULTILINE), name


@pytest.mark.parametrize("page", PAGES)
def test_rows_have_as_many_cells_as_their_header(page: str) -> None:
    tables = re.findall(r"(?:^\|.*\|\n)+", PAGES[page], re.MULTILINE)
    assert len(tables) > 10
    for table in tables:
        assert len({len(re.findall(r"(?<!\\)\|", row)) for row in table.splitlines()}) == 1, table
