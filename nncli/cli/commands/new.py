"""`nncli new`."""

from __future__ import annotations

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeAlias

from typer import Argument, Option

from nncli import bundled_configs
from nncli.cli.commands.schema import write_schema
from nncli.cli.completion import values
from nncli.errors import UsageError
from nncli.user_paths import expand

GROUP = "Train"


class TaskName(StrEnum):
    """The task of a network."""

    regression = "regression"
    binary = "binary"
    classes = "classes"


Name: TypeAlias = Annotated[
    str | None,
    Argument(
        parser=expand,
        metavar="NAME",
        help="File to write, without .yaml.",
        show_default="name of the table or the task",
    ),
]
Task: TypeAlias = Annotated[
    TaskName | None,
    Option("--task", help="Predict numbers, one of two classes, or one of several classes.", show_default=False),
]
Table: TypeAlias = Annotated[
    str | None,
    Option(
        "--from",
        parser=expand,
        metavar="FILE",
        help="Table to learn from: CSV or JSON lines.",
        show_default=False,
        autocompletion=values.files,
    ),
]
Target: TypeAlias = Annotated[
    str | None,
    Option(
        "--target",
        metavar="COLUMN",
        help="Column of the table to predict.",
        show_default=False,
        autocompletion=values.columns,
    ),
]


def new(
    name: Name = None,
    task: Task = None,
    table: Table = None,
    target: Target = None,
) -> None:
    """Write a commented starter experiment.

    Given a table, choose the columns to use, their encoding and the task from its contents, and say so if a quick trial
    learns nothing from them. Print the path of the file.

    \b
    Examples:
      nncli new --task classes
      nncli new houses --from houses.csv --target price
    """
    from nncli import starter

    path = _path(name or (Path(table).name.partition(".")[0] if table else task.value if task else "experiment"))
    stem = str(path.with_suffix(""))
    if table is None and target is not None:
        raise UsageError("--target needs a table; add --from FILE")
    if table is not None and target is None:
        raise UsageError("no column to predict; add --target COLUMN", place=table)
    if table is None or target is None:
        _write(path, starter.for_task(stem, (task or TaskName.regression).value, bundled_configs.SCHEMA))
    else:
        from nncli.starter.trial import trial_note

        text, notes, inferred = starter.for_table(
            stem, table, target, task.value if task else None, bundled_configs.SCHEMA
        )
        _write(path, text)
        for note in notes:
            print(note, file=sys.stderr)
        if note := trial_note(stem, text, inferred):
            print(note, file=sys.stderr)
    print(f"train it: nncli train {shlex.quote(str(path))} --eval", file=sys.stderr)


def _write(path: Path, text: str) -> None:
    """Write an experiment with its schema beside it, and print its path."""
    from nncli import store

    store.write_text(path, text)
    write_schema(path.with_name(bundled_configs.SCHEMA))
    print(path, flush=True)


def _path(name: str) -> Path:
    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if path.exists() or path.is_symlink():
        raise UsageError("already exists; choose another name or remove it", place=str(path))
    return path
