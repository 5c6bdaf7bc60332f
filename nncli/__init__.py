"""Train NumPy networks from YAML files, exactly as in *Neural Networks from Scratch in Python*.

    import nncli

    run = nncli.train("configs/sine.yaml", {"init.scale": 0.1})
    run.status, run.metrics()["loss"]
    model = nncli.load(run)
    model.evaluate(), model.predict([[0.25]])

See docs/python.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from nncli.version import __version__

if TYPE_CHECKING:
    from nncli.api import load, runs, train, why
    from nncli.errors import DivergedError, NncliError
    from nncli.model import Model
    from nncli.store import Run

__all__ = ["DivergedError", "Model", "NncliError", "Run", "__version__", "load", "runs", "train", "why"]

MODULES = {
    "DivergedError": "errors",
    "Model": "model",
    "NncliError": "errors",
    "Run": "store",
    "load": "api",
    "runs": "api",
    "train": "api",
    "why": "api",
}


def __getattr__(name: str) -> Any:
    """Import NumPy and the rest only on first use, because scripts need a fast start."""
    if name in MODULES:
        return getattr(import_module(f"nncli.{MODULES[name]}"), name)
    raise AttributeError(f"module 'nncli' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names, which are imported on first use, for completion and `help(nncli)`."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
