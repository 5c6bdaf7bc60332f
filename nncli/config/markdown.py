"""Docstrings as Markdown, for editors."""

from __future__ import annotations

import re
import textwrap


def markdown(text: str) -> str:
    """Convert a docstring to Markdown, with formulas in code blocks."""
    return "\n\n".join(map(_block, text.split("\n\n")))


def is_formula(block: str) -> bool:
    """Return whether a block of a docstring is a formula: it is indented, or does not end like a sentence.

    `inspect.getdoc` strips the indentation of a formula that is the only block after the first line.
    """
    return block.startswith(" ") or not block.endswith((".", ":"))


def _block(block: str) -> str:
    if is_formula(block):
        return f"```text\n{textwrap.dedent(block)}\n```"
    parts = " ".join(block.split("\n")).split("`")
    parts[::2] = [re.sub(r"[\\*<\[]", r"\\\g<0>", prose) for prose in parts[::2]]
    return "`".join(parts)
