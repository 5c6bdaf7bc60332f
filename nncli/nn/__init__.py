"""The network in NumPy: layers, activations, losses, optimizers and the arithmetic under them."""

from nncli.registry import discover

discover(__name__, __path__)
