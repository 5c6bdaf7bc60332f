"""Schedules: a file for each, or for a close family; every class in this folder is registered."""

from nncli.registry import discover

discover(__name__, __path__)
