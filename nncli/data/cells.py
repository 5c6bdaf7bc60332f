"""The cells of a table column in little memory: as codes of a few different texts, or as numbers."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import numpy as np

from nncli.arrays import Array
from nncli.data.convert import Converter, Numbers
from nncli.data.dialect import Dialect
from nncli.data.numbers import to_numbers
from nncli.data.table_rows import ConvertRows
from nncli.data.values import LARGEST, category_of

LEADING_ZERO = re.compile(r"[+-]?0\d+", re.ASCII)
POSSIBLE_ZERO = re.compile(r"\s|0\d|[+-]0")  # the first two characters of a text with a leading zero
LONG_NUMBER = 100_000
MAX_TEXTS = 1001  # different texts of a column that is kept as codes: one more than a target may have classes


class Cells(ABC):
    """The texts of a column, one for each row. A cell is present unless its text stands for a missing value."""

    name: str
    dialect: Dialect

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of rows."""

    @property
    @abstractmethod
    def missing(self) -> Array:
        """Which cells are missing (n,)."""

    @property
    def present(self) -> int:
        """The number of present cells."""
        return len(self) - int(self.missing.sum())

    @property
    @abstractmethod
    def words(self) -> int:
        """The number of present cells that are not numbers."""

    @abstractmethod
    def numbers(self) -> Array:
        """Return the cells as float64 (n,), NaN where one is not a finite number of at most LARGEST in magnitude."""

    @abstractmethod
    def different(self) -> set[str] | int:
        """Return the different texts of present cells without white space around them; if too many, their number."""

    @property
    def different_count(self) -> int:
        """The number of different present texts."""
        different = self.different()
        return different if isinstance(different, int) else len(different)

    @property
    def count_rows(self) -> bool:
        """True if the numbers rise by 1 from row to row, or are long and rise, as numbers of orders do."""
        numbers = self.numbers()
        steps = np.diff(numbers)
        return bool((steps == 1).all() or ((steps > 0).all() and numbers[0] >= LONG_NUMBER))

    @abstractmethod
    def missing_texts(self) -> set[str]:
        """Return the different texts of missing cells."""

    @property
    @abstractmethod
    def has_leading_zeros(self) -> bool:
        """True if a cell has a leading zero, as codes have (`007`), and no cell is a number with a fraction."""

    @abstractmethod
    def odd_texts(self) -> list[str]:
        """Return the different texts that are not numbers of usual size."""

    @property
    def are_whole(self) -> bool:
        """True if all present cells that are numbers are whole."""
        numbers = self.numbers()
        finite = np.isfinite(numbers)
        return finite.sum() == self.present - self.words and not np.any(numbers[finite] % 1)

    @abstractmethod
    def first(self, test: Callable[[str], bool]) -> int | None:
        """Return the first row whose cell is present and passes a test that no number of usual size passes."""

    @abstractmethod
    def text(self, row: int) -> str:
        """Return the text of a row, without white space around it."""

    @abstractmethod
    def take(self, rows: Array) -> Cells:
        """Return the cells of some rows."""

    @abstractmethod
    def convert(self, converter: Converter) -> tuple[ConvertRows, Sequence[int]]:
        """Return a function that converts some rows, and the rows that cannot be converted."""


class CodedCells(Cells):
    """Cells with few different texts."""

    def __init__(self, name: str, dialect: Dialect, codes: Array, texts: Sequence[str]) -> None:
        self.name = name
        self.dialect = dialect
        self.codes = codes  # (n,), indices into texts
        self.texts = texts

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def missing(self) -> Array:
        return self._which(self.dialect.is_missing)

    @property
    def words(self) -> int:
        return int(self._which(self.dialect.is_word).sum())

    @property
    def has_leading_zeros(self) -> bool:
        used = [self.texts[code] for code in np.unique(self.codes)]
        return has_leading_zeros(used) and not has_fractions(self.numbers())

    def numbers(self) -> Array:
        numbers, _ = usual_numbers(self.texts, self.dialect)
        return numbers[self.codes]

    def different(self) -> set[str] | int:
        return {text for code in np.unique(self.codes) if not self.dialect.is_missing(text := self.texts[code].strip())}

    def missing_texts(self) -> set[str]:
        used = (self.texts[code].strip() for code in np.unique(self.codes))
        return {text for text in used if self.dialect.is_missing(text)}

    def odd_texts(self) -> list[str]:
        _, others = usual_numbers(self.texts, self.dialect)
        return [self.texts[code] for code in others.tolist()]

    def first(self, test: Callable[[str], bool]) -> int | None:
        rows = np.flatnonzero(self._which(lambda text: not self.dialect.is_missing(text) and test(text.strip())))
        return int(rows[0]) if len(rows) else None

    def text(self, row: int) -> str:
        return str(self.texts[self.codes[row]]).strip()

    def take(self, rows: Array) -> CodedCells:
        return CodedCells(self.name, self.dialect, self.codes[rows], self.texts)

    def convert(self, converter: Converter) -> tuple[ConvertRows, Sequence[int]]:
        array, wrong = converter.convert(self.texts)
        wrong_rows = np.flatnonzero(np.isin(self.codes, wrong)).tolist() if wrong else []
        return lambda rows, inputs=None: _some(array, inputs)[self.codes[rows]], wrong_rows

    def _which(self, test: Callable[[str], bool]) -> Array:
        return np.array([test(text) for text in self.texts], bool)[self.codes]


class NumberCells(Cells):
    """Cells that are numbers, but for some `others`, whose texts are kept by their row."""

    def __init__(
        self, name: str, dialect: Dialect, numbers: Array, others: dict[int, str], *, leading_zeros: bool
    ) -> None:
        self.name = name
        self.dialect = dialect
        self._leading_zeros = leading_zeros
        self._numbers = numbers
        self._others = others

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def missing(self) -> Array:
        mask = np.zeros(len(self), bool)
        mask[[row for row, text in self._others.items() if self.dialect.is_missing(text)]] = True
        return mask

    @property
    def words(self) -> int:
        return sum(map(self.dialect.is_word, self._others.values()))

    @property
    def has_leading_zeros(self) -> bool:
        return self._leading_zeros and not has_fractions(self._numbers)

    def numbers(self) -> Array:
        return self._numbers

    def different(self) -> set[str] | int:
        numbers = np.unique(self._numbers[np.isfinite(self._numbers)])
        others = {text.strip() for text in self._others.values() if not self.dialect.is_missing(text)}
        if len(numbers) + len(others) > MAX_TEXTS:
            return len(numbers) + len(others)
        return others | {category_of(number) for number in numbers.tolist()}

    def missing_texts(self) -> set[str]:
        return {text.strip() for text in self._others.values() if self.dialect.is_missing(text)}

    def odd_texts(self) -> list[str]:
        return list(set(self._others.values()))

    def first(self, test: Callable[[str], bool]) -> int | None:
        others = (row for row, text in self._others.items() if not self.dialect.is_missing(text) and test(text.strip()))
        return next(others, None)

    def text(self, row: int) -> str:
        return self._others[row].strip() if row in self._others else category_of(float(self._numbers[row]))

    def take(self, rows: Array) -> NumberCells:
        place = {int(row): place for place, row in enumerate(rows)} if self._others else {}
        others = {place[row]: text for row, text in self._others.items() if row in place}
        return NumberCells(self.name, self.dialect, self._numbers[rows], others, leading_zeros=self._leading_zeros)

    def convert(self, converter: Converter) -> tuple[ConvertRows, Sequence[int]]:
        if isinstance(converter, Numbers):
            wrong = [row for row, text in self._others.items() if not converter.accepts_missing(text)]
            return lambda rows, inputs=None: self._numbers[rows, None], wrong
        array, wrong_rows = converter.convert(list(map(self.text, range(len(self)))))
        return lambda rows, inputs=None: _some(array[rows], inputs), wrong_rows


def _some(array: Array, inputs: Array | None) -> Array:
    return array if inputs is None else array[:, inputs]


def has_leading_zeros(texts: Sequence[str]) -> bool:
    """Return whether a text is a whole number with a leading zero."""
    # The starts of texts are few, and mostly enough to exclude it.
    if not any(map(POSSIBLE_ZERO.match, {text[:2] for text in texts})):
        return False
    return any("0" in text.lstrip()[:2] and LEADING_ZERO.fullmatch(text.strip()) for text in texts)


def has_fractions(numbers: Array) -> bool:
    """Return whether a number is not whole."""
    return bool(np.any(numbers % 1 > 0))


def usual_numbers(texts: Sequence[str], dialect: Dialect) -> tuple[Array, Array]:
    """Return texts as numbers (n,), NaN unless finite and at most LARGEST in magnitude, and the rows of NaN."""
    return to_numbers(texts, dialect, largest=LARGEST)
