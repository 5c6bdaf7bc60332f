"""Snapshots: the weights after some epochs, in one file of a run, for figures and films."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from nncli.errors import NncliError
from nncli.store.arrays import DAMAGED_HINT, load_arrays, save_arrays

if TYPE_CHECKING:
    from nncli.arrays import Array
    from nncli.events import TrainingSource

EPOCHS = "epochs"  # array in the file: the number of epochs before each snapshot


class Snapshots:
    """Copy the weights after the epochs in `due`, and keep them in memory until `save`."""

    def __init__(self, path: Path, due: Collection[int]) -> None:
        self._path = path
        self._due = frozenset(due)
        self._weights: dict[int, dict[str, Array]] = {}
        self._saved = True

    def load_existing(self, epochs: int) -> None:
        """Load the snapshots of a resumed run up to `epochs`. A damaged file is ignored and later overwritten."""
        with suppress(NncliError):
            numbers, arrays = load_snapshots(self._path)
            earlier = [(i, number) for i, number in enumerate(numbers) if number <= epochs]
            self._weights = {number: {name: array[i] for name, array in arrays.items()} for i, number in earlier}

    def offer(self, epochs: int, source: TrainingSource) -> None:
        """Copy the current weights if a snapshot is due after this number of epochs."""
        if epochs in self._due and epochs not in self._weights:
            self._weights[epochs], self._saved = source.parameters(), False

    def save(self, *, sync: bool) -> None:
        """Write all snapshots if there are new ones. Raises NncliError if they cannot be written."""
        import numpy as np

        if self._saved:
            return
        numbers = sorted(self._weights)
        names = list(self._weights[numbers[0]])
        arrays = {name: np.array([self._weights[number][name] for number in numbers]) for name in names}
        save_arrays(self._path, {EPOCHS: np.array(numbers, np.int64), **arrays}, sync=sync)
        self._saved = True


def load_snapshots(path: Path) -> tuple[list[int], dict[str, Array]]:
    """Return the numbers of epochs, in increasing order, and the weights by name (snapshots, ...).

    Raises NncliError if the file is not a file of snapshots.
    """
    arrays = load_arrays(path)
    numbers = arrays.pop(EPOCHS, None)
    if numbers is None or numbers.ndim != 1 or numbers.dtype.kind != "i" or not (numbers[1:] > numbers[:-1]).all():
        raise NncliError(
            "is not a file of snapshots: its epochs are missing or not increasing", place=str(path), hint=DAMAGED_HINT
        )
    if any(array.ndim == 0 or len(array) != len(numbers) for array in arrays.values()):
        raise NncliError("is not a file of snapshots: its arrays differ in length", place=str(path), hint=DAMAGED_HINT)
    return [int(number) for number in numbers], arrays
