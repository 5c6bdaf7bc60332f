"""The number of the format in which a run is written, so that a later one is never misread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nncli.errors import NncliError

KEY, FORMAT = "format", 1


def check_format(number: Any, path: Path) -> None:
    """Raise NncliError if a file has another format than this version reads; None is a file without a number."""
    if number is not None and (type(number) is not int or number != FORMAT):
        shown = f"format {number}" if type(number) is int else "an unknown format"
        message = f"has {shown}, and this version of nncli reads format {FORMAT}"
        hint = "read it with the version of nncli that wrote it, or a newer one"
        raise NncliError(message, place=str(path), hint=hint)
