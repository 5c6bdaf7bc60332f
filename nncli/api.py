"""The Python library: train a spec, load a trained network, list runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nncli import config, store
from nncli import threads as blas
from nncli.errors import DivergedError, UsageError
from nncli.events import Event
from nncli.model import CheckpointChoice as CheckpointChoice
from nncli.model import Model
from nncli.runner import Runner, consume_events
from nncli.store import Run
from nncli.training import Training
from nncli.user_paths import expand

SHORT = {"seed": "seed", "epochs": "train.epochs", "name": "name"}  # parameters of `train` that are settings


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
) -> Run:
    """Train the network that a spec describes, to the digits of `nncli train`, and return the run.

    spec        the path of an experiment file, its text (of several lines, or in braces), or a mapping of the same form
    changes     settings by their paths, as in {"init.scale": 0.01}; `seed`, `epochs` and `name` are short for three
    runs_dir    the folder of runs; by default $NNCLI_RUNS_DIR, else runs
    threads     of BLAS meanwhile, in book precision 1; afterwards it has as many as before
    progress    show the epochs on stderr, as the command does
    check       raise DivergedError if the training diverged; `run.status` says it too

    Raises SpecErrors with all that is wrong with the spec, and UsageError for arguments that contradict each other.
    """
    if threads < 1:
        raise UsageError(f"threads must be at least 1, not {threads}")
    arguments = _arguments(changes or {}, {"seed": seed, "epochs": epochs, "name": name})
    source, text = _source(spec)
    loaded = config.load(source, arguments, text)
    runner = Runner(["nncli.train", str(source), *arguments], _show if progress else consume_events)
    with blas.limited(1 if loaded.experiment.precision == "book" else threads):
        run = runner.train(loaded.resolved, _folder(runs_dir)).run
    if check and run.status == "diverged":
        hint = "try a smaller optimizer.learning_rate or init.scale"
        raise DivergedError(f"diverged: {run.info().get('reason')}", place=str(run.path), hint=hint)
    return run


def load(run: Run | str | Path, checkpoint: CheckpointChoice = "last", *, runs_dir: str | Path | None = None) -> Model:
    """Return the trained network of a run, named as on the command line: its path, part of its name, or `latest`."""
    found = run if isinstance(run, Run) else store.find_run(_folder(runs_dir), str(run))
    return Model(found, checkpoint)


def runs(filter: str | None = None, *, runs_dir: str | Path | None = None) -> list[Run]:
    """Return the runs, newest first; with a filter as of `nncli runs --filter`, those that it lets through.

    Raises UsageError if the filter is wrong.
    """
    from nncli.catalog.filter import compiled
    from nncli.catalog.keys import Keys
    from nncli.catalog.record import read_records

    found = store.list_runs(_folder(runs_dir))
    if filter is None:
        return found
    records, _ = read_records(found)
    meets = compiled(filter, Keys(records))
    return [record.run for record in records if meets(record)]


def _folder(runs_dir: str | Path | None) -> Path:
    return store.default_runs_dir() if runs_dir is None else Path(expand(str(runs_dir)))


def _arguments(changes: Mapping[str, Any], short: Mapping[str, Any]) -> list[str]:
    """Return the changes as arguments of the command line. Raises UsageError if one is given twice with two values."""
    given = {SHORT[name]: value for name, value in short.items() if value is not None}
    for name, path in SHORT.items():
        if path in given and path in changes and changes[path] != given[path]:
            message = f"{name}={given[path]!r} contradicts {path}={changes[path]!r} among the changes"
            raise UsageError(message, hint="give one of them")
    return [f"{path}={json.dumps(value, default=_plain)}" for path, value in {**changes, **given}.items()]


def _source(spec: str | Path | Mapping[str, Any]) -> tuple[Path, str | None]:
    """Return the path of a spec, and its text unless that is to be read from the path."""
    if isinstance(spec, Mapping):
        return Path(config.IN_MEMORY), json.dumps(dict(spec), default=_plain)
    if isinstance(spec, str) and ("\n" in spec or spec.lstrip().startswith("{")):
        return Path(config.IN_MEMORY), spec
    return Path(spec), None


def _plain(value: Any) -> Any:
    """Return a number of NumPy, an array of them, or a path, as what YAML has for it."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"a setting cannot be a {type(value).__name__}")


def _show(run: Path, training: Training, events: Iterator[Event]) -> None:
    """Show the epochs on stderr as the command does."""
    from nncli.render import progress

    progress.show(events, progress.default_style())
