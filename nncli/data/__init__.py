"""Data sets: what a network is trained and measured on."""

from nncli.registry import discover

discover(__name__, __path__)
