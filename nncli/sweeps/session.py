"""Start and continue sweeps: create or open the directory, run the coordinator, and record how the sweep ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from nncli import config, store
from nncli.config import Tree
from nncli.errors import ExitCode, NncliError
from nncli.store.provenance import timestamp
from nncli.sweeps.continuation import check_changes
from nncli.sweeps.coordinator import Coordinator
from nncli.sweeps.directory import SweepDirectory
from nncli.sweeps.events import SweepEvent, TrialEnded
from nncli.sweeps.journal import Journal
from nncli.sweeps.plan import SweepPlan, make_plan
from nncli.sweeps.summary import Summary
from nncli.trials import OpenExecutor

INFO_SECONDS = 2.0  # between updates of sweep.json

Prepare: TypeAlias = Callable[[SweepPlan], None]  # called with the plan of a sweep before anything is written


def nothing(plan: SweepPlan) -> None:
    """Prepare nothing."""


class Session:
    """A sweep that this process runs: locked while the context is active, with its end recorded in sweep.json."""

    def __init__(self, directory: SweepDirectory, plan: SweepPlan, journal: Journal, info: Mapping[str, Any]) -> None:
        self.directory = directory
        self.plan = plan
        self.exit_code: int = ExitCode.DONE
        self._journal = journal
        self._info = dict(info)
        self._environment = self._info.get("resumed", [info])[-1]
        self._coordinator: Coordinator | None = None
        self._earlier = directory.trials()
        self.summary = Summary(plan, self._earlier.values())
        self._write("running")

    @classmethod
    def new(cls, tree: Tree, runs_dir: Path, command: Sequence[str], prepare: Prepare = nothing) -> Session:
        """Create the directory of a sweep. Raises SpecErrors if one of its trials cannot be trained."""
        plan = make_plan(tree)
        prepare(plan)
        info = store.provenance(command, plan.first_seed)
        directory = SweepDirectory.new(runs_dir, plan.name)
        journal = Journal(directory.journal)  # locked before other processes can find the sweep
        try:
            directory.write_spec(config.dump_tree(tree))
            return cls(directory, plan, journal, info)
        except BaseException:
            journal.close()
            directory.remove_unused()
            raise

    @classmethod
    def continued(
        cls, directory: SweepDirectory, tree: Tree, command: Sequence[str], prepare: Prepare = nothing
    ) -> Session:
        """Continue a sweep, with another space or more trials.

        Raises NncliError if another process runs it, UsageError for changes that earlier trials do not allow.
        """
        journal = Journal(directory.journal)
        try:
            plan = make_plan(tree)
            check_changes(directory.tree(), tree)
            prepare(plan)
            directory.write_spec(config.dump_tree(tree))
            earlier = directory.info()
            entry = store.provenance(command, plan.first_seed)
            info = {**earlier, "pid": entry["pid"], "end": None, "resumed": [*earlier.get("resumed", []), entry]}
            return cls(directory, plan, journal, info)
        except BaseException:
            journal.close()
            raise

    def run(
        self,
        stop: Callable[[], bool],
        *,
        warm: bool = False,
        retry_failed: bool = False,
        open_executor: OpenExecutor | None = None,
    ) -> Iterator[SweepEvent]:
        """Run the trials that are missing, on this machine unless there is another executor, and yield what happens."""
        options: dict[str, Any] = {"warm": warm, "open_executor": open_executor}
        coordinator = Coordinator(self.directory, self.plan, self._journal, self._environment, **options)
        self._coordinator = coordinator
        coordinator.restore(self._earlier, retry_failed=retry_failed)
        self.summary = Summary(self.plan, self._earlier.values())  # without the failures that are tried again
        self._earlier = {}
        next_write = time.monotonic() + INFO_SECONDS
        for event in coordinator.events(stop):
            if isinstance(event, TrialEnded):
                self.summary.add(event.trial)
                if time.monotonic() > next_write:
                    self._write("running")
                    next_write = time.monotonic() + INFO_SECONDS
            yield event

    @property
    def workers(self) -> int:
        """The number of trainings at a time."""
        return self.plan.workers if self._coordinator is None else self._coordinator.workers

    def __enter__(self) -> Session:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        status = "done" if error is None and self.summary.complete else "stopped"
        reason = str(error) if isinstance(error, NncliError) else ""
        self._info |= {"end": timestamp(), "exit_code": int(self.exit_code), "reason": reason}
        try:
            self._write("failed" if isinstance(error, NncliError) else status)
        except NncliError:
            if error is None:  # otherwise the first error is already being raised
                raise
        finally:
            self._journal.close()

    def _write(self, status: str) -> None:
        self.directory.write_info({**self._info, "status": status, **self.summary.as_dict()})
