"""The values that a parameter may have: files, runs, keys and what else can be known while somebody waits for it.

What is damaged or missing has no values, and nothing is said about it here. Functions import what they alone need.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from nncli import shipped
from nncli.cli.completion.line import Line
from nncli.errors import NncliError

SPECS = (".yaml", ".yml", ".json")
CONFIGS = "configs/"
CONFIG = "config.yaml"  # of a run
LONGEST_HEADER = 1 << 16
UNREADABLE = (NncliError, OSError, ValueError)  # ValueError for what can be no path


class Value(NamedTuple):
    """A whole word that may stand at the cursor, and what it means; the shell quotes the names of files."""

    text: str
    help: str = ""
    is_file: bool = False


def specs(line: Line) -> list[Value]:
    """Experiment files and folders, and, as `configs/...`, those that come with nncli."""
    found = _entries(line.unfinished, _is_spec)
    folder = line.unfinished[: line.unfinished.rfind("/") + 1]
    if not folder:
        found.append(Value(CONFIGS, is_file=True))
    elif folder.startswith(CONFIGS) and ".." not in folder:
        with suppress(NncliError):
            found += _entries(line.unfinished, _is_spec, shipped.configs() / folder.removeprefix(CONFIGS))
    return sorted(set(found))


def files(line: Line) -> list[Value]:
    """Files and folders."""
    return sorted(_entries(line.unfinished, lambda name: True))


def folders(line: Line) -> list[Value]:
    """Folders."""
    return sorted(_entries(line.unfinished, lambda name: False))


def _is_spec(name: str) -> bool:
    return name.endswith(SPECS) and not name.endswith(shipped.SCHEMA)


def _entries(typed: str, wanted: Callable[[str], bool], folder: Path | None = None) -> list[Value]:
    """The folders and wanted files in the folder that is typed, or in another as if it were that one."""
    tail = typed.rpartition("/")[2]
    head = typed.removesuffix(tail)
    found: list[Value] = []
    with suppress(OSError, ValueError), os.scandir(folder or os.path.expanduser(head) or ".") as entries:  # noqa: PTH111
        for entry in entries:
            if entry.name.isprintable() and (tail.startswith(".") or not entry.name.startswith(".")):
                if entry.is_dir():
                    found.append(Value(f"{head}{entry.name}/", is_file=True))
                elif wanted(entry.name):
                    found.append(Value(head + entry.name, is_file=True))
    return found


def runs(line: Line) -> list[Value]:
    """`latest` and the names of all runs, the newest first; else, as far as they fit, their paths, and folders."""
    from nncli import store

    there: list[store.Run] = []
    with suppress(*UNREADABLE):
        there = store.list_runs(runs_dir(line))
    latest = [Value("latest", "the newest with a checkpoint")] if there else []
    names = [*latest, *(Value(f"{run.path.parent.name}/{run.path.name}") for run in there)]
    if any(name.text.startswith(line.unfinished) for name in names):
        return names
    paths = [Value(str(run.path), is_file=True) for run in there if str(run.path).startswith(line.unfinished)]
    return paths or folders(line)


def named_runs(line: Line) -> list[Value]:
    """Runs that are not given yet, without `latest`: what is changed or removed must be named."""
    return [value for value in runs(line) if value.text not in ("latest", *line.given.get("runs", []))]


def runs_dir(line: Line) -> Path:
    """Return the directory of runs that the line means."""
    from nncli import store

    given = line.given.get("runs_dir")
    return (Path(given[-1]) if given else store.default_runs_dir()).expanduser()


def changes(line: Line) -> list[Value]:
    """What can be changed of the spec on the line, as `key.path=`; behind the `=`, the words that the key takes."""
    from nncli.config import keys

    schema = keys.read_schema()
    every = keys.keys(schema, _spec(line))
    key, equals, _ = line.unfinished.partition("=")
    if not equals:
        return [Value(f"{each.path}=", each.help) for each in every]
    return [Value(f"{key}={word}") for each in every if each.path == key for word in each.words]


def _spec(line: Line) -> Any:
    """What the spec or run on the line says, with the changes there if they can be made; None where it is not read."""
    from nncli import config
    from nncli.config.nodes import plain

    given = [one for one in line.given.get("changes", []) if not one.endswith("=")]
    for made in (given, []):
        with suppress(*UNREADABLE):
            spec = _spec_file(line)
            if spec.is_file():  # and no pipe, which may have no end
                return plain(config.read(spec, made).root)
    return None


def _spec_file(line: Line) -> Path:
    """The file that the line begins with, or that of its run. Raises UsageError where there is none."""
    if "spec" in line.given:
        return shipped.find(Path(line.given["spec"][0]).expanduser())
    from nncli import store

    return store.find_run(runs_dir(line), line.given["run"][0]).path / CONFIG


def components(line: Line) -> list[Value]:
    """Kinds and names of components."""
    from nncli.config import keys

    every = keys.components(keys.read_schema())
    kinds = dict.fromkeys(each.kind for each in every)
    return [*(Value(kind, f"every {kind}") for kind in kinds), *(Value(each.name, each.kind) for each in every)]


def figures(line: Line) -> list[Value]:
    """Figures of an evaluation, as `accuracy=`."""
    from nncli.config import keys

    return [Value(f"{name}=") for name in ("loss", *keys.metrics(keys.read_schema()))]


def experiments(line: Line) -> list[Value]:
    """The book's experiments that are not given yet."""
    return [Value(path.stem) for path in shipped.book() if path.stem not in line.given.get("experiments", [])]


def columns(line: Line) -> list[Value]:
    """The columns of the table on the line, as its first line names them."""
    import csv

    with suppress(*UNREADABLE, csv.Error, LookupError):
        path = Path(line.given["table"][0]).expanduser()
        if path.is_file():
            with path.open(encoding="utf-8") as file:
                return [Value(name.strip()) for name in next(csv.reader([file.readline(LONGEST_HEADER)]))]
    return []
