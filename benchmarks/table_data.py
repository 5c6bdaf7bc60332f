"""Write the data of the benchmark `tables`: `python -m benchmarks.table_data csv | npz FILE ROWS`.

It runs in its own process, whose memory would otherwise count as that of the commands started after it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

NAMES = [*(f"n{i}" for i in range(9)), "colour", "place", "kind"]
COLOURS, PLACES, KINDS = ("red", "green", "blue"), tuple(f"place {i}" for i in range(20)), ("low", "middle", "high")
FORMAT = ",".join(["%.6g"] * 7 + ["%d"] * 2 + ["%s"] * 3) + "\n"
INPUTS = 128
ROWS_AT_ONCE = 10_000


def write_csv(path: str, rows: int) -> None:
    """Write 9 numbers, 2 categories and one of 3 classes, which follows from the others with noise."""
    random = np.random.default_rng(0)
    with Path(path).open("w") as file:
        file.write(",".join(NAMES) + "\n")
        for start in range(0, rows, ROWS_AT_ONCE):
            count = min(ROWS_AT_ONCE, rows - start)
            numbers = random.normal(size=(count, 7)) * 10.0 ** np.arange(-3, 4)
            wholes = random.integers(0, 100_000, (count, 2))
            colours, places = random.integers(0, 3, count), random.integers(0, 20, count)
            score = numbers[:, 3] + numbers[:, 4] / 10 + colours + np.where(places < 10, 1, -1)
            kinds = np.digitize(score + random.normal(size=count), [0, 2])
            texts = ((COLOURS[i], PLACES[j], KINDS[k]) for i, j, k in zip(colours, places, kinds, strict=True))
            file.writelines(
                FORMAT % (*a, *b, *c) for a, b, c in zip(numbers.tolist(), wholes.tolist(), texts, strict=True)
            )


def write_npz(path: str, rows: int) -> None:
    """Write ten noisy clusters of INPUTS numbers in float32."""
    random = np.random.default_rng(0)
    centres = random.normal(size=(10, INPUTS)).astype(np.float32) / 4
    y = random.integers(0, 10, rows)
    x = np.empty((rows, INPUTS), np.float32)
    for start in range(0, rows, ROWS_AT_ONCE):
        block = x[start : start + ROWS_AT_ONCE]
        random.standard_normal(out=block, dtype=np.float32)
        block += centres[y[start : start + ROWS_AT_ONCE]]
    np.savez(path, x=x, y=y)


if __name__ == "__main__":
    {"csv": write_csv, "npz": write_npz}[sys.argv[1]](sys.argv[2], int(sys.argv[3]))
