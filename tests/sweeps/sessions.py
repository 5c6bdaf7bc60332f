"""Run small sweeps in this process, with their trainings in processes as usual."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nncli.config.choices import read_saved_tree, read_tree
from nncli.store import Run
from nncli.sweeps.directory import SPEC, SweepDirectory
from nncli.sweeps.events import SweepEvent
from nncli.sweeps.session import Session

TINY = """\
name: tiny
data: {type: sine, samples: 10, validation: {samples: 5}}
init: {type: normal, scale: 0.1}
layers: [{type: dense, units: 3, activation: tanh}, {type: dropout, rate: 0.2}, {type: dense, units: 1}]
loss: mse
train: {epochs: 6, batch_size: 4}
sweep: {workers: 2}
"""


def never() -> bool:
    return False


def new_session(folder: Path, *arguments: str, text: str = TINY) -> Session:
    """Return the session of a new sweep of `text`."""
    spec = folder / "tiny.yaml"
    spec.write_text(text)
    return Session.new(read_tree(spec, arguments, {}), folder / "runs", ["a", "command"])


def continued(directory: SweepDirectory, *arguments: str) -> Session:
    """Return the session of a sweep that exists."""
    tree = read_saved_tree(directory.spec(), str(directory.path / SPEC), arguments, {})
    return Session.continued(directory, tree, ["another", "command"])


def run(session: Session, stop: Callable[[], bool] = never, **options: Any) -> list[SweepEvent]:
    """Run a session to its end; return its events."""
    with session:
        return list(session.run(stop, **options))


def results(directory: SweepDirectory) -> dict[int, Any]:
    """Return what does not depend on time, by trial: settings, and status, objective and epochs of each seed."""
    return {
        trial.number: (
            trial.settings,
            {seed: (each.status, each.objective, each.epochs) for seed, each in sorted(trial.trainings.items())},
        )
        for _, trial in sorted(directory.trials().items())
    }


def runs(directory: SweepDirectory) -> list[Run]:
    """Return the runs of a sweep."""
    return [Run(path.parent) for path in sorted(directory.path.glob("*/run.json"))]
