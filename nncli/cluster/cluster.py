"""A cluster for a sweep: connected and checked before the sweep begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from nncli.cluster.client import Client
from nncli.cluster.connection import check_address, connect
from nncli.cluster.files import digest
from nncli.cluster.members import Member, Questions
from nncli.cluster.orders import Probe, SentFile
from nncli.cluster.pool import ClusterPool, Needs
from nncli.errors import NncliError
from nncli.escaping import printable
from nncli.system import Interrupts
from nncli.trials import ExecutorOptions

START_SECONDS = 60.0  # to wait for the first worker
POLL = 0.2


class Cluster:
    """The workers of a Dask scheduler, or of this machine for the address `local`.

    `send_data` sends data files to workers that lack them.

    Raises UsageError if this is no address, NncliError if Dask is not installed.
    """

    def __init__(self, address: str, *, send_data: bool = False) -> None:
        check_address(address)
        self._address = address
        self._send_data = send_data
        self._stack = ExitStack()
        self._client: Client | None = None
        self._needs = Needs()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *error: object) -> None:
        with Interrupts():  # a Ctrl-C would leave processes behind
            self._stack.close()

    def prepare(self, files: Sequence[str], workers: int, limit: int | None) -> None:
        """Connect, and check that a worker can be used and that all have the data files.

        A local cluster has this number of `workers`; `limit` is the largest number of trainings at a time. Raises
        NncliError if the scheduler cannot be reached, if no worker can be used, or if workers lack data files.
        """
        data = tuple(SentFile(file, Path(file).stat().st_size, digest(Path(file))) for file in files)
        self._needs = Needs(data, self._send_data, limit)
        self._client = self._stack.enter_context(connect(self._address, workers))
        members = self._first_members(Questions(self._client, Probe(data), self._send_data))
        lacking = [member.description for member in members if member.description.missing]
        if lacking:
            missing = sorted({path for each in lacking for path in each.missing})
            hosts = sorted({each.host for each in lacking})
            message = f"{', '.join(map(printable, missing))}: not on {', '.join(hosts)}, or not as here"
            hint = "put the same files at the same paths on all workers, or add --send-data"
            raise NncliError(message, place=self._place, hint=hint)

    def open(self, options: ExecutorOptions, say: Callable[[str], None]) -> ClusterPool:
        """Return the executor of a sweep; `say` shows a line about workers."""
        assert self._client is not None, "prepare() comes first"
        return ClusterPool(self._client, options, self._needs, say)

    @property
    def _place(self) -> str:
        return f"--cluster {self._address}"

    def _first_members(self, questions: Questions) -> list[Member]:
        """Return the workers that can be used, after waiting for one."""
        give_up = time.monotonic() + START_SECONDS
        while True:
            answers = questions.client.wait_for(questions.ask_all())
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
