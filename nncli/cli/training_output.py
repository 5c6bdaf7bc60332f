"""The output of the commands that train: before the first epoch, during training and at the end."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nncli import store, threads
from nncli.config import Loaded
from nncli.errors import ExitCode
from nncli.escaping import json_text
from nncli.events import Event, TrainingEnded
from nncli.render import progress
from nncli.render.layers import print_class_weights, print_layers
from nncli.text import count_of

if TYPE_CHECKING:
    from nncli.render.terminal.live import Plots
    from nncli.runner import Result
    from nncli.training import Preview, Training
    from nncli.trials import Outcome


@dataclass(frozen=True, slots=True)
class TrainingOutput:
    """Print the course of a training, as much of it as the options ask for."""

    quiet: bool = False
    verbose: bool = False
    json: bool = False
    style: progress.Style | None = None
    plot: bool = False

    @property
    def shown(self) -> progress.Style:
        """The style in which epochs are shown."""
        return "quiet" if self.quiet else self.style or progress.default_style()

    @property
    def draws(self) -> bool:
        """Whether to draw plots: if asked for, and if the display is live."""
        return self.plot and self.shown == "live"

    def say(self, line: str) -> None:
        """Print a line on stderr, unless quiet."""
        if not self.quiet:
            print(line, file=sys.stderr)

    def begin(self, loaded: Loaded) -> None:
        """Print notes and warnings before the first epoch; if verbose, the layers too."""
        for line in [*loaded.notes, *(f"warning: {warning}" for warning in loaded.warnings)]:
            self.say(line)
        if self.verbose and not self.quiet:
            print_layers(loaded.resolved, sys.stderr)
            self.say(f"seed {loaded.experiment.seed}, {_blas()}, Python {sys.version.split()[0]}")

    def watch(self, run: Path, training: Training, events: Iterator[Event]) -> None:
        """Print the run's path, then show the epochs."""
        if not self.json:
            print(run, flush=True)
        self.preview(training.plan.preview)
        plots = _plots(training) if self.draws else None
        progress.show(events, self.shown, plots=plots)

    def preview(self, preview: Preview) -> None:
        """Say what is notable about data and loss, once the data are read."""
        for warning in preview.warnings:
            self.say(f"warning: {warning}")
        if preview.class_weights and self.verbose and not self.quiet:
            print_class_weights(preview.class_weights, sys.stderr)

    def end(self, run: store.Run) -> dict[str, Any]:
        """Say how a run ended, in a line or two, and return its summary."""
        summary = run.summary() or {}
        ended = TrainingEnded(summary.get("status", "failed"), run.info().get("reason", ""))
        head = f"{ended.status}: {ended.reason}; " if ended.reason else f"{ended.status}: "
        line = _figures(summary.get("final") or {})
        told = f"{head}{count_of(summary['epochs'], 'epoch')} in {summary['seconds']:.1f} s"
        told += f"; after the last update: {line}" if line else ""  # an epoch's own line is from before its update
        if ended.status == "diverged":  # an error, which --quiet does not hide
            print(f"{told}\nhint: try a smaller optimizer.learning_rate or init.scale", file=sys.stderr)
        else:
            self.say(told)
        return summary

    def best(self, run: store.Run, summary: dict[str, Any]) -> None:
        """Say which epoch was the best and how to evaluate its weights, if the run kept them."""
        if best := summary.get("best"):
            name, value = next((name, value) for name, value in best.items() if name != "epoch")
            command = f"nncli eval {shlex.quote(str(run.path))} --checkpoint best"
            self.say(f"best {progress.metrics_line({name: value}, [name])} at epoch {best['epoch']}: {command}")

    def end_of_seed(self, seed: int, outcome: Outcome) -> None:
        """Print how one of several trainings ended."""
        line = "  ".join(filter(None, (f"seed {seed}", outcome.status, outcome.reason, _figures(outcome.metrics))))
        if outcome.status in ("failed", "diverged"):
            print(line, file=sys.stderr)
        else:
            self.say(line)


def _blas() -> str:
    """Say which BLAS runs: `1 thread of openblas 0.3.31 (Haswell kernels)`."""
    blas, count = threads.blas(), threads.count()
    of = "threads" if count is None else count_of(count, "thread")
    kernels = f" ({blas.kernels} kernels)" if blas.kernels else ""
    return " ".join(filter(None, (of, "of", blas.library, blas.version))) + kernels


def _figures(metrics: Mapping[str, float | None]) -> str:
    """The loss and the metrics at the end."""
    there = {name: value for name, value in metrics.items() if value is not None}
    return progress.metrics_line(there, [name for name in there if name not in ("data_loss", "regularization_loss")])


def _plots(training: Training) -> Plots:
    """Plots of a training, which ask it for its fit whenever they are drawn."""
    from nncli.render.terminal.fit import Fit
    from nncli.render.terminal.live import Plots

    plan = training.plan
    return Plots(Fit(training.outputs, plan.in_data_units(plan.training), plan.samples.described), sys.stderr)


def print_result(result: Result, output: TrainingOutput, *, evaluate: bool = False) -> int:
    """Say how a run ended, for people and as JSON, and evaluate it if that is wanted; return the exit code."""
    run = result.run
    summary = output.end(run)
    output.best(run, summary)
    data: dict[str, Any] = {"run": str(run.path), **summary}
    if evaluate and result.exit_code == ExitCode.DONE:
        data["eval"] = _evaluated(run, output)
    if output.json:
        print(json_text(data))
    return result.exit_code


def _evaluated(run: store.Run, output: TrainingOutput) -> dict[str, Any]:
    """Evaluate a run as `nncli eval` does, and print the report on stderr."""
    from nncli import evaluation
    from nncli.model import Model
    from nncli.render.evaluation import print_report

    report = evaluation.evaluate(Model(run))
    evaluation.save(run, report)
    if output.style == "book":
        values = {name: metric.value for name, metric in report.metrics.items()}
        output.say(progress.book_validation_line(values))
    elif not output.quiet:
        print_report(report, sys.stderr)
    return evaluation.as_dict(report)
