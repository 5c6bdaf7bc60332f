"""The format of a table, by the name of its file."""

from __future__ import annotations

from pathlib import PurePath
from typing import Literal, TypeAlias

Format: TypeAlias = Literal["csv", "json"]

FORMATS: dict[str, Format] = {".csv": "csv", ".json": "json", ".jsonl": "json", ".ndjson": "json"}


def format_of(source: str) -> Format | None:
    """Return the format that a file's name tells, also before `.gz`; None for other names and standard input."""
    path = PurePath(source.lower())
    return FORMATS.get((PurePath(path.stem) if path.suffix == ".gz" else path).suffix)
