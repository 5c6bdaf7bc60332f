"""Find numbers that stand for missing values, such as -200 in a column of concentrations."""

from __future__ import annotations

import numpy as np

from nncli.arrays import Array
from nncli.data.table import Table

SENTINELS = (-200, -999, -9999, -99999, 999, 9999, 99999)
MIN_COUNT, MIN_SHARE = 3, 0.01
MIN_OTHERS = 3


def find_sentinels(table: Table) -> dict[int, list[str]]:
    """Return the numbers that mean missing, each with the columns in which it is frequent.

    A number is one of SENTINELS and

    - far from the others in every column of numbers that holds it: negative among at least MIN_OTHERS different numbers
      that are not, or farther from the nearest one than their smallest is from their largest;
    - frequent in at least one column: MIN_COUNT times and in MIN_SHARE of the rows.
    """
    columns = {name: cells.numbers() for name, cells in table.columns.items() if 2 * cells.words <= cells.present}
    sentinels = dict[int, list[str]]()
    for value in SENTINELS:
        holding = {name: numbers for name, numbers in columns.items() if (numbers == value).any()}
        frequent = [name for name, numbers in holding.items() if _is_frequent(numbers, value)]
        if frequent and all(_is_far(numbers, value) for numbers in holding.values()):
            sentinels[value] = frequent
    return sentinels


def _is_frequent(numbers: Array, value: int) -> bool:
    count = int((numbers == value).sum())
    return count >= max(MIN_COUNT, MIN_SHARE * len(numbers))


def _is_far(numbers: Array, value: int) -> bool:
    others = numbers[np.isfinite(numbers) & (numbers != value)]
    if len(np.unique(others)) < MIN_OTHERS:
        return False
    low, high = float(others.min()), float(others.max())
    gap = max(low - value, value - high)  # negative if the value is between others
    return gap > high - low or value < 0 <= low
