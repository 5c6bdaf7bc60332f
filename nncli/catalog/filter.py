"""The language of `nncli runs --filter`: comparisons of keys with values, joined by `and`, `or` and `not`.

any        = all {"or" all}
all        = one {"and" one}
one        = "not" one | "(" any ")" | key ("<" | "<=" | ">" | ">=" | "=" | "!=") value
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
from nncli.store.run import ENDED
from nncli.text import quote

Predicate: TypeAlias = Callable[[Record], bool]

LONGEST, MAX_DEPTH = 10_000, 50
TOKEN = re.compile(
    r"""\s*(?:(?P<mark>[()])|(?P<operator><=|>=|!=|==|<|>|=)|"(?P<double>[^"]*)"|'(?P<single>[^']*)'"""
    r"""|(?P<word>[^\s()<>=!"']+)|(?P<end>\Z)|(?P<wrong>.))""",
    re.DOTALL,
)
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
STATUSES = ("running", "lost", *ENDED)
ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
EXAMPLE = "as in 'loss<0.01 and optimizer.type=adam'"


class Token(NamedTuple):
    """A piece of the text: `kind` is word, quoted, operator, mark or end; `at` counts characters from 1."""

    kind: str
    text: str
    at: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else quote(self.text, 80)


def compiled(text: str, keys: Keys) -> Predicate:
    """The filter as a function of a record. Raises UsageError that says at which character what is wrong."""
    return _Parser(_tokens(text), keys).whole()


def _tokens(text: str) -> list[Token]:
    if len(text) > LONGEST:
        raise UsageError(f"is longer than {LONGEST:,} characters", place="--filter")
    found = []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or "end"
        at = match.start(kind) + 1
        if kind == "wrong":
            what = "a quotation is not closed" if match[kind] in "'\"" else f'"{printable(match[kind])}" means nothing'
            raise UsageError(f"{what} here", place=_place(at), hint=EXAMPLE)
        if kind in ("double", "single"):
            found.append(Token("quoted", match[kind], at - 1))
        else:
            found.append(Token(kind, "=" if match[kind] == "==" else match[kind], at))
        if kind == "end":
            break
    return found


def _place(at: int) -> str:
    return f"--filter, character {at}"


class _Parser:
    """Reads tokens from left to right, one method a rule of the grammar."""

    def __init__(self, tokens: Sequence[Token], keys: Keys) -> None:
        self.tokens = tokens
        self.keys = keys
        self.next = 0
        self.depth = 0

    def whole(self) -> Predicate:
        """The text from its beginning to its end."""
        found = self._any()
        if self.tokens[self.next].kind != "end":
            self._expected("`and`, `or` or the end")
        return found

    def _any(self) -> Predicate:
        parts = [self._all()]
        while self._takes("word", "or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda record: any(part(record) for part in parts)

    def _all(self) -> Predicate:
        parts = [self._one()]
        while self._takes("word", "and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda record: all(part(record) for part in parts)

    def _one(self) -> Predicate:
        start = self.tokens[self.next]
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise UsageError(f"is nested deeper than {MAX_DEPTH} times", place=_place(start.at))
        if self._takes("word", "not"):
            inner = self._one()
            found: Predicate = lambda record: not inner(record)  # noqa: E731
        elif self._takes("mark", "("):
            found = self._any()
            if not self._takes("mark", ")"):
                self._expected(f'`and`, `or` or the ")" that closes character {start.at}')
        else:
            found = self._comparison()
        self.depth -= 1
        return found

    def _comparison(self) -> Predicate:
        key = self._token("the name of a figure, field or setting", "word")
        sign = self._token("<, <=, >, >=, = or !=", "operator")
        value = self._token("a value", "word", "quoted")
        return _comparison(key, sign.text, value, self.keys)

    def _takes(self, kind: str, text: str) -> bool:
        token = self.tokens[self.next]
        if token.kind == kind and token.text.lower() == text:
            self.next += 1
            return True
        return False

    def _token(self, what: str, *kinds: str) -> Token:
        token = self.tokens[self.next]
        if token.kind not in kinds or (token.kind == "word" and token.text.lower() in ("and", "or", "not")):
            self._expected(what)
        self.next += 1
        return token

    def _expected(self, what: str) -> NoReturn:
        token = self.tokens[self.next]
        raise UsageError(f"expected {what}, not {token}", place=_place(token.at), hint=EXAMPLE)


def _comparison(key: Token, sign: str, value: Token, keys: Keys) -> Predicate:
    """A comparison as numbers where both are, else as text; of a run without a value only `!=` and `= null` hold."""
    read = keys.reader(key.text, _place(key.at))
    number = _number(value)
    if sign in ORDERS and number is None and keys.is_numeric(read):
        raise UsageError(f"{printable(key.text)} is a number, and {value} is none", place=_place(value.at))
    if key.text == "status" and value.text not in STATUSES:
        near = get_close_matches(value.text[:80], STATUSES, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(STATUSES)}"
        raise UsageError(f"there is no status {value}", place=_place(value.at), hint=hint)
    compare = ORDERS.get(sign, operator.eq)
    is_null = value == ("word", "null", value.at)

    def meets(found: Any) -> bool:
        if found is None or is_null:
            return found is None and is_null and compare is operator.eq
        if type(found) in (int, float):
            return number is not None and bool(compare(found, number))
        return bool(compare(compact(found), value.text))

    def holds(record: Record) -> bool:
        # As on the command line, a run may be meant by a part of its name: `name=sine`.
        values = [record.name, record.folder] if key.text == "name" else [read(record)]
        return any(map(meets, values)) is not (sign == "!=")

    return holds


def _number(value: Token) -> float | None:
    if value.kind != "word" or not NUMBER.fullmatch(value.text):
        return None
    return int(value.text) if value.text.isdigit() and len(value.text) < 19 else float(value.text)
