"""Compare nncli's metrics with those printed in the book, or computed by the plain loop with the nnfs package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nncli import config, threads, training
from nncli.book.printed import ERRATA, Line, known_difference, printed_lines
from nncli.errors import NncliError
from nncli.events import EpochEnded, Metrics
from nncli.experiment import Experiment
from nncli.registry import plain

BOOK_EPOCHS = 100  # the book prints every hundredth epoch


class Comparison(NamedTuple):
    """A line of the reference (`theirs`) and of nncli (`ours`); `known_difference` says why they may differ."""

    epoch: int | None  # None for the test data after training
    theirs: dict[str, str]
    ours: dict[str, str]
    known_difference: str
    erratum: bool = False  # the printed line belongs to another experiment

    @property
    def same(self) -> bool:
        """Return whether all metrics agree."""
        return self.theirs == self.ours

    @property
    def wrong(self) -> bool:
        """Return whether the line differs for no known reason."""
        return not self.same and not self.known_difference


def compare(path: Path, changes: Sequence[str] = (), *, against_nnfs: bool = False) -> Iterator[Comparison]:
    """Train an experiment of the book and yield a comparison for each line of the reference, as soon as possible.

    If the changes reduce the epochs, only the lines up to the last epoch are compared, without the test data.
    """
    loaded, name = config.load(path, changes), path.stem
    experiment = loaded.experiment
    lines = _plain_loop(experiment) if against_nnfs else printed_lines(name)
    last = max((line.epoch for line in lines if line.epoch is not None), default=0)
    complete = experiment.train.epochs > last
    at_epochs = {line.epoch: line for line in lines if line.epoch is not None or complete}
    format_value: Callable[[float], str] = repr if against_nnfs else "{:.3f}".format

    def comparison(epoch: int | None, line: Line, metrics: Metrics) -> Comparison:
        reason = "" if against_nnfs else known_difference(name, epoch)
        ours = _format_metrics(metrics, line, format_value)
        return Comparison(epoch, line.metrics, ours, reason, bool(reason) and name in ERRATA)

    source = training.start(loaded.resolved)
    for event in source:
        if isinstance(event, EpochEnded) and (line := at_epochs.get(event.epoch)):
            yield comparison(event.epoch, line, event.metrics)
    if test := at_epochs.get(None):
        samples = source.plan.test(source.checkpoint.streams)
        assert samples is not None, "an experiment with a line for test data must have a test part"
        metrics = source.plan.evaluate(source.checkpoint.params, samples)
        yield comparison(None, test, metrics)


def _format_metrics(metrics: Metrics, line: Line, format_value: Callable[[float], str]) -> dict[str, str]:
    """Return the metrics of a line in the same format; the book calls the first metric accuracy."""
    ours = dict(metrics)
    if "accuracy" not in ours:
        ours["accuracy"] = ours.get("regression_accuracy", float("nan"))
    return {name: repr(ours[name]) if name == "learning_rate" else format_value(ours[name]) for name in line.metrics}


def run_plain_loop(experiment: Experiment) -> dict[str, Any]:
    """Run the plain loop in a separate process, since `nnfs.init()` patches NumPy, and return rows and parameters."""
    script = Path(__file__).with_name("plain_loop.py")
    request = json.dumps({"experiment": plain(experiment), "every": BOOK_EPOCHS})
    done = subprocess.run(
        [sys.executable, str(script)],
        input=request,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | threads.setting(1),  # more threads can change the last bits
    )
    if done.returncode:
        message = f"the plain loop failed with exit code {done.returncode}: {done.stderr.strip()}"
        raise NncliError(message, place=str(script))
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _plain_loop(experiment: Experiment) -> list[Line]:
    """Return the lines of the plain loop with all digits."""
    result = run_plain_loop(experiment)
    lines = [
        Line(int(row[0]), dict(zip(result["columns"][1:], map(repr, row[1:]), strict=True))) for row in result["rows"]
    ]
    test = result["test"]
    return [*lines, Line(None, {name: repr(value) for name, value in test.items()})] if test else lines
