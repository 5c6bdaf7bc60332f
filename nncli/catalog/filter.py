"""The language of `nncli runs --filter`: comparisons of keys with values, combined with `and`, `or` and `not`.

filter     = all {"or" all}
all        = term {"and" term}
term       = "not" term | "(" filter ")" | key ("<" | "<=" | ">" | ">=" | "=" | "!=") value
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, NoReturn, TypeAlias

from nncli.catalog.keys import Keys
from nncli.catalog.record import Record
from nncli.errors import UsageError
from nncli.escaping import printable
from nncli.settings import compact
from nncli.store.run import ENDED, VERDICTS
from nncli.text import quote

Predicate: TypeAlias = Callable[[Record], bool]

MAX_LENGTH, MAX_DEPTH = 10_000, 50
TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[()])|(?P<operator><=|>=|!=|==|<|>|=)|"(?P<double>[^"]*)"|'(?P<single>[^']*)'"""
    r"""|(?P<word>[^\s()<>=!"']+)|(?P<end>\Z)|(?P<wrong>.))""",
    re.DOTALL,
)
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
STATUSES = ("running", "lost", *ENDED)
ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
EXAMPLE = "write it like 'loss<0.01 and optimizer.type=adam'"


class Token(NamedTuple):
    """A piece of the text: `kind` is word, quoted, operator, mark or end; `position` counts characters from 1."""

    kind: str
    text: str
    position: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else quote(self.text, 80)


def compile_filter(text: str, keys: Keys) -> Predicate:
    """Return the filter as a function of a record. Raises UsageError with the character at which the text is wrong."""
    return _Parser(_tokens(text), keys).parse()


def _tokens(text: str) -> list[Token]:
    if len(text) > MAX_LENGTH:
        raise UsageError(f"must be at most {MAX_LENGTH:,} characters long", place="--filter")
    tokens = []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or "end"
        position = match.start(kind) + 1
        if kind == "wrong":
            quoted = f'"{printable(match[kind])}"'
            message = "a quotation mark is never closed" if match[kind] in "'\"" else f"unexpected {quoted}"
            raise UsageError(message, place=_place(position), hint=EXAMPLE)
        if kind in ("double", "single"):
            tokens.append(Token("quoted", match[kind], position - 1))
        else:
            tokens.append(Token(kind, "=" if match[kind] == "==" else match[kind], position))
        if kind == "end":
            break
    return tokens


def _place(position: int) -> str:
    return f"--filter, character {position}"


class _Parser:
    """A recursive descent parser, with one method for each rule of the grammar."""

    def __init__(self, tokens: Sequence[Token], keys: Keys) -> None:
        self.tokens = tokens
        self.keys = keys
        self.next = 0
        self.depth = 0

    def parse(self) -> Predicate:
        """Parse the complete text."""
        predicate = self._filter()
        if self.tokens[self.next].kind != "end":
            self._fail("`and`, `or` or the end")
        return predicate

    def _filter(self) -> Predicate:
        parts = [self._all()]
        while self._accept("word", "or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda record: any(part(record) for part in parts)

    def _all(self) -> Predicate:
        parts = [self._term()]
        while self._accept("word", "and"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else lambda record: all(part(record) for part in parts)

    def _term(self) -> Predicate:
        start = self.tokens[self.next]
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UsageError(f"must be nested at most {MAX_DEPTH} levels deep", place=_place(start.position))
        if self._accept("word", "not"):
            inner = self._term()
            predicate: Predicate = lambda record: not inner(record)  # noqa: E731
        elif self._accept("mark", "("):
            predicate = self._filter()
            if not self._accept("mark", ")"):
                self._fail(f'`and`, `or` or the ")" that closes character {start.position}')
        else:
            predicate = self._comparison()
        self.depth -= 1
        return predicate

    def _comparison(self) -> Predicate:
        key = self._expect("the name of a metric, field or setting", "word")
        sign = self._expect("<, <=, >, >=, = or !=", "operator")
        value = self._expect("a value", "word", "quoted")
        return _comparison(key, sign.text, value, self.keys)

    def _accept(self, kind: str, text: str) -> bool:
        token = self.tokens[self.next]
        if token.kind == kind and token.text.lower() == text:
            self.next += 1
            return True
        return False

    def _expect(self, description: str, *kinds: str) -> Token:
        token = self.tokens[self.next]
        if token.kind not in kinds or (token.kind == "word" and token.text.lower() in ("and", "or", "not")):
            self._fail(description)
        self.next += 1
        return token

    def _fail(self, expected: str) -> NoReturn:
        token = self.tokens[self.next]
        raise UsageError(f"expected {expected}, not {token}", place=_place(token.position), hint=EXAMPLE)


def _comparison(key: Token, sign: str, value: Token, keys: Keys) -> Predicate:
    """Compare as numbers if both are numbers, else as text; a run without the value meets only `!=` and `= null`."""
    read = keys.reader(key.text, _place(key.position))
    number = _number(value)
    if sign in ORDERS and number is None and keys.is_numeric(read):
        message = f"{printable(key.text)} must be compared with a number, not {value}"
        raise UsageError(message, place=_place(value.position))
    names = {"status": STATUSES, "verdict": (*VERDICTS, "null")}.get(key.text)
    if names is not None and value.text not in names:
        near = get_close_matches(value.text[:80], names, 1)
        hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(names)}"
        raise UsageError(f"unknown {key.text} {value}", place=_place(value.position), hint=hint)
    compare = ORDERS.get(sign, operator.eq)
    is_null = value == ("word", "null", value.position)

    def meets(actual: Any) -> bool:
        if actual is None or is_null:
            return actual is None and is_null and compare is operator.eq
        if type(actual) in (int, float):
            return number is not None and bool(compare(actual, number))
        return bool(compare(compact(actual), value.text))

    def predicate(record: Record) -> bool:
        # As on the command line, the folder is enough to name a run: `name=sine`.
        values = [record.name, record.folder] if key.text == "name" else [read(record)]
        return any(map(meets, values)) is not (sign == "!=")

    return predicate


def _number(value: Token) -> float | None:
    if value.kind != "word" or not NUMBER.fullmatch(value.text):
        return None
    return int(value.text) if value.text.isdigit() and len(value.text) < 19 else float(value.text)
