"""Those who train the same networks, a file each.

Each has `prepare(problem, which)`, which builds the network and gives a function of the epochs: that trains from the
first weights and tells the seconds that an epoch took and the loss of the last one, penalty included; or None where
the contestant cannot train the net. What compiles does so when it first trains.
"""

from __future__ import annotations

import importlib
from types import ModuleType

# Name in the table: module and, where one module has several, which.
CONTESTANTS = {
    "nncli float32": ("nncli_loop", "float32"),
    "nncli float64": ("nncli_loop", "float64"),
    "nncli book": ("nncli_loop", "book"),
    "the book's loop": ("book_loop", ""),
    "PyTorch": ("pytorch", ""),
    "scikit-learn": ("scikit_learn", ""),
    "Keras on JAX": ("keras_fit", ""),
    "JAX, a call an epoch": ("jax_loops", "epoch"),
    "JAX, one scan": ("jax_loops", "scan"),
}


def load(name: str) -> tuple[ModuleType, str]:
    """The module of a contestant, and which of those in it. Raises ImportError where it is not installed."""
    module, which = CONTESTANTS[name]
    return importlib.import_module(f"benchmarks.contestants.{module}"), which


def packages(name: str) -> tuple[str, ...]:
    """The distributions whose versions belong to a contestant."""
    return {
        "pytorch": ("torch",),
        "scikit_learn": ("scikit-learn",),
        "keras_fit": ("keras", "jax"),
        "jax_loops": ("jax",),
    }.get(CONTESTANTS[name][0], ("numpy",))
