"""A cluster for a sweep: connected and checked before the sweep begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from nncli.cluster.client import Client
from nncli.cluster.connection import check_address, connect
from nncli.cluster.members import Member, ask_all
from nncli.cluster.orders import Probe
from nncli.cluster.pool import ClusterPool
from nncli.errors import NncliError
from nncli.escaping import printable
from nncli.trials import ExecutorOptions

START_SECONDS = 60.0  # to wait for the first worker
POLL = 0.2


class Cluster:
    """The workers of a Dask scheduler, or of this machine for the address `local`.

    Raises UsageError if this is no address, NncliError if Dask is not installed.
    """

    def __init__(self, address: str) -> None:
        check_address(address)
        self._address = address
        self._stack = ExitStack()
        self._client: Client | None = None
        self._limit: int | None = None

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def prepare(self, files: Sequence[str], workers: int, limit: int | None) -> None:
        """Connect, and check that a worker can be used and has the data files.

        A local cluster has this number of `workers`; `limit` is the largest number of trainings at a time. Raises
        NncliError if the scheduler cannot be reached, if no worker can be used, or if data files are missing there.
        """
        self._client = self._stack.enter_context(connect(self._address, workers))
        self._limit = limit
        members = self._first_members(files)
        if missing := sorted({path for member in members for path in member.description.missing}):
            hosts = sorted({member.description.host for member in members if member.description.missing})
            message = f"{', '.join(map(printable, missing))}: not on {', '.join(hosts)}, or not as here"
            raise NncliError(message, place=self._place, hint="put the same files at the same paths on all workers")

    def open(self, options: ExecutorOptions, say: Callable[[str], None]) -> ClusterPool:
        """Return the executor of a sweep; `say` shows a line about workers."""
        assert self._client is not None, "prepare() comes first"
        return ClusterPool(self._client, options, self._limit, say)

    @property
    def _place(self) -> str:
        return f"--cluster {self._address}"

    def _first_members(self, files: Sequence[str]) -> list[Member]:
        """Return the workers that can be used, after waiting for one."""
        assert self._client is not None
        probe = Probe({file: Path(file).stat().st_size for file in files})
        give_up = time.monotonic() + START_SECONDS
        while True:
            answers = self._client.wait_for(ask_all(self._client, probe))
            members = [answer for answer in answers.values() if isinstance(answer, Member)]
            if members or time.monotonic() > give_up:
                break
            if answers:
                reasons = "; ".join(f"{address}: {answer}" for address, answer in sorted(answers.items()))
                hint = "install the same versions on all machines"
                raise NncliError(f"no worker can be used: {reasons}", place=self._place, hint=hint)
            time.sleep(POLL)
        if not members:
            message = f"has no workers, after waiting for {START_SECONDS:g} s"
            raise NncliError(message, place=self._place, hint=f"start some: dask worker {self._address}")
        return members
