"""Choose the epochs after which snapshots of the weights are taken."""

from __future__ import annotations

MAX_BYTES = 8 << 20  # of all snapshots of a run together
BYTES_PER_WEIGHT = 4  # float32 is precise enough for figures


def snapshot_epochs(epochs: int, count: int, parameters: int) -> tuple[int, ...]:
    """Return the epochs after which to take snapshots: about `count` numbers from 0 to `epochs`, dense at first.

    They are fewer if their weights would exceed 8 MiB. A single snapshot would show nothing, so a network too large for
    two of them gets none.
    """
    n = min(count, MAX_BYTES // (BYTES_PER_WEIGHT * max(parameters, 1)))
    if n < 2:
        return ()
    return dense_at_first(epochs, n)


def dense_at_first(epochs: int, n: int) -> tuple[int, ...]:
    """Return at most n numbers from 0 to `epochs`, dense at first.

    eᵢ = epochs (i / (n - 1))²        i = 0 to n - 1, n > 1, without duplicates
    """
    return tuple(sorted({round(epochs * (i / (n - 1)) ** 2) for i in range(n)}))
