"""Resolve unquoted text to numbers, booleans and null; the reader and the writer share the table."""

from __future__ import annotations

import re
from collections.abc import Callable

from nncli.config.nodes import Scalar

MERGE_KEY = "<<"  # as a key, YAML 1.1 would merge its value; the reader rejects it, so the writer quotes it
# Python takes quadratic time to read an integer, and rejects more than a few thousand digits.
MAX_NUMBER_LENGTH = 400


def _integer(text: str) -> int:
    return int(text, {"0x": 16, "0o": 8}.get(text[:2], 10))


def _real(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


# YAML 1.2's core schema, https://yaml.org/spec/1.2.2/#103-core-schema. Anything that matches no pattern is text.
PLAIN_SCALARS: dict[str, tuple[re.Pattern[str], Callable[[str], Scalar]]] = {
    "null": (re.compile(r"(?:null|Null|NULL|~|)\Z"), lambda text: None),
    "bool": (re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), lambda text: text.lower() == "true"),
    "int": (re.compile(r"(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)\Z"), _integer),
    "float": (
        re.compile(
            r"(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
            r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z"
        ),
        _real,
    ),
}


def resolve(text: str) -> Scalar:
    """Return the scalar that unquoted text stands for. Raises ValueError if a number is too long."""
    for pattern, convert in PLAIN_SCALARS.values():
        if pattern.match(text):
            digits = len(text)
            if digits <= MAX_NUMBER_LENGTH:
                value = convert(text)
                digits = len(str(value))  # a hexadecimal number is longer in decimal
            if digits > MAX_NUMBER_LENGTH:
                raise ValueError(f"the number has {digits:,} characters; at most {MAX_NUMBER_LENGTH} are allowed")
            return value
    return text
