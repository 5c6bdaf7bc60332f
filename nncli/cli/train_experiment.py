"""Train a checked experiment with one seed or several."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from nncli import config, system
from nncli.cli.training_output import TrainingOutput, print_result
from nncli.config import Loaded
from nncli.errors import ExitCode, UsageError
from nncli.escaping import json_text
from nncli.render.table import print_table
from nncli.render.terminal import require_uniplot

if TYPE_CHECKING:
    from nncli.config.draft import Draft
    from nncli.resolved import ResolvedExperiment
    from nncli.trials import Outcome, TrialStarted


def train_one(draft: Draft, evaluate: bool, runs_dir: Path, output: TrainingOutput, *, probes: bool) -> int:
    """Train an experiment once; return the exit code. Of a long table, the run is created before all of it is read."""
    from nncli.runner import Runner  # not needed for --seeds, which trains in other processes

    if output.draws:
        require_uniplot()

    def read() -> ResolvedExperiment:
        loaded = draft.check()
        output.begin(loaded)
        return loaded.resolved

    if (head := draft.check_head()) is not None:
        runner = Runner(sys.argv, output.show_epochs, probes=probes)
        result = runner.read_and_train(head, read, runs_dir, output.announce)
    else:
        resolved = read()
        with Runner(sys.argv, output.watch, probes=probes) as runner:
            result = runner.train(resolved, runs_dir)
    return print_result(result, output, evaluate=evaluate)


def train_seeds(
    loaded: Loaded, seeds: int, jobs: int | None, runs_dir: Path, output: TrainingOutput, *, probes: bool
) -> int:
    """Train with consecutive seeds, beginning with the experiment's, and print the median and range of each metric."""
    from dataclasses import replace

    from nncli import trials  # imported here, because a single run needs neither
    from nncli.catalog.group_by_seed import median_ranges

    first = loaded.experiment.seed
    if first + seeds > 2**32:
        raise UsageError(f"must be at most {2**32 - seeds} with --seeds {seeds}", place=f"seed={first}")
    output.begin(loaded)
    if output.verbose:
        from nncli import training

        output.preview(training.preview(loaded.resolved)._replace(warnings=()))  # each trial reports its own
    specs = [config.dump(replace(loaded.experiment, seed=seed)) for seed in range(first, first + seeds)]
    pending = [
        trials.Trial(spec, runs_dir, sys.argv, probes=probes, warn=spec is specs[0], diagnose=True) for spec in specs
    ]
    with system.Interrupts() as interrupts:
        outcomes = _outcomes(trials.run(pending, jobs or os.cpu_count() or 1, interrupts.requested), first, output)
    metrics = median_ranges([outcome.metrics for outcome in outcomes if outcome.status == "done"])
    if output.json:
        print(json_text({"runs": [str(outcome.path) for outcome in outcomes if outcome.path], "metrics": metrics}))
    elif metrics and not output.quiet:
        rows = [(name, each["median"], each["min"], each["max"]) for name, each in metrics.items()]
        print_table(("metric", "median", "lowest", "highest"), rows, sys.stderr)
    if interrupts.requested():
        return interrupts.exit_code
    return max((outcome.exit_code for outcome in outcomes), default=ExitCode.DONE)


def _outcomes(
    reports: Iterator[tuple[int, TrialStarted | Outcome]], first: int, output: TrainingOutput
) -> list[Outcome]:
    """Print the reports of the trials as they arrive; return their outcomes in the order of their seeds."""
    from nncli.trials import TrialStarted

    outcomes: dict[int, Outcome] = {}
    printed: set[str] = set()
    for number, report in reports:
        if isinstance(report, TrialStarted):
            if not output.json:
                print(report.path, flush=True)
            continue
        outcomes[number] = report
        output.end_of_seed(first + number, report)
        for warning in report.warnings:
            if warning not in printed:  # seeds may differ in warnings, because their splits lack different categories
                output.say(f"warning: seed {first + number}: {warning}")
                printed.add(warning)
    return [outcomes[number] for number in sorted(outcomes)]
