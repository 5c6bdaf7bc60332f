"""Size limits of experiment files and run files, so that a file from a stranger cannot exhaust memory or time."""

from __future__ import annotations

import os
from pathlib import Path

from nncli.system import open_file

MAX_FILE_SIZE = 1_000_000  # bytes of an experiment file, and of a run's config.yaml, run.json, summary.json, eval.json
TOO_LARGE = "is larger than 1 MB"
MAX_DEPTH = 50  # nested mappings and lists
MAX_VALUES = 10_000  # values in an experiment file, including keys and the values that aliases repeat


def read_file(path: Path) -> bytes | None:
    """Return the content of a regular file, or None above MAX_FILE_SIZE. Raises OSError like `open_file`."""
    with open_file(path) as file:
        if os.fstat(file.fileno()).st_size > MAX_FILE_SIZE:
            return None
        data = file.read(MAX_FILE_SIZE + 1)  # the file may have grown since
    return data if len(data) <= MAX_FILE_SIZE else None
