"""Signals, file locks, processes, memory limits and directory sync: POSIX, with an untested branch for Windows."""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import threading
import time
from contextlib import suppress
from functools import lru_cache
from io import BufferedReader
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Any

from nncli.errors import ExitCode, NncliError

if sys.platform == "win32":  # untested
    import msvcrt
else:
    import fcntl
    import resource

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

# `timeout` and some terminal wrappers send a signal to the process and to its group, which is one request to stop.
ECHO_SECONDS = 0.1
OPENING_SECONDS = 2.0  # a viewer that cannot start fails within this time
CGROUPS, OWN_CGROUPS = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
WINDOWS_LOCK_AT = 1 << 30  # a locked byte cannot be read on Windows, so it is far beyond the end of the file


class NotAFile(OSError):
    """The path is not a regular file: reading a pipe may block, and a device may never end."""


def open_file(path: Path) -> BufferedReader:
    """Open a regular file for reading, without ever blocking. Raises OSError; NotAFile if it is not a regular file."""
    _check_regular(path.stat())  # before opening it, which has side effects on some devices

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))

    file = open(path, "rb", opener=opener)  # noqa: SIM115  closed by the caller
    try:
        _check_regular(os.fstat(file.fileno()))
    except BaseException:
        file.close()
        raise
    return file


def _check_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotAFile(errno.EINVAL, "not a regular file")


def hold_lock(file: IO[Any] | int) -> bool:
    """Lock an open file until it is closed or the process dies; return false if another process has locked it.

    Raises OSError if the file system does not support locks.
    """
    try:
        _lock(file if isinstance(file, int) else file.fileno(), shared=False)
    except (BlockingIOError, PermissionError):
        return False
    return True


def is_locked(path: Path) -> bool:
    """Return whether a process has locked a file.

    Raises OSError if the file cannot be opened or the file system does not support locks.
    """
    with open_file(path) as file:
        try:
            # A shared lock, so that two processes that check at once do not see each other's; closing releases it.
            _lock(file.fileno(), shared=True)
        except (BlockingIOError, PermissionError):
            return True
    return False


def _lock(descriptor: int, *, shared: bool) -> None:
    if sys.platform == "win32":  # untested; there are no shared locks
        os.lseek(descriptor, WINDOWS_LOCK_AT, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def is_file(stream: IO[Any]) -> bool:
    """Return whether a stream is a regular file, not a terminal or a pipe."""
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except OSError:  # a stream in memory
        return False


STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")
STOP_SIGNAL_NUMBERS = [
    getattr(signal, name) for name in STOP_SIGNALS if hasattr(signal, name)
]  # Windows lacks the last two


class Interrupts:
    """While the context is active, the first Ctrl-C or SIGTERM only sets a flag, and the second quits the process.

    A closed terminal (SIGHUP) and the time warning of a batch system (SIGUSR1) count as SIGTERM.

    It does nothing outside the main thread, nor for signals that were already ignored (as in background jobs of a shell
    script). Leaving the context restores the previous handlers.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._first_time = 0.0
        self._before: dict[signal.Signals, Any] = {}

    def requested(self) -> bool:
        """Return whether a signal asked to stop."""
        return self._first is not None

    @property
    def exit_code(self) -> ExitCode:
        """The exit code for the received signal, DONE if there was none."""
        if self._first is None:
            return ExitCode.DONE
        return ExitCode.INTERRUPTED if self._first == signal.SIGINT else ExitCode.TERMINATED

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in STOP_SIGNAL_NUMBERS:
                before = signal.getsignal(number)
                if before is not None and before != signal.SIG_IGN:  # None: set by C code, cannot be restored
                    self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _receive(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first, self._first_time = number, now
        elif number != self._first or now - self._first_time > ECHO_SECONDS:
            self._restore()
            os._exit(128 + number)

    def _restore(self) -> None:
        while self._before:
            number, before = self._before.popitem()
            signal.signal(number, before)


def memory_limit() -> int:
    """Return the bytes of memory that the process may use: the least limit of the machine, a cgroup and `ulimit -d`."""
    limits = [sys.maxsize, *_cgroup_limits(OWN_CGROUPS, CGROUPS)]
    if sys.platform != "win32":  # untested
        with suppress(ValueError, OSError):  # not on every system
            limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
        limits.append(resource.getrlimit(resource.RLIMIT_DATA)[0])
    return min(limit for limit in limits if limit > 0)  # unlimited is negative


@lru_cache(maxsize=1)
def _cgroup_limits(own_groups: Path, root: Path) -> tuple[int, ...]:
    """Return the memory limits of the process's control group and of those around it, of version 1 or 2, on Linux."""
    limits = list[int]()
    with suppress(OSError):
        for line in own_groups.read_text(encoding="utf-8").splitlines():
            _, controllers, group = line.split(":", 2)
            if controllers and "memory" not in controllers.split(","):
                continue
            hierarchy, name = ("memory", "memory.limit_in_bytes") if controllers else ("", "memory.max")
            for folder in (Path(group), *Path(group).parents):
                with suppress(OSError, ValueError):  # a group outside the container; or the text `max`
                    path = root / hierarchy / str(folder).lstrip("/") / name
                    limits.append(int(path.read_text(encoding="utf-8")))
    return tuple(limits)


def process_context() -> BaseContext:
    """Return the context to start processes: on POSIX, a fork server that imports NumPy once for all of them."""
    import multiprocessing  # imported here because most commands start no process

    if sys.platform == "win32":  # untested
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["numpy"])
    return context


def has_working_directory() -> bool:
    """Return whether the working directory still exists."""
    try:
        os.getcwd()  # noqa: PTH109
    except FileNotFoundError:
        return False
    return True


def show_file(path: Path) -> None:
    """Open a file with the system's program for its type, without waiting for that to end.

    Raises NncliError if there is no such program.
    """
    import shutil
    import subprocess

    if sys.platform == "win32":  # untested
        os.startfile(path)
        return
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    program = shutil.which(opener)
    if program is None:
        raise NncliError(f"cannot be shown: {opener} is not installed", place=str(path), hint="open the file yourself")
    devnull = subprocess.DEVNULL
    try:
        process = subprocess.Popen([program, str(path)], stdin=devnull, stdout=devnull, stderr=devnull)
        code = process.wait(OPENING_SECONDS)
    except subprocess.TimeoutExpired:
        process.returncode = 0  # the viewer keeps running; this avoids Popen's warning about it
        return
    except OSError as error:
        message = f"cannot be shown: {opener}: {error.strerror}"
        raise NncliError(message, place=str(path), hint="open the file yourself") from error
    if code:
        raise NncliError(f"cannot be shown: {opener} failed", place=str(path), hint="open the file yourself")


def sync_directory(path: Path) -> None:
    """Sync a directory to disk, so that a rename survives a power failure. Raises OSError."""
    if sys.platform == "win32":  # untested: a directory cannot be opened there
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:
        return  # a directory may be writable but not readable; the write itself has succeeded
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems do not support it
            raise
    finally:
        os.close(descriptor)
