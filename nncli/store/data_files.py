"""Data files of a run, found again after the folder that holds both was moved."""

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
    """Return each file of the data with its path from the directory of the run."""
    start = os.path.abspath(run)  # noqa: PTH100  as the user names it: `..` of a link is not followed
    return {file: os.path.relpath(file, start) for file in data_files(settings).values() if file}


def nearby_paths(run: Path, info: Mapping[str, Any]) -> dict[str, str]:
    """Return each file as config.yaml names it with the path at which it lies from the run now."""
    relative, start = info.get(RELATIVE), os.path.abspath(run)  # noqa: PTH100  as above
    pairs = relative.items() if isinstance(relative, dict) else ()
    return {saved: os.path.normpath(os.path.join(start, path)) for saved, path in pairs if isinstance(path, str)}  # noqa: PTH118


def require_files(settings: Mapping[str, Any], nearby: Mapping[str, str]) -> None:
    """Raise UsageError if a file that a run was trained on is neither where it was nor where it lies from the run."""
    for key, file in data_files(settings).items():
        if Path(file).is_absolute() and not os.path.exists(file):  # noqa: PTH110  a NUL is told when it is read
            other = nearby.get(file, file)
            also = "" if other in (file, os.path.normpath(file)) else f", nor {printable(other)}"
            hint = f"put it back, or give its new path: {key}=FILE to resume, --data FILE to eval and repeat"
            raise UsageError(f"cannot be read: no such file or directory{also}", place=printable(file), hint=hint)
