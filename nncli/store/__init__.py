"""Run directories: write, read, find, list and remove them. Importing this package does not import NumPy."""

from nncli.store.arrays import load_arrays, save_arrays
from nncli.store.atomic import write_bytes, write_json, write_text
from nncli.store.data_files import require_files
from nncli.store.directory import default_runs_dir, is_sweep, list_runs, list_sweeps, new_run
from nncli.store.locked_run import LockedRun, lock_run
from nncli.store.lookup import find_run, find_unique_run
from nncli.store.provenance import environment, provenance, threads_of, timestamp
from nncli.store.run import Run
from nncli.store.settings import settings_copy, with_settings
from nncli.store.writer import Writer

__all__ = [
    "LockedRun",
    "Run",
    "Writer",
    "default_runs_dir",
    "environment",
    "find_run",
    "find_unique_run",
    "is_sweep",
    "list_runs",
    "list_sweeps",
    "load_arrays",
    "lock_run",
    "new_run",
    "provenance",
    "require_files",
    "save_arrays",
    "settings_copy",
    "threads_of",
    "timestamp",
    "with_settings",
    "write_bytes",
    "write_json",
    "write_text",
]
