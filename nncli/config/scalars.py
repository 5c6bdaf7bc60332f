"""What unquoted text stands for: the one table that the reader and the writer share."""

from __future__ import annotations

import re
from collections.abc import Callable

from nncli.config.nodes import Scalar

MERGE_KEY = "<<"  # as a key, YAML 1.1 would merge what it holds; no text for the reader, so quoted by the writer
# Python takes quadratic time over the digits of an integer, and refuses beyond some thousands.
MAX_NUMBER_LENGTH = 400


def _integer(text: str) -> int:
    return int(text, {"0x": 16, "0o": 8}.get(text[:2], 10))


def _real(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


# YAML 1.2's core schema, https://yaml.org/spec/1.2.2/#103-core-schema. What no pattern matches is text.
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
    """The scalar that unquoted text stands for; raises ValueError where a number is absurdly long."""
    for pattern, convert in PLAIN_SCALARS.values():
        if pattern.match(text):
            digits = len(text)
            if digits <= MAX_NUMBER_LENGTH:
                value = convert(text)
                digits = len(str(value))  # a hexadecimal number is longer once it is written in decimal
            if digits > MAX_NUMBER_LENGTH:
                raise ValueError(f"a number has {digits:,} characters; {MAX_NUMBER_LENGTH} is the limit")
            return value
    return text
