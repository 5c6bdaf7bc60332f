"""All details of one run, for `nncli show`."""

from __future__ import annotations

import dataclasses
import os
import shlex
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from nncli.catalog.record import Record, read_record, time_of
from nncli.errors import NncliError
from nncli.store import Run
from nncli.store.run import CONFIG
from nncli.store.settings import is_within_limits

MAX_FILES = 1000


def full_record(run: Run) -> Record:
    """Return the record, with the settings read from config.yaml if run.json has no copy of them."""
    record = read_record(run)
    if record.settings is not None:
        return record
    from nncli.config.nodes import plain
    from nncli.config.reader import read_text

    try:
        # Not read as a spec: `extends` in a stranger's file must not open other files.
        settings = plain(read_text(run.config_text(), str(run.path / CONFIG)))
    except NncliError:
        return record
    usable = isinstance(settings, dict) and is_within_limits(settings)
    return dataclasses.replace(record, settings=settings if usable else None)


def details(run: Run, verdict: str | None = None) -> dict[str, Any]:
    """Return the record, the rest of run.json, the files with their sizes, and suggested next commands as JSON data."""
    record, info = full_record(run), run.info()
    fields = record.as_dict()
    code = info.get("exit_code")
    return {
        **{key: fields[key] for key in ("run", "name", "status")},
        "verdict": verdict,
        "reason": _text(info.get("reason")),
        "exit_code": code if type(code) is int else None,
        "start": record.start,
        "end": time_of(info.get("end")),
        **{key: fields[key] for key in ("seconds", "epochs", "seed")},
        "command": [part for part in _list(info.get("command")) if isinstance(part, str)],
        "parent": _scalars(info.get("parent")) or None,
        "resumed": [
            {"epoch": _scalars(each).get("epoch"), "start": time_of(each.get("start"))}
            for each in _list(info.get("resumed"))
            if isinstance(each, dict)
        ],
        "versions": _scalars(info.get("versions")),
        "git": _scalars(info.get("git")),
        "host": _text(info.get("host")),
        "platform": _text(info.get("platform")),
        "processor": _scalars(info.get("processor")),
        "blas": _scalars(info.get("blas")),
        "simd": [name for name in _list(info.get("simd")) if isinstance(name, str)],
        **{key: fields[key] for key in ("final", "best", "settings")},
        "files": [{"name": name, "bytes": size} for name, size in sorted(islice(_files(run.path), MAX_FILES))],
        "next": _next(record, verdict),
    }


def _files(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield the relative name and size of each regular file below a folder, without following links."""
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            try:
                status = path.lstat()
            except OSError:  # removed since
                continue
            if stat.S_ISREG(status.st_mode):
                yield path.relative_to(folder).as_posix(), status.st_size


def _next(record: Record, verdict: str | None) -> list[str]:
    """Return the commands that make sense for a run with this status and verdict."""
    name = shlex.quote(record.path)
    steps = [f"nncli resume {name}"] if record.status in ("stopped", "lost") else []
    if record.run.has_checkpoint("last"):
        steps.append(f"nncli eval {name}")
    if verdict not in (None, "healthy"):
        steps.append(f"nncli why {name}")
    if record.epochs:
        steps.append(f"nncli plot {name}")
    if record.status == "failed" and record.run.has_checkpoint("last"):
        steps.append(f"nncli resume {name}")
    if record.status in ("diverged", "failed"):
        steps.append(f"nncli rm {name}")
    return steps


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _scalars(value: Any) -> dict[str, str | int | None]:
    """Return the scalar entries of a mapping, empty for anything else: a stranger's run.json may contain any JSON."""
    mapping = value if isinstance(value, dict) else {}
    return {key: item for key, item in mapping.items() if item is None or isinstance(item, str | int)}
