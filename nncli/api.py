"""The Python API: train a spec, load a trained network, diagnose a run, list runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nncli import config, store
from nncli.diagnosis.diagnose import Diagnosis, diagnose
from nncli.errors import DivergedError, UsageError
from nncli.events import Event
from nncli.model import CheckpointChoice as CheckpointChoice
from nncli.model import Model
from nncli.runner import Runner, consume_events
from nncli.store import Run
from nncli.threads import limit_threads
from nncli.training import Training
from nncli.user_paths import expand

SHORTCUTS = {"seed": "seed", "epochs": "train.epochs", "name": "name"}  # parameters of `train` that are settings


def train(
    spec: str | Path | Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
    *,
    seed: int | None = None,
    epochs: int | None = None,
    name: str | None = None,
    runs_dir: str | Path | None = None,
    threads: int = 1,
    progress: bool = False,
    check: bool = False,
    probes: bool = True,
) -> Run:
    """Train the network described by a spec, with the same digits as `nncli train`, and return the run.

    spec        path of an experiment file, its text (with a line break, or in braces), or a mapping of the same form
    changes     settings by path, as in {"init.scale": 0.01}; `seed`, `epochs` and `name` are shortcuts
    runs_dir    directory of the runs; default: $NNCLI_RUNS_DIR, else runs
    threads     number of BLAS threads during training; always 1 in book precision
    progress    show the epochs on stderr, as the command does
    check       raise DivergedError if training diverged, instead of returning the run
    probes      measure the layers during training and write probes.jsonl

    Raises SpecErrors with all errors of the spec, and UsageError for arguments that contradict each other.
    """
    if threads < 1:
        raise UsageError(f"threads must be at least 1, not {threads}")
    arguments = _arguments(changes or {}, {"seed": seed, "epochs": epochs, "name": name})
    source, text = _source(spec)
    loaded = config.load(source, arguments, text)
    runner = Runner(["nncli.train", str(source), *arguments], _show if progress else consume_events, probes=probes)
    with limit_threads(1 if loaded.experiment.precision == "book" else threads):
        run = runner.train(loaded.resolved, _folder(runs_dir)).run
    if check and run.status == "diverged":
        hint = "try a smaller optimizer.learning_rate or init.scale"
        raise DivergedError(f"diverged: {run.info().get('reason')}", place=str(run.path), hint=hint)
    return run


def load(run: Run | str | Path, checkpoint: CheckpointChoice = "last", *, runs_dir: str | Path | None = None) -> Model:
    """Return the trained network of a run, named as on the command line: its path, part of its name, or `latest`."""
    return Model(_find(run, runs_dir), checkpoint)


def why(run: Run | str | Path, *, runs_dir: str | Path | None = None) -> Diagnosis:
    """Return the verdict on a run, named as for `load`, and its likely problems, most likely first.

    Raises NncliError if the run has not ended, has no checkpoint, or its data are missing or have changed.
    """
    return diagnose(_find(run, runs_dir))


def runs(filter: str | None = None, *, runs_dir: str | Path | None = None) -> list[Run]:
    """Return the runs, newest first; with a filter (as for `nncli runs --filter`), only those that match.

    Raises UsageError if the filter is wrong.
    """
    from nncli.catalog.filter import compile_filter
    from nncli.catalog.keys import Keys
    from nncli.catalog.record import read_records

    listed = store.list_runs(_folder(runs_dir))
    if filter is None:
        return listed
    records, _ = read_records(listed)
    predicate = compile_filter(filter, Keys(records))
    return [record.run for record in records if predicate(record)]


def _find(run: Run | str | Path, runs_dir: str | Path | None) -> Run:
    return run if isinstance(run, Run) else store.find_run(_folder(runs_dir), str(run))


def _folder(runs_dir: str | Path | None) -> Path:
    return store.default_runs_dir() if runs_dir is None else Path(expand(str(runs_dir)))


def _arguments(changes: Mapping[str, Any], shortcuts: Mapping[str, Any]) -> list[str]:
    """Return the changes as overrides for the command line. Raises UsageError if two values contradict each other."""
    settings = {SHORTCUTS[name]: value for name, value in shortcuts.items() if value is not None}
    for name, path in SHORTCUTS.items():
        if path in settings and path in changes and changes[path] != settings[path]:
            message = f"{name}={settings[path]!r} contradicts {path}={changes[path]!r} in `changes`"
            raise UsageError(message, hint="remove one of them")
    return [f"{path}={json.dumps(value, default=_plain)}" for path, value in {**changes, **settings}.items()]


def _source(spec: str | Path | Mapping[str, Any]) -> tuple[Path, str | None]:
    """Return the path of a spec, and its text unless it must be read from the path."""
    if isinstance(spec, Mapping):
        return Path(config.IN_MEMORY), json.dumps(dict(spec), default=_plain)
    if isinstance(spec, str) and ("\n" in spec or spec.lstrip().startswith("{")):
        return Path(config.IN_MEMORY), spec
    return Path(spec), None


def _plain(value: Any) -> Any:
    """Convert a NumPy number, an array or a path to a value that YAML can represent."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"a setting cannot be a {type(value).__name__}")


def _show(run: Path, training: Training, events: Iterator[Event]) -> None:
    """Show the epochs on stderr as the command does."""
    from nncli.render import progress

    progress.show(events, progress.default_style())
