"""Paths as people write them: with `~` and environment variables."""

from __future__ import annotations

import os
import re
from pathlib import Path

from nncli.errors import UsageError
from nncli.escaping import printable

VARIABLE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([^{}]*)\})")


def expand(path: str, folder: Path = Path(), place: str = "") -> str:
    """Return a path with `~` and environment variables replaced, unless a file in the folder is really called so.

    Raises UsageError, at the place or the path itself, if a variable is not set.
    """
    if not (path.startswith("~") or VARIABLE.search(path)) or os.path.lexists(folder / path):
        return path

    def value(found: re.Match[str]) -> str:
        if (text := os.environ.get(found[1] or found[2])) is None:
            raise UsageError(f"{printable(found[0])} is not set", place=place or printable(path))
        return text

    return os.path.expanduser(VARIABLE.sub(value, path))  # noqa: PTH111  Path raises an error for an unknown user
