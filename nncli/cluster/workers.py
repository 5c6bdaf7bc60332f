"""The workers that can train now, and which of them gets a training."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from nncli.cluster.members import Member

FULL_SECONDS = 60.0  # before a worker whose disk was full gets another training


class Workers:
    """The usable workers of a cluster, for at most `limit` trainings at a time."""

    def __init__(self, limit: int | None) -> None:
        self.members: Mapping[str, Member] = {}
        self._limit = limit
        self._full = dict[str, float]()  # workers whose disk is full, until some time

    @property
    def capacity(self) -> int:
        """The number of trainings that can run at a time."""
        threads = sum(member.threads for member in self.members.values())
        return min(threads, self._limit or threads)

    def set_aside(self, address: str) -> bool:
        """Do not use a worker whose disk is full for a while; return false if no other is left."""
        self._full[address] = time.monotonic() + FULL_SECONDS
        return any(map(self._has_space, self.members))

    def choose(self, busy: Iterable[str], host: str) -> Member | None:
        """Return the worker with most room, if possible on a host; None if all are busy.

        `busy` has the address of the worker of each training.
        """
        room = {address: member.threads for address, member in self.members.items() if self._has_space(address)}
        for address in busy:
            if address in room:
                room[address] -= 1
        candidates = [self.members[address] for address, threads in room.items() if threads > 0]
        return max(candidates, key=lambda each: (each.description.host == host, room[each.address]), default=None)

    def _has_space(self, address: str) -> bool:
        return time.monotonic() > self._full.get(address, 0.0)
