"""The values that a parameter may have: files, runs, keys and what else can be known while somebody waits for it.

The functions are typer's `autocompletion` of a parameter: they take the context, which has the text of what is given
already, and the unfinished word, and return candidates, of which typer keeps those that begin so. What is damaged or
missing has no values, and nothing is said about it here. Every command imports this module, so functions import what
they alone need.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from typer import Context

from nncli import bundled_configs
from nncli.errors import NncliError

SPECS = (".yaml", ".yml", ".json")
CONFIGS = "configs/"
CONFIG = "config.yaml"  # of a run
MAX_HEADER_LENGTH = 1 << 16
UNREADABLE = (NncliError, OSError, ValueError)  # ValueError for what can be no path

Values: TypeAlias = list[str | tuple[str, str]]  # a whole word, or one and what it means


class FileName(str):
    """The name of a file, which the shell quotes itself."""

    __slots__ = ()


def specs(incomplete: str) -> Values:
    """Return experiment files and folders, and, as `configs/...`, those that come with nncli."""
    found = _entries(incomplete, _is_spec)
    folder = incomplete[: incomplete.rfind("/") + 1]
    if not folder:
        found.append(FileName(CONFIGS))
    elif folder.startswith(CONFIGS) and ".." not in folder:
        with suppress(NncliError):
            found += _entries(incomplete, _is_spec, bundled_configs.configs() / folder.removeprefix(CONFIGS))
    return [*sorted(set(found))]


def files(incomplete: str) -> Values:
    """Return files and folders."""
    return [*sorted(_entries(incomplete, lambda name: True))]


def folders(incomplete: str) -> Values:
    """Return folders."""
    return [*sorted(_entries(incomplete, lambda name: False))]


def _is_spec(name: str) -> bool:
    return name.endswith(SPECS) and not name.endswith(bundled_configs.SCHEMA)


def _entries(typed: str, wanted: Callable[[str], bool], folder: Path | None = None) -> list[FileName]:
    """Return the folders and wanted files in the folder that is typed, or in another as if it were that one."""
    tail = typed.rpartition("/")[2]
    head = typed.removesuffix(tail)
    found: list[FileName] = []
    with suppress(OSError, ValueError), os.scandir(folder or os.path.expanduser(head) or ".") as entries:  # noqa: PTH111
        for entry in entries:
            if entry.name.isprintable() and (tail.startswith(".") or not entry.name.startswith(".")):
                if entry.is_dir():
                    found.append(FileName(f"{head}{entry.name}/"))
                elif wanted(entry.name):
                    found.append(FileName(head + entry.name))
    return found


def runs(ctx: Context, incomplete: str) -> Values:
    """Return `latest` and the names of all runs, the newest first, or their paths, or folders, whichever fit."""
    from nncli import store

    there: list[store.Run] = []
    with suppress(*UNREADABLE):
        there = store.list_runs(runs_dir(ctx))
    names = [f"{run.path.parent.name}/{run.path.name}" for run in there]
    if any(name.startswith(incomplete) for name in (["latest", *names] if there else [])):
        return [("latest", "the newest with a checkpoint"), *names]
    paths = [FileName(run.path) for run in there if str(run.path).startswith(incomplete)]
    return [*paths] or folders(incomplete)


def named_runs(ctx: Context, incomplete: str) -> Values:
    """Return runs that are not given yet, without `latest`: a run that is changed or removed must be named."""
    given = ctx.params.get("runs", [])
    return [run for run in runs(ctx, incomplete) if isinstance(run, str) and run not in given]


def runs_dir(ctx: Context) -> Path:
    """Return the directory of runs that the line means."""
    from nncli import store

    given = ctx.params.get("runs_dir")
    return (store.default_runs_dir() if given is None else Path(given)).expanduser()


def changes(ctx: Context, incomplete: str) -> Values:
    """Return what can be changed of the spec on the line, as `key.path=`; behind the `=`, the words the key takes."""

    from nncli.config import override_keys

    schema = override_keys.read_schema()
    every = override_keys.keys(schema, _spec(ctx))
    key, equals, _ = incomplete.partition("=")
    if not equals:
        return [(f"{each.path}=", each.help) for each in every]
    return [f"{key}={word}" for each in every if each.path == key for word in each.words]


def _spec(ctx: Context) -> Any:
    """Return what the spec or run on the line says, with the changes there if they can be made; None if unreadable."""
    from nncli import config
    from nncli.config.nodes import plain

    given = [one for one in ctx.params.get("changes", []) if not one.endswith("=")]
    for made in (given, []):
        with suppress(*UNREADABLE):
            spec = _spec_file(ctx)
            if spec.is_file():  # and no pipe, which may have no end
                return plain(config.read(spec, made).root)
    return None


def _spec_file(ctx: Context) -> Path:
    """Return the file that the line begins with, or that of its run. Raises UsageError if there is none."""
    if "spec" in ctx.params:
        return bundled_configs.find(Path(ctx.params["spec"]).expanduser())
    from nncli import store

    return store.find_run(runs_dir(ctx), ctx.params["run"]).path / CONFIG


def components() -> Values:
    """Return kinds and names of components."""

    from nncli.config import override_keys

    every = override_keys.components(override_keys.read_schema())
    kinds = dict.fromkeys(each.kind for each in every)
    return [*((kind, f"every {kind}") for kind in kinds), *((each.name, each.kind) for each in every)]


def metrics() -> Values:
    """Return the metrics of an evaluation, as `accuracy=`."""

    from nncli.config import override_keys

    return [f"{name}=" for name in ("loss", *override_keys.metrics(override_keys.read_schema()))]


def experiments(ctx: Context) -> Values:
    """Return the book's experiments that are not given yet."""
    return [path.stem for path in bundled_configs.book() if path.stem not in ctx.params.get("experiments", [])]


def columns(ctx: Context) -> Values:
    """Return the columns of the table on the line, as its first line names them."""
    import csv

    with suppress(*UNREADABLE, csv.Error, LookupError):
        path = Path(ctx.params["table"]).expanduser()
        if path.is_file():
            with path.open(encoding="utf-8") as file:
                return [name.strip() for name in next(csv.reader([file.readline(MAX_HEADER_LENGTH)]))]
    return []
