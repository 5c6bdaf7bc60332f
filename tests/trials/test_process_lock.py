"""A lock that processes share."""

from __future__ import annotations

from multiprocessing.connection import Connection
from pathlib import Path

from nncli import system
from nncli.trials.process_lock import ProcessLock


def wait_for_end(connection: Connection, _: object) -> None:
    connection.recv()


def test_lock_is_free_once_all_processes_that_got_it_have_ended(tmp_path: Path) -> None:
    first, second = ProcessLock(tmp_path), ProcessLock(tmp_path)
    assert first.acquire()
    assert not second.acquire()
    context = system.process_context()
    ours, theirs = context.Pipe()
    process = context.Process(target=wait_for_end, args=(theirs, first))  # type: ignore[attr-defined]
    process.start()
    first.close()
    assert not second.acquire()
    ours.send("end")
    process.join()
    assert second.acquire()
    second.close()
    second.close()


def test_lock_on_a_directory_that_cannot_be_opened_is_always_free(tmp_path: Path) -> None:
    lock = ProcessLock(tmp_path / "missing")
    assert lock.acquire() and lock.acquire()
    lock.close()
