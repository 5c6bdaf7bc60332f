"""Compare the numbers of two runs, and decide whether rounding explains the differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from nncli.arrays import Array
from nncli.repetition.difference import Difference, relative
from nncli.repetition.rounding import Rounding
from nncli.repetition.run_numbers import Key, RunNumbers
from nncli.store.run import METRICS
from nncli.training.samples import DIGEST
from nncli.training.scoring import SAVED_TARGETS

RETRAINING_GIVES = "the retraining gives"
# Arrays of a checkpoint that follow from the rows, or from data whose last bits depend on NumPy.
DERIVED_ARRAYS = ("loss", "stopping", DIGEST, *SAVED_TARGETS)


def compare_rows(stated: RunNumbers, repeated: RunNumbers, rounding: Rounding | None) -> Iterator[Difference]:
    """Yield each metric that differs in a shared epoch, with the first such epoch and the largest difference."""
    epochs, stated_rows, repeated_rows = _shared_rows(stated, repeated)
    for name in dict.fromkeys([*stated.columns, *repeated.columns]):
        a, b = (each.columns.get(name, np.full(each.epochs, np.nan)) for each in (stated, repeated))
        if name == "epoch" or not (distance := _distance(a[stated_rows], b[repeated_rows])).any():
            continue
        wrong = distance > 0
        beyond = wrong
        if rounding is not None:
            beyond = distance > rounding.of_column(name)[repeated_rows] if name in repeated.columns else wrong
        reported = beyond if beyond.any() else wrong
        largest = float(_relative(a[stated_rows], b[repeated_rows])[reported].max())
        first = int(epochs[reported.argmax()])
        yield Difference(METRICS, name, epoch=first, relative=largest, excused=not beyond.any())


def shared_epochs(stated: RunNumbers, repeated: RunNumbers) -> int:
    """Return the number of epochs that both runs have."""
    return len(_shared_rows(stated, repeated)[0])


def _shared_rows(stated: RunNumbers, repeated: RunNumbers) -> tuple[Array, Array, Array]:
    """Return the shared epochs, and their rows in each run."""
    shared: tuple[Array, Array, Array] = np.intersect1d(
        stated.columns["epoch"], repeated.columns["epoch"], return_indices=True
    )
    return shared


def compare_numbers(
    stated: Mapping[Key, Any], other: Mapping[Key, Any], by: str, allowed: Callable[[Key], float]
) -> Iterator[Difference]:
    """Compare numbers key by key, in the files that both runs have."""
    files = {file for file, _ in stated} & {file for file, _ in other}
    for key in dict.fromkeys([*stated, *other]):
        a, b = stated.get(key), other.get(key)
        if key[0] not in files or (a == b and isinstance(a, bool) == isinstance(b, bool)):
            continue
        ratio, excused = relative(a, b), False
        if ratio is not None:
            pair = (np.array(np.nan if value is None else value, np.float64) for value in (a, b))
            excused = bool(_distance(*pair) <= allowed(key))
        yield Difference(*key, a, b, by, relative=ratio, excused=excused)


def compare_weights(stated: RunNumbers, repeated: RunNumbers, rounding: Rounding | None) -> Iterator[Difference]:
    """Compare the arrays of the checkpoints that both runs have from the same epoch."""
    for file in comparable_files(stated, repeated):
        for name in dict.fromkeys(name for other, name in (*stated.weights, *repeated.weights) if other == file):
            if not _is_from_older_version((file, name), stated, repeated) and (
                rounding is None or name not in DERIVED_ARRAYS
            ):
                yield from _compare_array((file, name), stated, repeated, rounding)


def _is_from_older_version(key: Key, stated: RunNumbers, repeated: RunNumbers) -> bool:
    """Return whether an array cannot be compared because version 0.1.0 wrote the stated run."""
    name, array, other = key[1], stated.weights.get(key), repeated.weights.get(key)
    another_digest = name == DIGEST and array is not None and other is not None and array.shape != other.shape
    return another_digest or (name in SAVED_TARGETS and array is None)


def comparable_files(stated: RunNumbers, repeated: RunNumbers) -> list[str]:
    """Return the checkpoint files that both runs have from the same epoch."""
    files = dict.fromkeys(file for file, _ in stated.weights)
    epochs = {file: (stated.checkpoint_epoch(file), repeated.checkpoint_epoch(file)) for file in files}
    return [file for file, (a, b) in epochs.items() if a is not None and a == b]


def _compare_array(
    key: Key, stated: RunNumbers, repeated: RunNumbers, rounding: Rounding | None
) -> Iterator[Difference]:
    a, b = stated.weights.get(key), repeated.weights.get(key)
    if a is None or b is None or (a.shape, a.dtype) != (b.shape, b.dtype):
        yield Difference(*key, relative=np.inf)
    elif a.tobytes() != b.tobytes():
        a, b = a.astype(np.float64), b.astype(np.float64)
        is_random_state = key[1].startswith("random.")
        allowed = 0.0 if rounding is None or is_random_state else rounding.of_array(key)
        distance = _distance(a, b)
        largest = distance.max() / max(np.nanmax(np.abs(a), initial=0.0), np.nanmax(np.abs(b), initial=0.0), 1e-300)
        yield Difference(*key, relative=float(largest), excused=bool((distance <= allowed).all()))


@np.errstate(all="ignore")
def _distance(a: Array, b: Array) -> Array:
    """Return |a - b|; infinity if only one of the two is finite, 0 if both are NaN or equal."""
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    return np.where(same, 0.0, np.nan_to_num(np.abs(a - b), nan=np.inf, posinf=np.inf))


@np.errstate(all="ignore")
def _relative(a: Array, b: Array) -> Array:
    distance = _distance(a, b)
    return np.where(np.isinf(distance), np.inf, distance / np.maximum(np.abs(a), np.abs(b)))
