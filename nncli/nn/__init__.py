"""The network in NumPy: layers, activations, losses, optimizers and the engine that runs them."""

from nncli.registry import discover

discover(__name__, __path__)
