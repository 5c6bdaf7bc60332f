"""The commands, a thin file each: parse, call one function, render."""

from nncli.cli import new, train, eval, predict, plot, film, runs, resume, repeat, check, list, schema, book  # noqa: F401, I001  in help's order
from nncli.cli.app import app, main

__all__ = ["app", "main"]
