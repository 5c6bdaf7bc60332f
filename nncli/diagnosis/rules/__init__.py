"""The rules, one cause each; importing this package registers them all."""

from nncli.registry import discover

discover(__name__, __path__)
