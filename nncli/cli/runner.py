"""Training on the command line: what `train` wires together, for one seed and for many."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nncli import config, registry, store, system, threads
from nncli.config import Loaded
from nncli.errors import ExitCode, UsageError
from nncli.escaping import json_text
from nncli.events import TrainingEnded
from nncli.render import progress
from nncli.render.layers import print_class_weights, print_layers
from nncli.render.table import print_table
from nncli.render.terminal import require_uniplot

if TYPE_CHECKING:
    from nncli.render.terminal.live import Plots
    from nncli.training import Preview, Training
    from nncli.trials import Outcome


@dataclass(frozen=True, slots=True)
class Watch:
    """How a training is told: the options of `train` that say so."""

    quiet: bool = False
    verbose: bool = False
    json: bool = False
    style: progress.Style | None = None
    plot: bool = False

    @property
    def shown(self) -> progress.Style:
        """How the epochs are told."""
        return "quiet" if self.quiet else self.style or progress.usual_style()

    @property
    def draws(self) -> bool:
        """Whether there are plots: they are wanted, and there is a live display to hold them."""
        return self.plot and self.shown == "live"

    def say(self, line: str) -> None:
        """A line for people, unless they want none."""
        if not self.quiet:
            print(line, file=sys.stderr)

    def begin(self, loaded: Loaded) -> None:
        """What is worth knowing before the first epoch."""
        for line in [*loaded.notes, *(f"warning: {warning}" for warning in loaded.warnings)]:
            self.say(line)
        if self.verbose and not self.quiet:
            print_layers(loaded.resolved, sys.stderr)
            self.say(f"seed {loaded.experiment.seed}, {_blas()}, Python {sys.version.split()[0]}")

    def preview(self, preview: Preview) -> None:
        """Say what is notable about data and loss, once the data are read."""
        for warning in preview.warnings:
            self.say(f"warning: {warning}")
        if preview.class_weights and self.verbose and not self.quiet:
            print_class_weights(preview.class_weights, sys.stderr)

    def end(self, ended: TrainingEnded, summary: dict[str, Any]) -> None:
        """How it ended, in a line or two."""
        head = f"{ended.status}: {ended.reason}; " if ended.reason else f"{ended.status}: "
        line = _figures(summary.get("final") or {})
        told = f"{head}{summary['epochs']:,} epochs in {summary['seconds']:.1f} s"
        told += f"; after the last update: {line}" if line else ""  # an epoch's own line is from before its update
        if ended.status == "diverged":  # an error, so told to those who want to hear of nothing else
            print(f"{told}\nhint: try a smaller optimizer.learning_rate or init.scale", file=sys.stderr)
        else:
            self.say(told)

    def best(self, run: store.Run, summary: dict[str, Any]) -> None:
        """Say which epoch was the best and how to evaluate its weights, if the run kept them."""
        if best := summary.get("best"):
            name, value = next((name, value) for name, value in best.items() if name != "epoch")
            command = f"nncli eval {shlex.quote(str(run.path))} --checkpoint best"
            self.say(f"best {progress.figures_line({name: value}, [name])} at epoch {best['epoch']}: {command}")

    def end_of_seed(self, seed: int, outcome: Outcome) -> None:
        """How one of many ended, in a line."""
        line = "  ".join(filter(None, (f"seed {seed}", outcome.status, outcome.reason, _figures(outcome.figures))))
        if outcome.status in ("failed", "diverged"):
            print(line, file=sys.stderr)
        else:
            self.say(line)


def _blas() -> str:
    """Say which BLAS runs: `1 thread of openblas 0.3.31 (Haswell kernels)`."""
    blas, count = threads.blas(), threads.count()
    of = "threads" if count is None else f"{count} thread{'s' * (count != 1)}"
    kernels = f" ({blas.kernels} kernels)" if blas.kernels else ""
    return " ".join(filter(None, (of, "of", blas.library, blas.version))) + kernels


def _figures(figures: Mapping[str, float | None]) -> str:
    """The loss and the metrics at the end."""
    there = {name: value for name, value in figures.items() if value is not None}
    return progress.figures_line(there, [name for name in there if name not in ("data_loss", "regularization_loss")])


class Stop:
    """Whether training is to stop, as it asks after each epoch; the writer is told how the process then ends."""

    def __init__(self, interrupts: system.Interrupts) -> None:
        self.interrupts = interrupts
        self.writer: store.Writer | None = None

    def __call__(self) -> bool:
        """Whether somebody asked to stop."""
        if not self.interrupts.requested():
            return False
        if self.writer is not None:
            self.writer.stop_exit_code = self.interrupts.exit_code
        return True


def train_one(loaded: Loaded, evaluate: bool, runs_dir: Path, watch: Watch) -> int:
    """Trains one experiment; the exit code says how it ended."""
    from nncli import training

    experiment = loaded.experiment
    if watch.draws:
        require_uniplot()
    watch.begin(loaded)
    with system.Interrupts() as interrupts:
        stop, about = Stop(interrupts), store.about(sys.argv, experiment.seed)
        text, settings = config.dump(experiment), registry.plain(experiment)
        source = training.start(loaded.resolved, stop)  # first, as data that are refused leave no run behind
        with store.new_run(runs_dir, experiment.name, text, about, settings) as writer:
            code = record(writer, source, stop, watch)
    return tell(store.Run(writer.path), code, watch, evaluate=evaluate)


def record(writer: store.Writer, source: Training, stop: Stop, watch: Watch) -> ExitCode:
    """Take a training to its end, shown and written; the run's path is printed first."""
    if not watch.json:
        print(writer.path, flush=True)
    stop.writer = writer
    watch.preview(source.plan.preview)
    plots = _plots(source) if watch.draws else None
    ended = progress.show(writer.record(source), watch.shown, plots=plots)
    return {"done": ExitCode.DONE, "diverged": ExitCode.DIVERGED}.get(ended.status, stop.interrupts.exit_code)


def _plots(source: Training) -> Plots:
    """Plots of a training, which ask it for its fit whenever they are drawn."""
    from nncli.render.terminal.fit import Shown
    from nncli.render.terminal.live import Plots

    plan = source.plan
    return Plots(Shown(source.outputs, plan.in_units(plan.training), plan.samples.described), sys.stderr)


def tell(run: store.Run, code: ExitCode, watch: Watch, *, evaluate: bool = False) -> ExitCode:
    """Says how a run ended, for people and as JSON, and evaluates it where that is wanted; gives the exit code back."""
    summary = tell_end(run, watch)
    watch.best(run, summary)
    result: dict[str, Any] = {"run": str(run.path), **summary}
    if evaluate and code == ExitCode.DONE:
        result["eval"] = _evaluated(run, watch)
    if watch.json:
        print(json_text(result))
    return code


def tell_end(run: store.Run, watch: Watch) -> dict[str, Any]:
    """Say how a run ended, for people, and return its summary."""
    summary = run.summary() or {}
    watch.end(TrainingEnded(summary.get("status", "failed"), run.info().get("reason", "")), summary)
    return summary


def _evaluated(run: store.Run, watch: Watch) -> dict[str, Any]:
    """Evaluates a run as `nncli eval` does, for people on stderr."""
    from nncli import evaluation
    from nncli.model import Model
    from nncli.render.evaluation import print_report

    report = evaluation.evaluate(Model(run))
    evaluation.save(run, report)
    if watch.style == "book":
        values = {name: metric.value for name, metric in report.metrics.items()}
        watch.say(progress.book_validation_line(values))
    elif not watch.quiet:
        print_report(report, sys.stderr)
    return evaluation.as_dict(report)


def train_seeds(loaded: Loaded, seeds: int, jobs: int | None, runs_dir: Path, watch: Watch) -> int:
    """Trains as many seeds, counted up from the experiment's own, and tells the median and range of each metric."""
    from dataclasses import replace

    from nncli import trials  # these two here, as a single training needs neither
    from nncli.catalog.folding import spreads

    first = loaded.experiment.seed
    if first + seeds > 2**32:
        raise UsageError(f"must leave room for {seeds} seeds below {2**32}", place=f"seed={first}")
    watch.begin(loaded)
    if watch.verbose:
        from nncli import training

        watch.preview(training.preview(loaded.resolved)._replace(warnings=()))  # each seed has its own
    waiting = [
        trials.Trial(config.dump(replace(loaded.experiment, seed=seed)), seed, runs_dir, sys.argv)
        for seed in range(first, first + seeds)
    ]
    outcomes: dict[int, Outcome] = {}
    warned: set[str] = set()
    with system.Interrupts() as interrupts:
        for number, news in trials.run(waiting, jobs or os.cpu_count() or 1, interrupts.requested):
            if isinstance(news, trials.Started):
                if not watch.json:
                    print(news.path, flush=True)
                continue
            outcomes[number] = news
            watch.end_of_seed(first + number, news)
            for warning in news.warnings:
                if warning not in warned:  # another split may well lack other categories
                    watch.say(f"warning: seed {first + number}: {warning}")
                    warned.add(warning)
    spread = spreads([outcome.figures for outcome in outcomes.values() if outcome.status == "done"])
    if watch.json:
        paths = [str(outcomes[number].path) for number in sorted(outcomes) if outcomes[number].path]
        print(json_text({"runs": paths, "metrics": spread}))
    elif spread and not watch.quiet:
        rows = [(name, each["median"], each["min"], each["max"]) for name, each in spread.items()]
        print_table(("metric", "median", "lowest", "highest"), rows, sys.stderr)
    if interrupts.requested():
        return interrupts.exit_code
    return max((outcome.exit_code for outcome in outcomes.values()), default=ExitCode.DONE)
