"""Run directories: written while training goes on, read, found and listed. Importing it does not import NumPy."""

from nncli.store.about import about, environment, threads_of
from nncli.store.arrays import load_arrays, save_arrays
from nncli.store.atomic import write_bytes, write_json, write_text
from nncli.store.data_files import require_files
from nncli.store.directory import default_runs_dir, list_runs, new_run
from nncli.store.held import Held, hold
from nncli.store.lookup import find_named, find_run
from nncli.store.run import Run
from nncli.store.settings import copied_settings, with_settings
from nncli.store.writer import Writer

__all__ = [
    "Held",
    "Run",
    "Writer",
    "about",
    "copied_settings",
    "default_runs_dir",
    "environment",
    "find_named",
    "find_run",
    "hold",
    "list_runs",
    "load_arrays",
    "new_run",
    "require_files",
    "save_arrays",
    "threads_of",
    "with_settings",
    "write_bytes",
    "write_json",
    "write_text",
]
