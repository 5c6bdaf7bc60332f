"""Docstrings of components as Markdown, which editors render."""

from __future__ import annotations

import re
import textwrap


def markdown(text: str) -> str:
    """Return a docstring as Markdown, the formulas in blocks of code."""
    return "\n\n".join(map(_block, text.split("\n\n")))


def _block(block: str) -> str:
    # `inspect.getdoc` takes the indent off a formula that nothing follows, but only prose ends in a full stop.
    if block.startswith("    ") or not block.endswith((".", ":")):
        return f"```text\n{textwrap.dedent(block)}\n```"
    parts = " ".join(block.split("\n")).split("`")
    parts[::2] = [re.sub(r"[\\*<\[]", r"\\\g<0>", prose) for prose in parts[::2]]
    return "`".join(parts)
