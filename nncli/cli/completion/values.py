"""The completions of parameters: files, runs, keys, components and columns.

The functions are passed to typer as the `autocompletion` of a parameter. They take the context, with the text of the
values before the cursor, and the unfinished word, and return candidates; typer keeps those that begin with the word.
Damaged or missing files yield no candidates and no errors. Every command imports this module, so anything that only
one function needs is imported within it.
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
from nncli.user_paths import expand

SPECS = (".yaml", ".yml", ".json")
CONFIGS = "configs/"
CONFIG = "config.yaml"  # the spec saved in a run
MAX_HEADER_LENGTH = 1 << 16
UNREADABLE = (NncliError, OSError, ValueError)  # ValueError for texts that cannot be a path

Values: TypeAlias = list[str | tuple[str, str]]  # words, some with a description


class FileName(str):
    """The name of a file, which the shell quotes if necessary."""

    __slots__ = ()


def specs(incomplete: str) -> Values:
    """Return experiment files and folders, including those of nncli under `configs/`."""
    paths = _entries(incomplete, _is_spec)
    folder = incomplete[: incomplete.rfind("/") + 1]
    if not folder:
        paths.append(FileName(CONFIGS))
    elif folder.startswith(CONFIGS) and ".." not in folder:
        with suppress(NncliError):
            paths += _entries(incomplete, _is_spec, bundled_configs.configs() / folder.removeprefix(CONFIGS))
    return [*sorted(set(paths))]


def files(incomplete: str) -> Values:
    """Return files and folders."""
    return [*sorted(_entries(incomplete, lambda name: True))]


def folders(incomplete: str) -> Values:
    """Return folders."""
    return [*sorted(_entries(incomplete, lambda name: False))]


def _is_spec(name: str) -> bool:
    return name.endswith(SPECS) and not name.endswith(bundled_configs.SCHEMA)


def _entries(typed: str, wanted: Callable[[str], bool], folder: Path | None = None) -> list[FileName]:
    """Return folders and wanted files in the typed folder; if `folder` is given, list its entries instead."""
    tail = typed.rpartition("/")[2]
    head = typed.removesuffix(tail)
    names: list[FileName] = []
    with suppress(OSError, ValueError), os.scandir(folder or os.path.expanduser(head) or ".") as entries:  # noqa: PTH111
        for entry in entries:
            if entry.name.isprintable() and (tail.startswith(".") or not entry.name.startswith(".")):
                if entry.is_dir():
                    names.append(FileName(f"{head}{entry.name}/"))
                elif wanted(entry.name):
                    names.append(FileName(head + entry.name))
    return names


def runs(ctx: Context, incomplete: str) -> Values:
    """Return `latest` and the names of runs, newest first, then of sweeps; if none match, paths; otherwise folders."""
    from nncli import store

    existing: list[store.Run] = []
    with suppress(*UNREADABLE):
        existing = [*store.list_runs(runs_dir(ctx)), *map(store.Run, store.list_sweeps(runs_dir(ctx)))]
    names = [f"{run.path.parent.name}/{run.path.name}" for run in existing]
    if any(name.startswith(incomplete) for name in (["latest", *names] if existing else [])):
        return [("latest", "the newest run with a checkpoint"), *names]
    paths = [FileName(run.path) for run in existing if str(run.path).startswith(incomplete)]
    return [*paths] or folders(incomplete)


def runs_and_specs(ctx: Context, incomplete: str) -> Values:
    """Return runs, then experiment files and folders."""
    return list(dict.fromkeys([*runs(ctx, incomplete), *specs(incomplete)]))


def is_spec(text: str) -> bool:
    """Return whether an argument that may be a run or an experiment file is a file: it exists, or ends like one."""
    path = expand(text)
    if text in ("", "latest") or os.path.isdir(path):  # noqa: PTH112  Path.is_dir() raises for some texts
        return False
    return text == "-" or path.endswith(SPECS) or os.path.exists(path)  # noqa: PTH110


def sweeps(ctx: Context) -> Values:
    """Return `latest` and the names of sweeps, newest first."""
    from nncli import store

    with suppress(*UNREADABLE):
        if paths := store.list_sweeps(runs_dir(ctx)):
            return [("latest", "the newest sweep"), *(f"{path.parent.name}/{path.name}" for path in paths)]
    return []


def named_runs(ctx: Context, incomplete: str) -> Values:
    """Return runs that the line does not have yet; without `latest`, which resume and rm refuse."""
    listed = ctx.params.get("runs", [])
    return [run for run in runs(ctx, incomplete) if isinstance(run, str) and run not in listed]


def runs_dir(ctx: Context) -> Path:
    """Return the folder of runs that the line uses."""
    from nncli import store

    folder = ctx.params.get("runs_dir")
    return (store.default_runs_dir() if folder is None else Path(folder)).expanduser()


def changes(ctx: Context, incomplete: str) -> Values:
    """Return the overrides of the spec on the line as `key.path=`; after the `=`, the values the key takes."""
    from nncli.config import override_keys

    schema = override_keys.read_schema()
    keys = override_keys.keys(schema, _spec(ctx))
    key, equals, _ = incomplete.partition("=")
    if not equals:
        return [(f"{each.path}=", each.help) for each in keys]
    return [f"{key}={word}" for each in keys if each.path == key for word in each.words]


def _spec(ctx: Context) -> Any:
    """Return the spec on the line or of its run, with the line's overrides if they are valid; None if unreadable."""
    from nncli import config
    from nncli.config.nodes import plain

    overrides = [each for each in ctx.params.get("changes", []) if not each.endswith("=")]
    for applied in (overrides, []):
        with suppress(*UNREADABLE):
            spec = _spec_file(ctx)
            if spec.is_file():  # not a pipe, which may have no end
                return plain(config.read(spec, applied).root)
    return None


def _spec_file(ctx: Context) -> Path:
    """Return the path of the spec on the line or of its run. Raises UsageError if it does not exist."""
    spec = ctx.params.get("spec", ctx.params.get("subject"))
    if spec is not None and ("spec" in ctx.params or is_spec(spec)):
        return bundled_configs.find(Path(spec).expanduser())
    from nncli import store

    return store.find_run(runs_dir(ctx), ctx.params.get("subject") or ctx.params["run"]).path / CONFIG


def components() -> Values:
    """Return the kinds and names of components."""
    from nncli.config import override_keys

    entries = override_keys.components(override_keys.read_schema())
    kinds = dict.fromkeys(each.kind for each in entries)
    return [*((kind, "all components of this kind") for kind in kinds), *((each.name, each.kind) for each in entries)]


def samplers() -> Values:
    """Return the samplers of sweeps."""
    from nncli.config import override_keys

    known = override_keys.components(override_keys.read_schema())
    return [each.name for each in known if each.kind == "sampler"]


def clusters() -> Values:
    """Return the local cluster, and the beginnings of the addresses of others."""
    return [("local", "workers on this machine"), "tcp://", "tls://"]


def metrics() -> Values:
    """Return the metrics of an evaluation, each followed by `=`."""
    from nncli.config import override_keys

    return [f"{name}=" for name in ("loss", *override_keys.metrics(override_keys.read_schema()))]


def experiments(ctx: Context) -> Values:
    """Return the book's experiments that the line does not have yet."""
    return [path.stem for path in bundled_configs.book() if path.stem not in ctx.params.get("experiments", [])]


def columns(ctx: Context) -> Values:
    """Return the columns in the header, or the first line of JSON, of the table on the line."""
    import csv
    import json

    with suppress(*UNREADABLE, csv.Error, LookupError):
        path = Path(ctx.params["table"]).expanduser()
        if path.is_file():
            with path.open(encoding="utf-8") as file:
                line = file.readline(MAX_HEADER_LENGTH)
                return (
                    list(json.loads(line)) if line[:1] == "{" else [name.strip() for name in next(csv.reader([line]))]
                )
    return []
