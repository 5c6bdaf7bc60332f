"""`nncli schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from nncli import bundled_configs
from nncli.cli.completion import values
from nncli.errors import NncliError, UsageError

GROUP = "Reference"

MAX_SIZE = 10_000_000  # bytes of a schema file; ours has 0.4 million


def schema(
    path: Annotated[
        Path | None,
        Argument(
            metavar="PATH",
            help="With --write: file to write.",
            show_default=bundled_configs.SCHEMA,
            autocompletion=values.files,
        ),
    ] = None,
    write: Annotated[
        bool, Option("--write", help="Write the schema to a file and print the path of the file.")
    ] = False,
) -> None:
    """Print the JSON Schema of experiment files.

    Editors with YAML support use it to complete and check experiment files as you type. Name it in the first line of an
    experiment file, with its path relative to that file: `# yaml-language-server: $schema=nncli.schema.json`.

    \b
    Examples:
      nncli schema | jq '."$defs" | keys'
      nncli schema --write
    """
    if path is not None and not write:
        raise UsageError("add --write to write the schema to this file", place=str(path))
    from nncli.config import schema as schema_

    if write:
        print(write_schema(path or Path(bundled_configs.SCHEMA)))
    else:
        print(json.dumps(schema_.schema(), indent=2))


def write_schema(path: Path) -> Path:
    """Write the schema to a new file, or over an older schema of nncli; return the path.

    Raises UsageError if the file exists and is not a schema of nncli, and NncliError if it cannot be written.
    """
    from nncli.config import schema as schema_
    from nncli.store import write_text

    text = json.dumps(schema_.schema(), indent=2) + "\n"
    if (path.exists() or path.is_symlink()) and not _is_schema(path, schema_.TITLE):
        hint = "write to another file: nncli schema --write experiment.schema.json"
        raise UsageError("already exists and is not a schema of nncli", place=str(path), hint=hint)
    try:
        write_text(path, text)
    except NncliError as error:
        hint = "write to another folder: nncli schema --write PATH"  # instead of the hint about --runs-dir
        raise NncliError(error.message, place=error.place, hint=hint) from error
    return path


def _is_schema(path: Path, title: str) -> bool:
    """Return whether a file holds a schema written by nncli."""
    try:
        if not path.is_file() or path.stat().st_size > MAX_SIZE:
            return False
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(value, dict) and value.get("title") == title
