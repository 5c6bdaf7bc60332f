"""Run a sweep and show its progress and conclusion, or print its trainings as commands."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nncli import system
from nncli.config import Tree
from nncli.config.choices import read_saved_tree, read_tree, split_choices
from nncli.config.extends import SWEEP
from nncli.errors import ExitCode, UsageError
from nncli.escaping import json_text
from nncli.render.conclusion import print_conclusion
from nncli.render.sweep_plan import plan_as_dict, print_plan
from nncli.render.sweep_progress import SweepProgress
from nncli.sweeps.best_spec import best_spec
from nncli.sweeps.commands import slurm_cluster_script, slurm_script, training_commands
from nncli.sweeps.conclusion import TrialTable, conclude
from nncli.sweeps.directory import SPEC, find_sweep
from nncli.sweeps.estimate import estimate
from nncli.sweeps.plan import SweepPlan, make_plan
from nncli.sweeps.session import Prepare, Session

if TYPE_CHECKING:
    from nncli.cluster.cluster import Cluster


@dataclass(frozen=True, slots=True)
class Request:
    """The arguments of `nncli sweep`; `short` has the options that stand for settings of the section `sweep`."""

    spec: Path | None
    arguments: Sequence[str]
    short: Mapping[str, object]
    runs_dir: Path

    def tree(self) -> Tree:
        """Return the experiment file with its sweep and all arguments applied. Raises UsageError without a file."""
        if self.spec is None:
            raise UsageError("needs an experiment file", place="nncli sweep", hint="or continue a sweep with --resume")
        return read_tree(self.spec, self.arguments, self._options)

    def new_session(self, prepare: Prepare) -> Session:
        """Create a sweep."""
        return Session.new(self.tree(), self.runs_dir, sys.argv, prepare)

    def continued_session(self, reference: str, prepare: Prepare) -> Session:
        """Continue a sweep; the argument in the place of the file is the first of the changes."""
        directory = find_sweep(self.runs_dir, reference)
        arguments = [*([] if self.spec is None else [str(self.spec)]), *self.arguments]
        tree = read_saved_tree(directory.spec(), str(directory.path / SPEC), arguments, self._options)
        return Session.continued(directory, tree, sys.argv, prepare)

    @property
    def _options(self) -> dict[str, str]:
        return {f"--{name} {value}": f"sweep.{name}={value}" for name, value in self.short.items() if value is not None}


class Options(NamedTuple):
    """The options of `nncli sweep` that say how to train."""

    resume: str | None
    retry_failed: bool
    cluster: str | None
    send_data: bool
    warm: bool
    quiet: bool
    json: bool


def train(request: Request, options: Options) -> int:
    """Create or continue a sweep, and run it to its end; return the exit code."""
    with _open_cluster(options) as cluster:
        session = _open_session(request, options, cluster)
        return _run(session, options, cluster)


def _open_cluster(options: Options) -> AbstractContextManager[Cluster | None]:
    """Return the cluster, which connects when a sweep begins; None for this machine alone."""
    if options.cluster is None:
        if options.send_data:
            raise UsageError("--send-data needs --cluster")
        return nullcontext()
    from nncli.cluster.cluster import Cluster

    return Cluster(options.cluster, send_data=options.send_data)


def _open_session(request: Request, options: Options, cluster: Cluster | None) -> Session:
    """Create a sweep, or continue the one named by --resume. Raises UsageError for --retry-failed alone."""

    def prepare(plan: SweepPlan) -> None:
        if cluster is not None:
            cluster.prepare(plan.data_files(), plan.workers, plan.sweep.workers)

    if options.resume is not None:
        return request.continued_session(options.resume, prepare)
    if options.retry_failed:
        raise UsageError("--retry-failed needs --resume")
    return request.new_session(prepare)


def _run(session: Session, options: Options, cluster: Cluster | None) -> int:
    """Run a sweep to its end, and print its conclusion unless quiet or interrupted; return the exit code."""
    with session, system.Interrupts() as interrupts:
        with SweepProgress(session, quiet=options.quiet, json=options.json) as progress:
            open_executor = None if cluster is None else partial(cluster.open, say=progress.note)
            events = session.run(
                interrupts.requested,
                warm=options.warm,
                retry_failed=options.retry_failed,
                open_executor=open_executor,
            )
            for event in events:
                progress.show(event)
        if interrupts.requested():
            session.exit_code = interrupts.exit_code
        elif not session.summary.complete or session.summary.counts["failed"] == session.summary.ended:
            session.exit_code = ExitCode.FAILURE
        elif session.summary.counts["diverged"] == session.summary.ended:
            session.exit_code = ExitCode.DIVERGED
        progress.end(session.exit_code)
    if not options.quiet and not interrupts.requested():
        table = TrialTable.of(session.plan, session.directory.trials().values())
        print_conclusion(conclude(table), sys.stderr)
    return session.exit_code


def print_best(reference: str, request: Request) -> int:
    """Print the experiment of the best trial of a sweep. Raises UsageError if more than the sweep is given."""
    if request.spec is not None:
        hint = "change the experiment when you train it: nncli train best.yaml KEY=VALUE"
        raise UsageError("cannot be combined with --best", place=str(request.spec), hint=hint)
    print(best_spec(find_sweep(request.runs_dir, reference)), end="")
    return ExitCode.DONE


def print_commands(request: Request, form: str) -> int:
    """Print the trainings of a sweep as commands for a shell, or a script for Slurm."""
    plan = make_plan(request.tree())
    if form == "slurm-cluster":
        short = [f"--{name}={value}" for name, value in request.short.items() if value is not None]
        print(slurm_cluster_script(request.spec or Path("-"), [*request.arguments, *short], plan), end="")
        return ExitCode.DONE
    fixed = [change for change in split_choices(request.arguments)[0] if not change.startswith(f"{SWEEP}.")]
    commands = training_commands(request.spec or Path("-"), fixed, plan)
    if form == "slurm":
        print(slurm_script(list(commands), plan.name), end="")
        return ExitCode.DONE
    for command in commands:
        print(command)
    return ExitCode.DONE


def print_plan_of(spec: Path, changes: Sequence[str], tree: Tree, *, json: bool) -> int:
    """Print the plan of a sweep, whose file was read as `tree`, with an estimate of its duration."""
    plan = make_plan(tree if str(spec) == "-" else read_tree(spec, changes, {}))
    expected = estimate(plan)
    if json:
        print(json_text(plan_as_dict(plan, expected), indent=2))
    else:
        print_plan(plan, expected, sys.stdout)
    return ExitCode.DONE
