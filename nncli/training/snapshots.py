"""Of which epochs the weights are kept."""

from __future__ import annotations

MAX_BYTES = 8 << 20  # of all snapshots of a run together
BYTES = 4  # of a weight: float32 is enough to draw


def snapshot_epochs(epochs: int, count: int, parameters: int) -> tuple[int, ...]:
    """After how many epochs to keep the weights: about `count` numbers from 0, dense at first, to `epochs`.

        eᵢ = epochs (i / (n - 1))²        n = min(count, 8 MiB / size of the parameters)

    The first weights alone would show nothing, so a network of which two do not fit in has no snapshots.
    """
    n = min(count, MAX_BYTES // (BYTES * max(parameters, 1)))
    if n < 2:
        return ()
    return tuple(sorted({round(epochs * (i / (n - 1)) ** 2) for i in range(n)}))
