"""Build the cells of a column from pieces of a table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nncli.arrays import Array
from nncli.data.cells import MAX_TEXTS, Cells, CodedCells, NumberCells, has_fractions, has_leading_zeros, usual_numbers
from nncli.data.dialect import Dialect


class CellsBuilder:
    """Collects a column piece by piece: codes while its different texts are few, then numbers."""

    def __init__(self, name: str, dialect: Dialect) -> None:
        self.name = name
        self.dialect = dialect
        self._codes: dict[str, int] | None = {}
        self._pieces = list[Array]()
        self._others = dict[int, str]()
        self._are_whole = True  # only then do leading zeros matter
        self._leading_zeros = False
        self._count = 0

    def add(self, texts: Sequence[str]) -> None:
        """Append the texts of some rows."""
        if self._codes is not None:
            for text in set(texts) - self._codes.keys():
                self._codes[text] = len(self._codes)
            if len(self._codes) <= MAX_TEXTS:
                self._pieces.append(np.fromiter(map(self._codes.__getitem__, texts), np.int32, len(texts)))
                self._count += len(texts)
                return
            self._become_numbers()
        self._add_numbers(texts)

    def build(self) -> Cells:
        """Return the cells."""
        pieces = np.concatenate(self._pieces) if self._pieces else np.zeros(0, np.int32)
        self._pieces = []
        if self._codes is not None:
            return CodedCells(self.name, self.dialect, pieces, list(self._codes))
        return NumberCells(self.name, self.dialect, pieces, self._others, leading_zeros=self._leading_zeros)

    def _become_numbers(self) -> None:
        texts, pieces = list(self._codes or ()), self._pieces
        self._codes, self._pieces, self._count = None, [], 0
        for piece in pieces:
            self._add_numbers([texts[code] for code in piece.tolist()])

    def _add_numbers(self, texts: Sequence[str]) -> None:
        numbers, others = usual_numbers(texts, self.dialect)
        self._pieces.append(numbers)
        self._are_whole = self._are_whole and not has_fractions(numbers)
        if self._are_whole and not self._leading_zeros:
            self._leading_zeros = has_leading_zeros(texts)
        self._others.update((self._count + row, texts[row]) for row in others.tolist())
        self._count += len(texts)
