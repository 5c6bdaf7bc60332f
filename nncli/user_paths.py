"""Expand paths given by users: `~` and environment variables."""

from __future__ import annotations

import os
import re
from pathlib import Path

from nncli.errors import UsageError
from nncli.escaping import printable

VARIABLE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([^{}]*)\})")


def expand(path: str, folder: Path = Path(), place: str = "") -> str:
    """Return a path with `~` and environment variables replaced, unless a file in the folder has exactly this name.

    Raises UsageError if a variable is not set, at `place` or else at the path itself.
    """
    if not (path.startswith("~") or VARIABLE.search(path)) or os.path.lexists(folder / path):
        return path

    def value(match: re.Match[str]) -> str:
        if (text := os.environ.get(match[1] or match[2])) is None:
            message = f"the environment variable {printable(match[0])} is not set"
            raise UsageError(message, place=place or printable(path))
        return text

    return os.path.expanduser(VARIABLE.sub(value, path))  # noqa: PTH111  Path raises an error for an unknown user
