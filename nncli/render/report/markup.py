"""Build HTML. Every string that is not Markup is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TypeAlias

from nncli.escaping import printable
from nncli.render.console import format_value


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


Content: TypeAlias = "Markup | str | Iterable[Markup | str]"


def tag(name: str, *children: Content, **attributes: str) -> Markup:
    """Return an element. A trailing underscore is removed from the names of attributes, as in `class_`."""
    rendered = "".join(f' {key.rstrip("_").replace("_", "-")}="{_text(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{rendered}>{join(*children)}</{name}>")


def join(*children: Content) -> Markup:
    """Join pieces of content."""
    pieces = ([child] if isinstance(child, str) else child for child in children)
    return Markup("".join(piece if isinstance(piece, Markup) else _text(piece) for part in pieces for piece in part))


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], *, head: bool = True) -> Markup:
    """Return a table with numbers aligned to the right. The first cell of a row is its header. Wide tables scroll."""
    right = [any(map(_is_number, cells)) for cells in zip(*rows, strict=True)] or [False] * len(columns)
    names = [
        tag("th", column, scope="col", class_="number" if is_right and number else "name")
        for number, (column, is_right) in enumerate(zip(columns, right, strict=True))
    ]
    header = tag("thead", tag("tr", names)) if head else ""
    body = tag("tbody", [tag("tr", [_cell(cell, first=n == 0) for n, cell in enumerate(row)]) for row in rows])
    return tag("div", tag("table", header, body), class_="wide", tabindex="0")


def _cell(value: object, *, first: bool) -> Markup:
    content = value if isinstance(value, Markup) else format_value(value)
    if first:
        return tag("th", content, scope="row")
    return tag("td", content, class_="number") if _is_number(value) else tag("td", content)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _text(words: str) -> str:
    """Escape text. Invisible characters are shown as escape sequences; line breaks stay."""
    return escape("\n".join(printable(line) for line in words.split("\n")))
