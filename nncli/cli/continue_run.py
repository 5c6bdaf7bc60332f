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
from nncli.repetition.statement import Nudge
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
    print(json_text({"run": str(run.path), **summary}) if output.json else run.path)
    if ended.status == "diverged":
        hint = "train it again with a smaller optimizer.learning_rate"
        print(f"{line}\nhint: {hint}", file=sys.stderr)
        return result.exit_code
    output.say(line)
    if ended.reason and stopping is not None:
        name = shlex.quote(str(run.path))
        output.say(f"hint: to train on, nncli resume {name} --fork {resumption.PATIENCE}={2 * stopping.patience}")
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
    """Train the experiment of a run again and compare all numbers of the two."""
    if isinstance(parent := run.info().get("parent"), dict):
        message = f"went on from {parent.get('run')}, so its settings alone do not give it again"
        raise NncliError(message, place=str(run.path), hint="repeat its parent, and --fork that")
    with Runner(sys.argv, output.watch) as runner:
        loaded = resumption.with_changes(run, [] if data is None else [f"data.path={json.dumps(data)}"])
        original = Original(run, loaded)
        retrained = original.retrain(runner, runs_dir, output.begin)
        summary = output.end(retrained.run)
        found = original.compare(retrained, Tools(runner, partial(_evaluate, data or ""), output.say))
    if output.json:
        compared = {"run": str(run.path), **found.as_dict()}
        print(json_text({"run": str(retrained.run.path), **summary, "repeats": compared}))
    for line in result_lines(str(run.path), found):
        if found.agrees or not found.complete:
            output.say(line)
        else:  # an error, which --quiet does not hide
            print(line, file=sys.stderr)
    if runner.interrupts.requested():
        return runner.interrupts.exit_code
    return ExitCode.DONE if found.agrees else ExitCode.CHECK_FAILED


def _evaluate(table: str, run: store.Run, evaluation: Mapping[str, Any], nudge: Nudge | None) -> dict[str, Any]:
    """Evaluate a run on the part and with the checkpoint that an eval.json names; its data may be a table elsewhere."""
    from nncli.evaluation import as_dict, evaluate
    from nncli.model import Model

    model = Model(run, evaluation["checkpoint"]).reading(table)
    if nudge is not None:
        nudge(model.params)
    return as_dict(evaluate(model, evaluation["on"]))
