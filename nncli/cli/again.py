"""Training on with a run that there is, and training it anew: what `resume` and `repeat` wire together."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from nncli import config, registry, resumption, store, system, training
from nncli.cli.runner import Stop, Watch, record, tell, tell_end
from nncli.errors import ExitCode, NncliError, UsageError
from nncli.escaping import json_text
from nncli.events import TrainingEnded
from nncli.render.repetition import lines
from nncli.repetition.comparison import Original
from nncli.repetition.rounding import Samples, Tools
from nncli.repetition.statement import Nudge
from nncli.store.run import Which


def resume(run: store.Run, changes: Sequence[str], evaluate: bool, watch: Watch) -> int:
    """Trains a run on from where it was; the exit code says how it ended."""
    with system.Interrupts() as interrupts, store.hold(run) as held:
        loaded = resumption.more(run, changes)
        experiment, stop = loaded.experiment, Stop(interrupts)
        source = resumption.resume(held, loaded.resolved, stop)
        ended = source.ended()
        if ended is not None and held.has_ended():
            return _nothing_left(run, source, ended, watch)
        watch.begin(loaded)
        earlier = run.info().get("resumed")
        this = {"epoch": source.at.epoch, **store.about(sys.argv, experiment.seed)}
        about = {"pid": os.getpid(), "resumed": [*(earlier if isinstance(earlier, list) else []), this]}
        text, settings = config.dump(experiment), registry.plain(experiment)
        with store.Writer.again(held, text, store.with_settings(about, settings, text, run.path)) as writer:
            code = record(writer, source, stop, watch)
    return tell(run, code, watch, evaluate=evaluate)


def _nothing_left(run: store.Run, source: training.Training, ended: TrainingEnded, watch: Watch) -> int:
    summary, stopping = run.summary() or {}, source.plan.experiment.train.early_stopping
    reason = f"{ended.reason}; " if ended.reason else ""
    line = f"{ended.status}: {reason}nothing left to train after {summary.get('epochs')} epochs"
    print(json_text({"run": str(run.path), **summary}) if watch.json else run.path)
    if ended.status == "diverged":
        hint = "train it again with a smaller optimizer.learning_rate"
        print(f"{line}\nhint: {hint}", file=sys.stderr)
        return ExitCode.DIVERGED
    watch.say(line)
    if ended.reason and stopping is not None:
        name = shlex.quote(str(run.path))
        watch.say(f"hint: to train on, nncli resume {name} --fork {resumption.PATIENCE}={2 * stopping.patience}")
    return ExitCode.DONE


def fork(
    run: store.Run, changes: Sequence[str], evaluate: bool, runs_dir: Path, watch: Watch, checkpoint: Which = "last"
) -> int:
    """Train a child from a checkpoint of a run on, with other settings; run.json names its parent."""
    with system.Interrupts() as interrupts:
        loaded = resumption.with_changes(run, changes)
        experiment, stop = loaded.experiment, Stop(interrupts)
        source = resumption.fork(run, loaded.resolved, stop, checkpoint)
        if (ended := source.ended()) is not None:
            if ended.status == "diverged":
                raise NncliError(f"{ended.reason}: no child can go on from there", place=str(run.path))
            message = f"has nothing left to train after epoch {source.at.epoch - 1}"
            raise UsageError(message, place=str(run.path), hint=f"train.epochs={2 * source.at.epoch} gives it more")
        watch.begin(loaded)
        parent = {"run": run.name, "epoch": source.at.epoch, "checkpoint": checkpoint}
        about = store.about(sys.argv, experiment.seed) | {"parent": parent}
        text, settings = config.dump(experiment), registry.plain(experiment)
        with store.new_run(runs_dir, experiment.name, text, about, settings) as writer:
            code = record(writer, source, stop, watch)
    return tell(store.Run(writer.path), code, watch, evaluate=evaluate)


def repeat(run: store.Run, runs_dir: Path, watch: Watch, data: str | None = None) -> int:
    """Train the experiment of a run again and compare all numbers of the two."""
    if isinstance(parent := run.info().get("parent"), dict):
        message = f"went on from {parent.get('run')}, so its settings alone do not give it again"
        raise NncliError(message, place=str(run.path), hint="repeat its parent, and --fork that")
    with system.Interrupts() as interrupts:
        loaded = resumption.with_changes(run, [] if data is None else [f"data.path={json.dumps(data)}"])
        experiment, stop = loaded.experiment, Stop(interrupts)
        original = Original(run, loaded.resolved)
        source = original.retraining(stop)
        resumption.refuse_other_files(run, source)
        watch.begin(loaded)
        about = store.about(sys.argv, experiment.seed) | {"repeats": run.name}
        text, settings = config.dump(experiment), registry.plain(experiment)
        with store.new_run(runs_dir, experiment.name, text, about, settings) as writer:
            writer.stop_exit_code = ExitCode.DONE  # if it ends where the run was stopped
            record(writer, source, stop, watch)
        again = store.Run(writer.path)
        summary = tell_end(again, watch)
        validation = source.plan.validation
        samples = Samples(len(source.plan.training.x), 0 if validation is None else len(validation.x))
        found = original.compare(again, samples, Tools(partial(_evaluate, data or ""), stop, watch.say))
    if watch.json:
        print(json_text({"run": str(again.path), **summary, "repeats": {"run": str(run.path), **found.as_dict()}}))
    for line in lines(str(run.path), found):
        if found.agrees or not found.complete:
            watch.say(line)
        else:  # an error, which --quiet does not hide
            print(line, file=sys.stderr)
    if interrupts.requested():
        return interrupts.exit_code
    return ExitCode.DONE if found.agrees else ExitCode.CHECK_FAILED


def _evaluate(table: str, run: store.Run, evaluation: Mapping[str, Any], nudge: Nudge | None) -> dict[str, Any]:
    """Evaluate a run on the part and with the checkpoint that an eval.json names; its data may be a table elsewhere."""
    from nncli.evaluation import as_dict, evaluate
    from nncli.model import Model

    model = Model(run, evaluation["checkpoint"]).reading(table)
    if nudge is not None:
        nudge(model.params)
    return as_dict(evaluate(model, evaluation["on"]))
