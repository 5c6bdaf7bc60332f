"""`nncli new`."""

from __future__ import annotations

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


class TaskName(StrEnum):
    """What a network is to do."""

    regression = "regression"
    binary = "binary"
    classes = "classes"


Name: TypeAlias = Annotated[
    str | None,
    Argument(parser=expand, metavar="NAME", help="The file to write, without .yaml.", show_default="that of the data"),
]
Task: TypeAlias = Annotated[
    TaskName | None, Option("--task", help="Values, one class or the other, or one of several.", show_default=False)
]
Table: TypeAlias = Annotated[
    str | None,
    Option(
        "--from",
        parser=expand,
        metavar="FILE.csv",
        help="A table to learn from.",
        show_default=False,
        autocompletion=values.files,
    ),
]
Target: TypeAlias = Annotated[
    str | None,
    Option(
        "--target",
        metavar="COLUMN",
        help="The column to predict.",
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
    """Write a first experiment, with comments, that trains well as it stands; print its path.

    Of a table it finds out what its columns are, what to leave out, and what kind of task it is.

    \b
    Examples:
      nncli new --task classes
      nncli new houses --from houses.csv --target price
    """
    from nncli import starter, store

    path = _path(name or (Path(table).name.partition(".")[0] if table else task.value if task else "experiment"))
    stem = str(path.with_suffix(""))
    if table is None and target is not None:
        raise UsageError("--target names a column of a table: say --from FILE.csv too")
    if table is not None and target is None:
        raise UsageError("say which column is to be predicted: --target COLUMN", place=table)
    if table is not None and target is not None:
        text = starter.for_table(stem, table, target, task.value if task else None, bundled_configs.SCHEMA)
    else:
        text = starter.for_task(stem, (task or TaskName.regression).value, bundled_configs.SCHEMA)
    store.write_text(path, text)
    write_schema(path.with_name(bundled_configs.SCHEMA))
    print(path)
    print(f"train it: nncli train {path} --eval", file=sys.stderr)


def _path(name: str) -> Path:
    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if path.exists() or path.is_symlink():
        raise UsageError("is there already, and stays as it is", place=str(path), hint="nncli new ANOTHER-NAME")
    return path
