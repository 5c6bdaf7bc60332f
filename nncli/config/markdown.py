"""Docstrings as Markdown, for editors."""

from __future__ import annotations

import re
import textwrap


def markdown(text: str) -> str:
    """Convert a docstring to Markdown, with formulas in code blocks."""
    return "\n\n".join(map(_block, text.split("\n\n")))


def _block(block: str) -> str:
    # `inspect.getdoc` strips the indent of a formula at the end of a docstring, but only prose ends with a full stop.
    if block.startswith("    ") or not block.endswith((".", ":")):
        return f"```text\n{textwrap.dedent(block)}\n```"
    parts = " ".join(block.split("\n")).split("`")
    parts[::2] = [re.sub(r"[\\*<\[]", r"\\\g<0>", prose) for prose in parts[::2]]
    return "`".join(parts)
