"""Layers, a file each: what stands in this folder is registered."""

from nncli.registry import discover

discover(__name__, __path__)
