"""The tree of an experiment file: plain values, each with the place where it was written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from nncli.text import shorten

Scalar: TypeAlias = str | int | float | bool | None

# Beyond this, not every integer has a float of its own, so a float does not tell which integer was meant.
EXACT_INTEGERS = 2**53


class Place(NamedTuple):
    """The place of a value: line and column (from 1) in a file, or, without a line, an argument or a whole file."""

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        source = shorten(self.source, limit=200)
        return f"{source}:{self.line}:{self.column}" if self.line else source


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place; nodes may be shared, so do not change `value` in place."""

    value: Scalar | dict[str, Entry] | list[Node]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """The value under a key of a mapping, with the place of the key."""

    place: Place
    node: Node


def plain(node: Node) -> Any:
    """Return a tree as dicts, lists and scalars; a whole float becomes an integer, so that `1e4` passes as one."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(entry.node) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_INTEGERS:
        return int(value)
    return value


def locate(node: Node, path: Sequence[str | int], key: bool = False) -> Place:
    """Return the place of the deepest existing node along a path; with `key`, that of the last key if it exists."""
    place = node.place
    for depth, part in enumerate(path, start=1):
        value = node.value
        if isinstance(value, dict) and str(part) in value:
            entry = value[str(part)]
            node, place = entry.node, entry.place if key and depth == len(path) else entry.node.place
        elif isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
            node = value[part]
            place = node.place
        else:
            break
    return place


def kind(node: Node) -> str:
    """Return the words that a message uses for the value of a node."""
    match node.value:
        case None:
            return "null"
        case dict():
            return "a mapping"
        case list():
            return "a list"
        case str():
            return "text"
        case bool():
            return "true or false"
        case _:
            return "a number"
