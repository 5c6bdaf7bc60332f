"""The contestants: programs that train the same networks, one file for each.

Each has `prepare(problem, variant)`, which builds the network and returns a function of the number of epochs, or None
if the contestant cannot train the net. The function trains from the initial weights and returns the seconds per epoch
and the loss of the last epoch, penalty included. Contestants that compile do so in the first call.
"""

from __future__ import annotations

import importlib
from types import ModuleType

# Name in the table: module and, if a module has several, the variant.
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
LABELS = {"JAX, a call an epoch": "JAX, one call per epoch"}  # in tables; results keep the name


def load(name: str) -> tuple[ModuleType, str]:
    """Return the module and the variant of a contestant. Raises ImportError if its package is not installed."""
    module, variant = CONTESTANTS[name]
    return importlib.import_module(f"benchmarks.contestants.{module}"), variant


def packages(name: str) -> tuple[str, ...]:
    """Return the packages whose versions a contestant's results depend on."""
    return {
        "pytorch": ("torch",),
        "scikit_learn": ("scikit-learn",),
        "keras_fit": ("keras", "jax"),
        "jax_loops": ("jax",),
    }.get(CONTESTANTS[name][0], ("numpy",))
