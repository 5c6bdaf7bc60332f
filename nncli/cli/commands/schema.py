"""`nncli schema`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from nncli import bundled_configs
from nncli.cli.completion import values
from nncli.errors import NncliError, UsageError

LARGEST = 10_000_000  # bytes: ours has less than a hundredth of it


def schema(
    path: Annotated[
        Path | None,
        Argument(
            metavar="PATH",
            help="With --write: the file.",
            show_default=f"{bundled_configs.SCHEMA}, in this folder",
            autocompletion=values.files,
        ),
    ] = None,
    write: Annotated[bool, Option("--write", help="Write it to a file instead, and print the file's path.")] = False,
) -> None:
    """Print the JSON Schema of experiment files, for editors that complete and check as one types.

    An editor knows it by a first line `# yaml-language-server: $schema=nncli.schema.json` in an experiment file, with
    the path from that file to the schema.

    \b
    Examples:
      nncli schema | jq '."$defs" | keys'
      nncli schema --write
    """
    if path is not None and not write:
        raise UsageError("a file is written with --write only", place=str(path))
    from nncli.config import schema as of_files

    if write:
        print(write_schema(path or Path(bundled_configs.SCHEMA)))
    else:
        print(json.dumps(of_files.schema(), indent=2))


def write_schema(path: Path) -> Path:
    """Writes the schema where there is no file, or one of a schema of ours; what else is there stays as it is.

    Raises UsageError where something else is there, NncliError where it cannot be written.
    """
    from nncli.config import schema as of_files
    from nncli.store import write_text

    made = of_files.schema()
    if (path.exists() or path.is_symlink()) and not _is_ours(path, of_files.TITLE):
        hint = "name another file, as in `nncli schema --write experiment.schema.json`"
        raise UsageError("is there and is no schema of nncli's, so it stays as it is", place=str(path), hint=hint)
    try:
        write_text(path, json.dumps(made, indent=2) + "\n")
    except NncliError as error:
        hint = "name a file where you may write: `nncli schema --write PATH`"  # not "with --runs-dir"
        raise NncliError(error.message, place=error.place, hint=hint) from error
    return path


def _is_ours(path: Path, title: str) -> bool:
    """Whether a file holds a schema that nncli wrote."""
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            return False
        there = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(there, dict) and there.get("title") == title
