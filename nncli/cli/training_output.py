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
from nncli.diagnosis.saved import diagnose_training
from nncli.diagnosis.setup_warnings import preview_of_training
from nncli.errors import ExitCode
from nncli.escaping import json_text, printable
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
    """Print the progress of training in the detail that the options ask for."""

    quiet: bool = False
    verbose: bool = False
    json: bool = False
    style: progress.Style | None = None
    plot: bool = False

    @property
    def progress_style(self) -> progress.Style:
        """The style in which epochs are printed."""
        return "quiet" if self.quiet else self.style or progress.default_style()

    @property
    def draws(self) -> bool:
        """True if plots are requested and the display is live."""
        return self.plot and self.progress_style == "live"

    def say(self, line: str) -> None:
        """Print a line on stderr, unless quiet."""
        if not self.quiet:
            print(line, file=sys.stderr)

    def begin(self, loaded: Loaded) -> None:
        """Print notes and warnings; if verbose, also layers, seed and versions."""
        for line in [*loaded.notes, *(f"warning: {warning}" for warning in loaded.warnings)]:
            self.say(line)
        if self.verbose and not self.quiet:
            print_layers(loaded.resolved, sys.stderr)
            self.say(f"seed {loaded.experiment.seed}, {_blas()}, Python {sys.version.split()[0]}")

    def watch(self, run: Path, training: Training, events: Iterator[Event]) -> None:
        """Print the run's path, then show the epochs."""
        self.announce(run)
        self.show_epochs(run, training, events)

    def announce(self, run: Path) -> None:
        """Print the run's path, unless the result is printed as JSON."""
        if not self.json:
            print(run, flush=True)

    def show_epochs(self, _run: Path, training: Training, events: Iterator[Event]) -> None:
        """Show the epochs."""
        if not self.quiet:
            self.preview(preview_of_training(training.plan))
        plots = _plots(training) if self.draws else None
        progress.show(events, self.progress_style, plots=plots)

    def preview(self, preview: Preview) -> None:
        """Print warnings about data and loss; if verbose, also class weights."""
        for warning in preview.warnings:
            self.say(f"warning: {warning}")
        if preview.class_weights and self.verbose and not self.quiet:
            print_class_weights(preview.class_weights, sys.stderr)

    def end(self, run: store.Run) -> dict[str, Any]:
        """Print how a run ended and return its summary."""
        summary = run.summary() or {}
        ended = TrainingEnded(summary.get("status", "failed"), run.info().get("reason", ""))
        head = f"{ended.status}: {ended.reason}; " if ended.reason else f"{ended.status}: "
        metrics = _metrics_line(summary.get("final") or {})
        line = f"{head}{count_of(summary['epochs'], 'epoch')} in {summary['seconds']:.1f} s"
        line += f"; after the last update: {metrics}" if metrics else ""  # an epoch's line is from before its updates
        if ended.status == "diverged":  # an error, printed despite --quiet
            print(f"{line}\nhint: try a smaller optimizer.learning_rate or init.scale", file=sys.stderr)
        else:
            self.say(line)
        return summary

    def best(self, run: store.Run, summary: dict[str, Any]) -> None:
        """Print the best epoch and the command that evaluates its weights, if the run saved them."""
        if best := summary.get("best"):
            name, value = next((name, value) for name, value in best.items() if name != "epoch")
            command = f"nncli eval {shlex.quote(str(run.path))} --checkpoint best"
            self.say(f"best {progress.metrics_line({name: value}, [name])} at epoch {best['epoch']}: {command}")

    def end_of_seed(self, seed: int, outcome: Outcome) -> None:
        """Print how the training with one of several seeds ended."""
        line = "  ".join(filter(None, (f"seed {seed}", outcome.status, outcome.reason, _metrics_line(outcome.metrics))))
        if outcome.status in ("failed", "diverged"):
            print(line, file=sys.stderr)
        else:
            self.say(line)
        if outcome.diagnosis:
            self.say(f"seed {seed}  {printable(outcome.diagnosis)}")


def _blas() -> str:
    """Describe the BLAS in use: `1 thread of openblas 0.3.31 (Haswell kernels)`."""
    blas, count = threads.blas(), threads.count()
    number = "threads" if count is None else count_of(count, "thread")
    kernels = f" ({blas.kernels} kernels)" if blas.kernels else ""
    return " ".join(filter(None, (number, "of", blas.library, blas.version))) + kernels


def _metrics_line(metrics: Mapping[str, float | None]) -> str:
    """Format the final loss and metrics that have a value."""
    values = {name: value for name, value in metrics.items() if value is not None}
    return progress.metrics_line(values, [name for name in values if name not in ("data_loss", "regularization_loss")])


def _plots(training: Training) -> Plots:
    """Return the plots to draw during training; they compute the fit each time they are drawn."""
    from nncli.render.terminal.fit import Fit
    from nncli.render.terminal.live import Plots

    plan = training.plan
    return Plots(Fit(training.outputs, plan.in_data_units(plan.training), plan.samples.described), sys.stderr)


def print_result(result: Result, output: TrainingOutput, *, evaluate: bool = False) -> int:
    """Print the result of a run, evaluate it if requested, and return the exit code."""
    run = result.run
    summary = output.end(run)
    output.best(run, summary)
    diagnosis = diagnose_training(run, result.training, result.ended.status)
    if diagnosis is not None and diagnosis.line:
        output.say(printable(diagnosis.line))
    data: dict[str, Any] = {"run": str(run.path), **summary, "verdict": diagnosis and diagnosis.verdict}
    if evaluate and result.exit_code == ExitCode.DONE:
        data["eval"] = _evaluate(run, output)
    if output.json:
        print(json_text(data))
    return result.exit_code


def _evaluate(run: store.Run, output: TrainingOutput) -> dict[str, Any]:
    """Evaluate a run as `nncli eval` does; print the report on stderr and return it."""
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
