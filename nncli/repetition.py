"""Comparing a run with one that repeats it: whether every digit agrees, and if not, since when and by how much."""

from __future__ import annotations

from typing import Any, NamedTuple

from nncli.errors import NncliError
from nncli.store import Run

ENVIRONMENT = (("processor",), ("versions", "numpy"), ("blas",), ("simd",))  # of run.json: what the last bits hang on


class Repetition(NamedTuple):
    """What a repeated training had in common with the first."""

    epochs: int  # that both have
    first_difference: int | None  # the epoch, None where every figure of these epochs agrees
    largest: dict[str, float]  # relative difference of each figure that differs somewhere
    weights_agree: bool | None  # None where the two did not end with the same epoch
    elsewhere: dict[str, tuple[Any, Any]]  # what is another now: before, and here

    @property
    def exact(self) -> bool:
        """Whether every digit agrees."""
        return self.first_difference is None and self.weights_agree is not False


def compare(first: Run, second: Run) -> Repetition:
    """Compares two runs epoch by epoch, and their last weights. Raises NncliError where one cannot be read."""
    before = {row["epoch"]: row for row in first.rows()}
    differing: int | None = None
    largest: dict[str, float] = {}
    both = 0
    for row in second.rows():
        other = before.get(row["epoch"])
        if other is None:
            continue
        both += 1
        found = _differences(other, row)
        if found and differing is None:
            differing = row["epoch"]
        largest |= {name: max(value, largest.get(name, 0.0)) for name, value in found.items()}
    if not both:
        raise NncliError("has no epoch to compare with", place=str(first.path))
    return Repetition(both, differing, largest, _weights_agree(first, second), _elsewhere(first, second))


def _differences(one: dict[str, Any], other: dict[str, Any]) -> dict[str, float]:
    """The relative difference of each figure that is not the same in two rows."""
    names = [name for name in one | other if name not in ("epoch", "seconds")]
    return {name: _relative(one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


def _relative(a: float | None, b: float | None) -> float:
    if a is None or b is None:
        return float("inf")
    return abs(a - b) / max(abs(a), abs(b))


def _weights_agree(first: Run, second: Run) -> bool | None:
    if not (first.has_checkpoint("last") and second.has_checkpoint("last")):
        return None
    one, other = first.checkpoint("last"), second.checkpoint("last")
    if not ("epoch" in one and "epoch" in other and one["epoch"].tobytes() == other["epoch"].tobytes()):
        return None
    same = one.keys() == other.keys()
    return same and all(one[name].tobytes() == other[name].tobytes() for name in one)


def _elsewhere(first: Run, second: Run) -> dict[str, tuple[Any, Any]]:
    """What of machine and NumPy is said to be another; nothing where a run does not say."""
    infos = first.info(), second.info()
    found = {}
    for path in ENVIRONMENT:
        before, here = (_at(info, path) for info in infos)
        if before is not None and before != here:
            found[".".join(path)] = (before, here)
    return found


def _at(info: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        info = info.get(key) if isinstance(info, dict) else None
    return info
