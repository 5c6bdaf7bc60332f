"""Resume, fork or repeat a run, and print how it ended."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from nncli import resumption, store
from nncli.cli.training_output import TrainingOutput, print_result
from nncli.errors import ExitCode, NncliError
from nncli.escaping import json_text
from nncli.render.repetition import result_lines
from nncli.repetition.comparison import Original
from nncli.repetition.rounding import Tools
from nncli.repetition.run_numbers import Nudge
from nncli.runner import Result, Runner
from nncli.store.run import CheckpointChoice
from nncli.text import count_of


def resume(run: store.Run, changes: Sequence[str], evaluate: bool, output: TrainingOutput) -> int:
    """Resume a run; return the exit code."""
    with Runner(sys.argv, output.watch) as runner:
        result = runner.resume(run, changes, output.begin)
    if result.already_ended:
        return _print_already_ended(result, output)
    return print_result(result, output, evaluate=evaluate)


def _print_already_ended(result: Result, output: TrainingOutput) -> int:
    run, ended = result.run, result.ended
    summary, stopping = run.summary() or {}, result.training.plan.experiment.train.early_stopping
    reason = f"{ended.reason}; " if ended.reason else ""
    line = f"{ended.status}: {reason}nothing left to train after {count_of(summary.get('epochs', 0), 'epoch')}"
    print(json_text({"run": str(run.path), **summary, "verdict": run.verdict()}) if output.json else run.path)
    if ended.status == "diverged":
        hint = "train again with a smaller optimizer.learning_rate"
        print(f"{line}\nhint: {hint}", file=sys.stderr)
        return result.exit_code
    output.say(line)
    if ended.reason and stopping is not None:
        name = shlex.quote(str(run.path))
        output.say(f"hint: train longer with nncli resume {name} --fork {resumption.PATIENCE}={2 * stopping.patience}")
    return result.exit_code


def fork(
    run: store.Run,
    changes: Sequence[str],
    evaluate: bool,
    runs_dir: Path,
    output: TrainingOutput,
    checkpoint: CheckpointChoice = "last",
) -> int:
    """Fork a run; return the exit code."""
    with Runner(sys.argv, output.watch) as runner:
        result = runner.fork(run, changes, runs_dir, checkpoint, output.begin)
    return print_result(result, output, evaluate=evaluate)


def repeat(run: store.Run, runs_dir: Path, output: TrainingOutput, data: str | None = None) -> int:
    """Repeat a run, compare all numbers of the two runs and return the exit code."""
    if isinstance(parent := run.info().get("parent"), dict):
        message = f"cannot be repeated from its settings alone, because it was forked from {parent.get('run')}"
        raise NncliError(message, place=str(run.path), hint="repeat the parent, then fork the new run")
    with Runner(sys.argv, output.watch) as runner:
        loaded = resumption.load_with_changes(run, [] if data is None else [f"data.path={json.dumps(data)}"])
        original = Original(run, loaded)
        retrained = original.retrain(runner, runs_dir, output.begin)
        summary = output.end(retrained.run)
        comparison = original.compare(retrained, Tools(runner, partial(_evaluate, data or ""), output.say))
    if output.json:
        repeats = {"run": str(run.path), **comparison.as_dict()}
        print(json_text({"run": str(retrained.run.path), **summary, "repeats": repeats}))
    for line in result_lines(str(run.path), comparison):
        if comparison.agrees or not comparison.complete:
            output.say(line)
        else:  # an error, printed despite --quiet
            print(line, file=sys.stderr)
    if runner.interrupts.requested():
        return runner.interrupts.exit_code
    return ExitCode.DONE if comparison.agrees else ExitCode.CHECK_FAILED


def _evaluate(table: str, run: store.Run, evaluation: Mapping[str, Any], nudge: Nudge | None) -> dict[str, Any]:
    """Evaluate a run on the part and with the checkpoint of an eval.json; `table` replaces the path of its data."""
    from nncli.evaluation import as_dict, evaluate
    from nncli.model import Model

    model = Model(run, evaluation["checkpoint"]).with_table(table)
    if nudge is not None:
        nudge(model.params)
    return as_dict(evaluate(model, evaluation["on"]))
