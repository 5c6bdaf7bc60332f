"""The dialect of a CSV table: how columns are separated, and how numbers and missing values are written."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

from nncli.text import quote

Separator: TypeAlias = Literal["auto", ",", ";", "tab", "|"]
Decimal: TypeAlias = Literal[".", ","]
Thousands: TypeAlias = Literal[",", ".", " ", "'"]

SEPARATORS: dict[str, str] = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
MISSING = ("", "?", "na", "n/a", "nan", "null", "none")  # in any case
SPACES = "[ \u00a0\u2009\u202f]"  # those that separate thousands: also no-break and thin spaces
SYMBOLS = "%$€£¥₹°"
MOST = 0.9  # share of the texts that an option must turn into numbers to be suggested


@dataclass(frozen=True)
class Dialect:
    """The settings of a table for its texts."""

    separator: str | None = None  # None: the one that fits the first lines
    decimal: str = "."
    thousands: str = ""
    symbols: tuple[str, ...] = ()
    missing: tuple[str, ...] = MISSING  # in lower case
    numbers: bool = True  # False: no text is a number, as in a column of JSON strings

    def number(self, text: str) -> float:
        """Return the number that a text stands for. Raises ValueError if it is not a number."""
        if not self.numbers:
            raise ValueError(text)
        if self.is_plain:
            if "_" in text:  # which Python allows between digits
                raise ValueError(text)
            return float(text)
        match = self._pattern.fullmatch(text.strip())
        if match is None:
            number = float(text)
            if math.isfinite(number):
                raise ValueError(text)
            return number  # inf or nan
        digits = match["digits"]
        if self.thousands:
            digits = re.sub(self._thousands, "", digits)
        return float(f"{match['sign']}{digits.replace(self.decimal, '.')}")

    def is_number(self, text: str) -> bool:
        """Return whether a text is a number, finite or not."""
        try:
            self.number(text)
        except ValueError:
            return False
        return True

    def is_missing(self, value: Any) -> bool:
        """Return whether a value stands for a missing one."""
        if value is None:
            return True
        if not isinstance(value, str):
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and (value in self.missing_numbers or (value != value and "nan" in self._missing_texts))
        text = value.strip().lower()
        if text in self._missing_texts:
            return True
        return bool(self.missing_numbers) and self.is_number(text) and self.number(text) in self.missing_numbers

    def is_word(self, text: str) -> bool:
        """Return whether a text is present and not a number."""
        return not self.is_number(text) and not self.is_missing(text)

    def suggest(self, texts: Iterable[str]) -> str:
        """Return a hint with the settings by which most of the texts would be numbers, or an empty string."""
        hints = [
            " and ".join(f"`{name}: {_yaml(value)}`" for name, value in each.items()) for each in self.fitting(texts)
        ]
        return f"add {' or '.join(hints[:2])} under `data:` to read such numbers" if hints else ""

    def fitting(self, texts: Iterable[str]) -> list[dict[str, Any]]:
        """Return other settings by which most of the texts that are not numbers would be numbers.

        Settings are left out if fewer of them are enough.
        """
        words = [text.strip() for text in texts if self.is_word(text)]
        symbols = tuple(symbol for symbol in SYMBOLS if any(symbol in word for word in words))
        alternatives: list[dict[str, Any]] = [
            {"thousands": ","},
            {"decimal": ","},
            {"thousands": " "},
            {"thousands": "'"},
            {"thousands": ".", "decimal": ","},
            {"thousands": " ", "decimal": ","},
        ]
        if self.decimal == ",":
            alternatives = [{"decimal": "."}, *({"decimal": ".", **each} for each in alternatives)]
        if symbols:
            symbols = tuple(dict.fromkeys((*self.symbols, *symbols)))
            alternatives = [{"symbols": symbols}, *({"symbols": symbols, **each} for each in alternatives)]
        fitting = [each for each in alternatives if words and self.with_settings(each).reads(words)]
        return [each for each in fitting if not any(other.items() < each.items() for other in fitting)]

    def reads(self, texts: Sequence[str]) -> bool:
        """Return whether most of the texts that are not missing are numbers."""
        present = [text for text in texts if not self.is_missing(text)]
        return sum(map(self.is_number, present)) >= MOST * len(present)

    def with_settings(self, settings: Mapping[str, Any]) -> Dialect:
        """Return the dialect with other settings for numbers."""
        return replace(self, **{"decimal": ".", "thousands": "", "symbols": (), **settings})

    @property
    def is_plain(self) -> bool:
        """True if numbers are written as in Python."""
        return self.numbers and self.decimal == "." and not self.thousands and not self.symbols

    @property
    def _thousands(self) -> str:
        return SPACES if self.thousands == " " else re.escape(self.thousands)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        point = re.escape(self.decimal)
        whole = rf"[0-9]{{1,3}}(?:{self._thousands}[0-9]{{3}})+|[0-9]+" if self.thousands else "[0-9]+"
        symbol = f"(?:{'|'.join(map(re.escape, self.symbols))})?" if self.symbols else ""
        digits = f"(?P<digits>(?:(?:{whole})(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?)"
        return re.compile(rf"{symbol}\s*(?P<sign>[+-]?){symbol}\s*{digits}\s*{symbol}")

    @cached_property
    def _missing_texts(self) -> frozenset[str]:
        return frozenset({"", *self.missing})

    @cached_property
    def missing_numbers(self) -> frozenset[float]:
        return frozenset(float(text) for text in self.missing if _is_plain_number(text))


PLAIN = Dialect()


def _yaml(value: str | tuple[str, ...]) -> str:
    return quote(value) if isinstance(value, str) else f"[{', '.join(map(quote, value))}]"


def _is_plain_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def detect_separator(lines: Sequence[str], decimal: str = ".") -> str:
    """Return the separator that gives the lines the same number of columns: the most; a comma in doubt.

    A decimal comma is a separator only if no other one fits.
    """
    others = {separator: _column_count(lines, separator) for separator in SEPARATORS if separator != ","}
    commas, most = _column_count(lines, ","), max(others.values())
    if most < 2 or (decimal != "," and commas >= most):
        return ","
    return next(separator for separator, count in others.items() if count == most)


def _column_count(lines: Sequence[str], separator: str) -> int:
    """Return the number of columns that all lines have, without those of empty fields, or 0 if it differs."""
    widths = set[int]()
    try:
        records = csv.reader(lines, delimiter=separator, strict=True)
        widths.update(len(fields) for fields in records if any(map(str.strip, fields)))
    except csv.Error as error:
        if "unexpected end" not in str(error):  # the last quoted field ends in a later line
            return 0
    return widths.pop() if len(widths) == 1 else 0
