"""Schedules, one file for each or for a close family; importing this package registers them all."""

from nncli.registry import discover

discover(__name__, __path__)
