"""Run training: train, resume or fork, record the run in the store, and stop on signals."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from nncli import config, registry, resumption, store, system, threads, training
from nncli.config import Loaded
from nncli.errors import ExitCode, NncliError, UsageError
from nncli.events import Event, TrainingEnded
from nncli.experiment import Experiment
from nncli.resolved import ResolvedExperiment
from nncli.settings import value_at
from nncli.store import LockedRun, Run, Writer
from nncli.store.probes import PROBES_KEY
from nncli.store.run import CONFIG, CheckpointChoice, checkpoint_path
from nncli.training import Training

# Consumes the events of training; each event is written to the run's folder when it is consumed.
EventHandler: TypeAlias = Callable[[Path, Training, Iterator[Event]], None]
# Reads the data of an experiment. Raises NncliError if they are refused.
DataReader: TypeAlias = Callable[[], ResolvedExperiment]
# Called with the experiment of a resumed or forked run before its first epoch.
BeforeTraining: TypeAlias = Callable[[Loaded], None]


def consume_events(run: Path, training: Training, events: Iterator[Event]) -> None:
    """Consume the events of training without showing anything."""
    for _event in events:
        pass


def show_nothing(loaded: Loaded) -> None:
    """Do nothing before training."""


class Result(NamedTuple):
    """A run after its training, with the last event and the exit code."""

    run: Run
    training: Training
    ended: TrainingEnded
    exit_code: int
    already_ended: bool = False  # the run had ended before and was not changed
    summary: Mapping[str, Any] | None = None  # if this training has written it


class Runner:
    """Train runs one after another.

    While the context is active, the first Ctrl-C or SIGTERM saves and ends training after the current epoch, and the
    second one quits the process at once. Training also ends once `should_stop` returns true. `command` is recorded in
    run.json; so is the `environment`, a provenance that another process has collected. `sync_after`: see `new_run`.
    New runs have probes unless `probes` is false.
    """

    def __init__(
        self,
        command: Sequence[str],
        watch: EventHandler = consume_events,
        should_stop: Callable[[], bool] = lambda: False,
        *,
        environment: Mapping[str, Any] | None = None,
        sync_after: float = 0.0,
        probes: bool = True,
    ) -> None:
        self.command = command
        self._probes = probes
        self._environment = environment
        self._sync_after = sync_after
        self.interrupts = system.Interrupts()
        self._watch = watch
        self._should_stop = should_stop
        self._writer: Writer | None = None

    def __enter__(self) -> Runner:
        self.interrupts.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self.interrupts.__exit__(*error)

    def stopping(self) -> bool:
        """Return whether a stop was requested; after a signal, also set the exit code that the run records."""
        interrupted = self.interrupts.requested()  # called once, because a signal may come between two calls
        if interrupted and self._writer is not None:
            self._writer.stop_exit_code = self.interrupts.exit_code
        return interrupted or self._should_stop()

    def train(self, resolved: ResolvedExperiment, runs_dir: Path, path: Path | None = None) -> Result:
        """Train an experiment as a new run, in the directory `path` if given."""
        info = self.provenance(resolved.experiment)
        source = training.start(resolved, self.stopping)  # before creating the run, because the data may be refused
        return self.record(source, runs_dir, info, path=path)

    def read_and_train(
        self, head: Experiment, read: DataReader, runs_dir: Path, announce: Callable[[Path], None]
    ) -> Result:
        """Create a run, announce its path, read the data and train; if the data are refused, the run has failed.

        `head` is the experiment as far as it is known without all data. Call this outside the context, which begins
        after reading, so that Ctrl-C ends reading at once.
        """
        text, settings = _text_and_settings(head)
        info = self.provenance(head) | {PROBES_KEY: self._probes}
        with ExitStack() as signals, store.new_run(runs_dir, head.name, text, info, settings) as writer:
            announce(writer.path)
            try:
                resolved = read()
            except UsageError:
                raise
            except NncliError as error:  # a wrong row is a mistake of the user, like a wrong header
                raise UsageError(error.message, place=error.place, hint=error.hint) from error
            signals.enter_context(self)
            source = training.start(resolved, self.stopping)
            _update_config(writer, text, resolved.experiment)
            return self._record(writer, source, self._watch)

    def resume(self, run: Run, changes: Sequence[str] = (), begin: BeforeTraining = show_nothing) -> Result:
        """Resume a run from its last checkpoint.

        Raises SpecErrors for changes that would contradict its first epochs, NncliError if another process trains it.
        """
        with store.lock_run(run) as locked_run:
            loaded = resumption.load_to_resume(run, changes)
            source = _from_last_checkpoint(locked_run, loaded.resolved, self.stopping)
            ended = source.final_event()
            if ended is not None and locked_run.has_ended():
                return Result(run, source, ended, _exit_code(ended, ExitCode.INTERRUPTED), already_ended=True)
            begin(loaded)
            earlier = run.info().get("resumed")
            entry = {"epoch": source.checkpoint.epoch, **self.provenance(loaded.experiment)}
            info = {"pid": os.getpid(), "resumed": [*(earlier if isinstance(earlier, list) else []), entry]}
            text, settings = _text_and_settings(loaded.experiment)
            with Writer.reopen(locked_run, text, store.with_settings(info, settings, text, run.path)) as writer:
                return self._record(writer, source, self._watch)

    def fork(
        self,
        run: Run,
        changes: Sequence[str],
        runs_dir: Path,
        checkpoint: CheckpointChoice = "last",
        begin: BeforeTraining = show_nothing,
    ) -> Result:
        """Train a child run from a checkpoint of a run, with other settings; its run.json names the parent.

        Raises NncliError if there is no such checkpoint, or nothing left to train.
        """
        loaded = resumption.load_with_changes(run, changes)
        source = _branch(run, loaded.resolved, self.stopping, checkpoint)
        if (ended := source.final_event()) is not None:
            if ended.status == "diverged":
                message = f"cannot be continued, because it diverged: {ended.reason}"
                hint = "choose another run, or train again with a smaller optimizer.learning_rate"
                raise NncliError(message, place=str(run.path), hint=hint)
            message = f"has nothing left to train after epoch {source.checkpoint.epoch - 1}"
            hint = f"add more epochs with train.epochs={2 * source.checkpoint.epoch}"
            raise UsageError(message, place=str(run.path), hint=hint)
        begin(loaded)
        parent = {"run": run.name, "epoch": source.checkpoint.epoch, "checkpoint": checkpoint}
        return self.record(source, runs_dir, self.provenance(loaded.experiment) | {"parent": parent})

    def provenance(self, experiment: Experiment) -> dict[str, Any]:
        """Return the command, the seed and the environment for run.json."""
        if self._environment is None:
            return store.provenance(self.command, experiment.seed)
        own = {"command": list(self.command), "seed": experiment.seed, "pid": os.getpid(), "start": store.timestamp()}
        blas = {**self._environment.get("blas", {}), "threads": threads.count()}
        return {**self._environment, **own, "blas": blas}

    def record(
        self,
        source: Training,
        runs_dir: Path,
        info: Mapping[str, Any],
        *,
        path: Path | None = None,
        watch: EventHandler | None = None,
        stop_exit_code: int = ExitCode.INTERRUPTED,
    ) -> Result:
        """Train a new run to its end; `stop_exit_code` is used if it stops without a signal."""
        experiment = source.plan.experiment
        text, settings = _text_and_settings(experiment)
        info = {**info, PROBES_KEY: self._probes}
        with store.new_run(runs_dir, experiment.name, text, info, settings, path, self._sync_after) as writer:
            writer.stop_exit_code = stop_exit_code
            return self._record(writer, source, watch or self._watch)

    def _record(self, writer: Writer, source: Training, watch: EventHandler) -> Result:
        self._writer, ended = writer, TrainingEnded("failed", "training ended without a result")

        def events() -> Iterator[Event]:
            nonlocal ended
            for event in writer.record(source):
                if isinstance(event, TrainingEnded):
                    ended = event
                yield event

        watch(writer.path, source, events())
        exit_code = _exit_code(ended, writer.stop_exit_code)
        return Result(Run(writer.path), source, ended, exit_code, summary=writer.summary)


def _text_and_settings(experiment: Experiment) -> tuple[str, dict[str, Any]]:
    """Return an experiment as the text of config.yaml and as plain data."""
    settings: dict[str, Any] = registry.plain(experiment)
    return config.dump_settings(settings), settings


def _update_config(writer: Writer, before: str, experiment: Experiment) -> None:
    """Write the experiment, if reading the data has changed its defaults."""
    text, settings = _text_and_settings(experiment)
    if text != before:
        writer.change_config(text, store.with_settings({}, settings, text, writer.path))


def _exit_code(ended: TrainingEnded, stopped: int) -> int:
    codes = {"done": ExitCode.DONE, "diverged": ExitCode.DIVERGED, "stopped": stopped}
    return codes.get(ended.status, ExitCode.FAILURE)


def _from_last_checkpoint(locked_run: LockedRun, resolved: ResolvedExperiment, stop: Callable[[], bool]) -> Training:
    """Return the training of a run from its last checkpoint, or from the beginning if it has none yet.

    Raises NncliError if the checkpoint is damaged or from other data.
    """
    arrays = locked_run.checkpoint()
    if arrays is None and "parent" in locked_run.run.info():
        message = "has no weights: it was lost before it had saved the weights of its parent"
        hint = "start it again from its parent with --fork"
        raise NncliError(message, place=str(locked_run.run.path), hint=hint)
    if arrays is None:
        return training.start(resolved, stop)
    return training.resume(resolved, arrays, str(checkpoint_path(locked_run.run.path, "last")), stop)


def _branch(run: Run, resolved: ResolvedExperiment, stop: Callable[[], bool], checkpoint: CheckpointChoice) -> Training:
    """Start training from a checkpoint of a run, with other settings; an optimizer of another type starts fresh.

    Raises NncliError if there is no such checkpoint, or if it is from another network.
    """
    before = value_at(config.settings(config.read_saved(run.config_text(), str(run.path / CONFIG))), "optimizer")
    fresh = (value_at(before, "type") or before) != resolved.experiment.optimizer.type
    place = str(checkpoint_path(run.path, checkpoint))
    return training.branch(resolved, run.checkpoint(checkpoint), place, stop, fresh_optimizer=fresh)
