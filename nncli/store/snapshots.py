"""Weights of some epochs on the way, in one file of a run: what figures and films are drawn from afterwards."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from nncli.errors import NncliError
from nncli.store.arrays import load_arrays, save_arrays

if TYPE_CHECKING:
    from nncli.arrays import Array
    from nncli.events import TrainingSource

EPOCHS = "epochs"  # of the file: after how many epochs each was taken


class Snapshots:
    """Takes the weights after each number of epochs that is due; they are kept in memory until they are saved."""

    def __init__(self, path: Path, due: Collection[int]) -> None:
        self._path = path
        self._due = frozenset(due)
        self._taken: dict[int, dict[str, Array]] = {}
        self._saved = True

    def load_existing(self, epochs: int) -> None:
        """Takes up those of a run that goes on after so many epochs; none of a damaged file, which may be lost."""
        with suppress(NncliError):
            numbers, arrays = load_snapshots(self._path)
            kept = [(i, number) for i, number in enumerate(numbers) if number <= epochs]
            self._taken = {number: {name: array[i] for name, array in arrays.items()} for i, number in kept}

    def offer(self, epochs: int, source: TrainingSource) -> None:
        """Takes the weights of a source as they are now, where they are due."""
        if epochs in self._due and epochs not in self._taken:
            self._taken[epochs], self._saved = source.parameters(), False

    def save(self) -> None:
        """Writes all that were taken, where there are new ones. Raises NncliError."""
        import numpy as np

        if self._saved:
            return
        numbers = sorted(self._taken)
        names = list(self._taken[numbers[0]])
        arrays = {name: np.stack([self._taken[number][name] for number in numbers]) for name in names}
        save_arrays(self._path, {EPOCHS: np.array(numbers, np.int64), **arrays})
        self._saved = True


def load_snapshots(path: Path) -> tuple[list[int], dict[str, Array]]:
    """After how many epochs each was taken, rising, and the weights by name (snapshots, ...).

    Raises NncliError where the file is none of ours.
    """
    arrays = load_arrays(path)
    numbers = arrays.pop(EPOCHS, None)
    if numbers is None or numbers.ndim != 1 or numbers.dtype.kind != "i" or not (numbers[1:] > numbers[:-1]).all():
        raise NncliError("is not a file of snapshots: it does not say of which epochs", place=str(path))
    if any(array.ndim == 0 or len(array) != len(numbers) for array in arrays.values()):
        raise NncliError("is not a file of snapshots: its arrays differ in length", place=str(path))
    return [int(number) for number in numbers], arrays
