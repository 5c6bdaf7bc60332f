"""Detect slips that are valid YAML with another meaning: a colon without a space, a comma in a number."""

from __future__ import annotations

import re

UNSPACED = re.compile(r"([A-Za-z_]\w*):([^\s:/\\].*)", re.DOTALL)
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(,\d{3})+")
DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+([eE][-+]?\d+)?")


def with_space(text: str) -> str:
    """Return `key: value` for text like `key:value`, which YAML reads as one string; else an empty string."""
    match = UNSPACED.fullmatch(text)
    return f"{match[1]}: {match[2]}" if match else ""


def with_point(text: str) -> str:
    """Return a number written with commas as YAML writes it, such as 0.01 for `0,01`; else an empty string."""
    if THOUSANDS.fullmatch(text):
        return text.replace(",", "")
    return text.replace(",", ".") if DECIMAL_COMMA.fullmatch(text) else ""
