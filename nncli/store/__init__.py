"""Run directories: written while training goes on, read, found and listed. Importing it does not import NumPy."""

from nncli.store.about import about
from nncli.store.arrays import load_arrays, save_arrays
from nncli.store.atomic import write_bytes, write_json, write_text
from nncli.store.directory import find_run, list_runs, new_run
from nncli.store.run import Run
from nncli.store.settings import copied_settings, with_settings
from nncli.store.writer import Writer

__all__ = [
    "Run",
    "Writer",
    "about",
    "copied_settings",
    "find_run",
    "list_runs",
    "load_arrays",
    "new_run",
    "save_arrays",
    "with_settings",
    "write_bytes",
    "write_json",
    "write_text",
]
