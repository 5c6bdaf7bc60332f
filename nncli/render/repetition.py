"""What is said of a training that was repeated."""

from __future__ import annotations

from nncli.repetition import Repetition


def lines(found: Repetition) -> list[str]:
    """Whether every digit agrees; if not, since when, by how much, and what is another here."""
    if found.exact:
        weights = ", and so do the last weights" if found.weights_agree else ""
        return [f"the same: every digit of {found.epochs:,} epochs agrees{weights}"]
    if found.first_difference is None:
        told = [f"not the same: {found.epochs:,} epochs agree to every digit, the last weights do not"]
    else:
        largest = ", ".join(f"{name} by {value:.1e}" for name, value in found.largest.items())
        told = [f"not the same: from epoch {found.first_difference} on; at most {largest} (relative)"]
    told += [f"{name} was {before}, here {here}" for name, (before, here) in found.elsewhere.items()]
    if found.elsewhere:
        told.append("digits are promised for one kind of processor and one version of NumPy only")
    return told
