"""Pruners, one file for each; importing this package registers them all."""

from nncli.registry import discover

discover(__name__, __path__)
