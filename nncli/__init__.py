"""Train NumPy networks from one YAML file, exact to *Neural Networks from Scratch in Python*.

import nncli

run = nncli.train("configs/sine.yaml", {"init.scale": 0.1})
run.metrics()["loss"]
nncli.load(run).predict([[0.25]])
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nncli.api import Model, load, train

__version__ = "0.1.0"
__all__ = ["Model", "__version__", "load", "train"]


def __getattr__(name: str) -> Any:
    """Brings in NumPy and the rest only once they are used: start-up is a feature for those who script."""
    if name in ("Model", "load", "train"):
        from nncli import api

        return getattr(api, name)
    raise AttributeError(f"module 'nncli' has no attribute {name!r}")
