"""The version of the run format, checked so that files of another version are never misread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nncli.errors import NncliError

KEY, FORMAT = "format", 1


def check_format(number: Any, path: Path) -> None:
    """Raise NncliError if a file has a format that this version cannot read; files without a number are accepted."""
    if number is not None and (type(number) is not int or number != FORMAT):
        version = f"format {number}" if type(number) is int else "an unknown format"
        message = f"has {version}, but this version of nncli reads only format {FORMAT}"
        hint = "use the version of nncli that wrote it, or a newer one"
        raise NncliError(message, place=str(path), hint=hint)
