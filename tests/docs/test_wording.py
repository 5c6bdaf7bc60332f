"""Documentation, docstrings and comments avoid the phrases that CONTRIBUTING.md rejects.

The help of commands and fields is checked as part of docs/reference/, whose pages quote it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHECKED = (
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "benchmarks",
    "docs",
    "nncli",
    "tests",
    "tools",
)

PHRASE = re.compile(r"\b(is told|anew|whoever|goes on|where there (?:is|are)|nobody|be it)\b", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
STATEMENT = re.compile(r"\W*((?:What|Whether)\b(?!.*\?$).*)", re.DOTALL)
# A string of Python or a comment. This takes a sixth of the time of the module tokenize.
LEXEME = re.compile(r"""(?s:(\"{3}|'{3})(?:\\.|.)*?\1)|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#[^\n]*""")
BLOCK_START = re.compile(r"\s*(?:$|[-*>|#]|\d+\.\s)")  # a line of Markdown that does not continue the one before


def checked_files() -> list[Path]:
    """Return the Markdown and Python files to check."""
    paths = [ROOT / name for name in CHECKED]
    files = [file for path in paths for file in (sorted(path.rglob("*.*")) if path.is_dir() else [path])]
    return [file for file in files if file.suffix in (".md", ".py")]


def findings(text: str) -> list[str]:
    """Return the rejected phrases of a text, and its statements that start like a question."""
    phrases = [match[1].lower() for match in PHRASE.finditer(text)]
    return phrases + [match[1] for part in SENTENCE_END.split(text) if (match := STATEMENT.match(part))]


def paragraphs(markdown: str) -> Iterator[str]:
    """Yield paragraphs, list items, headings and table cells, without blocks of code."""
    prose = re.sub(r"^```.*?^```$", "", markdown, flags=re.MULTILINE | re.DOTALL)
    block = ""
    for line in [*prose.splitlines(), ""]:
        if BLOCK_START.match(line):
            yield from block.split("|") if block.startswith("|") else [block]
            block = ""
        block += f"{line}\n"


def comments(python: str) -> Iterator[str]:
    """Yield comments; adjoining lines of comments are one."""
    lexemes = [(python.count("\n", 0, match.start()), match[0]) for match in LEXEME.finditer(python)]
    lines = [(number, text) for number, text in lexemes if text.startswith("#")]
    for _, group in groupby(enumerate(lines), lambda pair: pair[1][0] - pair[0]):
        yield " ".join(text.lstrip("# ") for _, (_, text) in group)


def docstrings(python: str) -> Iterator[str]:
    """Yield the paragraphs of all docstrings."""
    for node in ast.walk(ast.parse(python)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield from paragraphs(ast.get_docstring(node) or "")


def texts(file: Path) -> list[str]:
    """Return the texts of a file, each in one line."""
    content = file.read_text(encoding="utf-8")
    raw_texts = [*docstrings(content), *comments(content)] if file.suffix == ".py" else paragraphs(content)
    return [line for text in raw_texts if (line := " ".join(text.split()))]


def test_texts_avoid_rejected_phrases() -> None:
    rejected = [
        (str(file.relative_to(ROOT)), finding)
        for file in checked_files()
        for text in texts(file)
        for finding in findings(text)
    ]
    assert rejected == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Training goes on.", ["goes on"]),
        ("Nobody waits, whoever it be; be it so.", ["nobody", "whoever", "be it"]),
        ("The user is told where there are none, anew.", ["is told", "where there are", "anew"]),
        ("Right. What follows is wrong. Why?", ["What follows is wrong."]),
        ("# What it holds", ["What it holds"]),
        ("Whether it ended", ["Whether it ended"]),
        ("What does it do? It asks what a question is.", []),
        ("Whatever is renewed may be iterated.", []),
    ],
)
def test_findings_of_a_text(text: str, expected: list[str]) -> None:
    assert findings(text) == expected


def test_docstrings_and_comments_of_a_module_are_read(tmp_path: Path) -> None:
    file = tmp_path / "module.py"
    file.write_text('"""One.\n\ntwo"""\nx = "no text"  # three\n# four\n# five\n\n\ndef f():\n    """Six."""\n')
    assert texts(file) == ["One.", "two", "Six.", "three four five"]


def test_blocks_of_a_page_are_read_apart_but_not_its_code(tmp_path: Path) -> None:
    file = tmp_path / "page.md"
    file.write_text("# One\n\ntwo\nthree\n- four\n  five\n\n```\ncode\n```\n\n| a | b |\n1. last\n")
    assert texts(file) == ["# One", "two three", "- four five", "a", "b", "1. last"]
