"""Data sets to train and evaluate networks on."""

from nncli.registry import discover

discover(__name__, __path__)
