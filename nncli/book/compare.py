"""nncli's figures beside those of the book, or beside those of the plain loop with the live nnfs package."""

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
    """A line of the other side beside ours, both as text; `excuse` says why they may differ."""

    epoch: int | None  # None: on the test data, after training
    theirs: dict[str, str]
    ours: dict[str, str]
    known_difference: str
    erratum: bool = False  # the printed line belongs to another experiment

    @property
    def same(self) -> bool:
        """Whether every figure agrees."""
        return self.theirs == self.ours

    @property
    def wrong(self) -> bool:
        """Whether it differs where it should not."""
        return not self.same and not self.known_difference


def compare(path: Path, changes: Sequence[str] = (), *, against_nnfs: bool = False) -> Iterator[Comparison]:
    """Trains an experiment of the book and yields each line of it that the other side has, as soon as it is there.

    With fewer epochs among the changes, the lines printed up to there are compared, and none for the test data.
    """
    loaded, name = config.load(path, changes), path.stem
    experiment = loaded.experiment
    lines = _plain_loop(experiment) if against_nnfs else printed_lines(name)
    last = max((line.epoch for line in lines if line.epoch is not None), default=0)
    complete = experiment.train.epochs > last
    at_epochs = {line.epoch: line for line in lines if line.epoch is not None or complete}
    shown: Callable[[float], str] = repr if against_nnfs else "{:.3f}".format

    def comparison(epoch: int | None, line: Line, metrics: Metrics) -> Comparison:
        why = "" if against_nnfs else known_difference(name, epoch)
        return Comparison(epoch, line.metrics, _as_shown(metrics, line, shown), why, bool(why) and name in ERRATA)

    under_way = training.start(loaded.resolved)
    for event in under_way:
        if isinstance(event, EpochEnded) and (line := at_epochs.get(event.epoch)):
            yield comparison(event.epoch, line, event.metrics)
    if test := at_epochs.get(None):
        samples = under_way.plan.test(under_way.checkpoint.streams)
        assert samples is not None, "the experiments with a line for test data have a test part"
        metrics = under_way.plan.evaluate(under_way.checkpoint.params, samples)
        yield comparison(None, test, metrics)


def _as_shown(metrics: Metrics, line: Line, shown: Callable[[float], str]) -> dict[str, str]:
    """The same figures as a line has, in its form; the book calls the first metric accuracy."""
    ours = dict(metrics)
    if "accuracy" not in ours:
        ours["accuracy"] = ours.get("regression_accuracy", float("nan"))
    return {name: repr(ours[name]) if name == "learning_rate" else shown(ours[name]) for name in line.metrics}


def run_plain_loop(experiment: Experiment) -> dict[str, Any]:
    """Run the plain loop and return its rows and parameters; `nnfs.init()` changes NumPy, so it has its own process."""
    script = Path(__file__).with_name("plain_loop.py")
    request = json.dumps({"experiment": plain(experiment), "every": BOOK_EPOCHS})
    done = subprocess.run(
        [sys.executable, str(script)],
        input=request,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | threads.setting(1),  # more threads can give other bits
    )
    if done.returncode:
        raise NncliError(f"the plain loop ended with code {done.returncode}: {done.stderr.strip()}", place=str(script))
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _plain_loop(experiment: Experiment) -> list[Line]:
    """The lines of the plain loop, all digits."""
    result = run_plain_loop(experiment)
    lines = [
        Line(int(row[0]), dict(zip(result["columns"][1:], map(repr, row[1:]), strict=True))) for row in result["rows"]
    ]
    test = result["test"]
    return [*lines, Line(None, {name: repr(value) for name, value in test.items()})] if test else lines
