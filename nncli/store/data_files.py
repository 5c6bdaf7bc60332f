"""Find the data files of a run after the folder that contains both was moved."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nncli.errors import UsageError
from nncli.escaping import printable
from nncli.settings import data_files

RELATIVE = "relative_paths"


def relative_paths(settings: Mapping[str, Any], run: Path) -> dict[str, str]:
    """Return the path of each data file relative to the run's directory."""
    start = os.path.abspath(run)  # noqa: PTH100  resolve() would follow links
    return {file: os.path.relpath(file, start) for file in data_files(settings).values() if file}


def nearby_paths(run: Path, info: Mapping[str, Any]) -> dict[str, str]:
    """Map each data file named in config.yaml to its current path relative to the run."""
    relative, start = info.get(RELATIVE), os.path.abspath(run)  # noqa: PTH100  as above
    pairs = relative.items() if isinstance(relative, dict) else ()
    return {saved: os.path.normpath(os.path.join(start, path)) for saved, path in pairs if isinstance(path, str)}  # noqa: PTH118


def require_files(settings: Mapping[str, Any], nearby: Mapping[str, str]) -> None:
    """Raise UsageError if a data file is neither at its saved path nor at the same place relative to the run."""
    for key, file in data_files(settings).items():
        if Path(file).is_absolute() and not os.path.exists(file):  # noqa: PTH110  Path.exists() raises for a NUL
            nearby_path = nearby.get(file, file)
            also = "" if nearby_path in (file, os.path.normpath(file)) else f", nor {printable(nearby_path)}"
            hint = f"move it back, or give its new path: {key}=FILE for resume, --data FILE for eval and repeat"
            raise UsageError(f"cannot be read: no such file or directory{also}", place=printable(file), hint=hint)
