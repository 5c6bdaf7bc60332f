"""What only POSIX has (signals, locks, forkserver, fsync of a directory), with a Windows branch that is untested."""

from __future__ import annotations

import errno
import os
import signal
import stat
import sys
import threading
import time
from io import BufferedReader
from pathlib import Path
from types import FrameType
from typing import IO, TYPE_CHECKING, Any

from nncli.errors import ExitCode, NncliError

if sys.platform == "win32":  # untested
    import msvcrt
else:
    import fcntl

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

# `timeout` and some terminals' wrappers send a signal both to the process and to its group: that is one request.
ECHO_SECONDS = 0.1
OPENING_SECONDS = 2.0  # within which a viewer that cannot be started says so
WINDOWS_LOCK_AT = 1 << 30  # a locked byte cannot be read there, so it lies far behind the end of the file


class NotAFile(OSError):
    """What was to be read is no regular file: a pipe may be waited for, and a device may have no end."""


def open_file(path: Path) -> BufferedReader:
    """Opens a regular file to be read, without ever waiting. Raises OSError, of which NotAFile for what is none."""
    _check_regular(path.stat())  # before it is opened, which some devices take for more than a look

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | getattr(os, "O_NONBLOCK", 0))

    file = open(path, "rb", opener=opener)  # noqa: SIM115  closed by whoever asked for it
    try:
        _check_regular(os.fstat(file.fileno()))
    except BaseException:
        file.close()
        raise
    return file


def _check_regular(found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise NotAFile(errno.EINVAL, "not a regular file")


def hold_lock(file: IO[Any]) -> bool:
    """Takes the advisory lock of an open file until it is closed or the process dies; false where another holds it.

    Raises OSError where the file system knows no locks.
    """
    try:
        _lock(file.fileno(), shared=False)
    except (BlockingIOError, PermissionError):
        return False
    return True


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock of a file.

    Raises OSError where it cannot be opened or the file system knows no locks.
    """
    with open_file(path) as file:
        try:
            # Shared, so that two who ask at once do not take each other for the holder; it ends with the file.
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


STOP_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1")
STOPPING = [getattr(signal, name) for name in STOP_SIGNALS if hasattr(signal, name)]  # Windows lacks the last two


class Interrupts:
    """While it is entered, the first Ctrl-C or SIGTERM only sets a flag, and the second quits the process at once.

    A closed terminal (SIGHUP) and the warning of a batch system that time is running out (SIGUSR1) count as SIGTERM.

    It changes nothing outside the main thread, nor for a signal that was ignored when it began (a shell starts the
    jobs of a script's `&` so). What it changed is as before when it is left.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._at = 0.0
        self._before: dict[signal.Signals, Any] = {}

    def requested(self) -> bool:
        """Whether somebody asked to stop."""
        return self._first is not None

    @property
    def exit_code(self) -> ExitCode:
        """How the process should end for the signal that came; DONE while none has."""
        if self._first is None:
            return ExitCode.DONE
        return ExitCode.INTERRUPTED if self._first == signal.SIGINT else ExitCode.TERMINATED

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                before = signal.getsignal(number)
                if before is not None and before != signal.SIG_IGN:  # None: set by C code, and not ours to restore
                    self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _receive(self, number: int, _: FrameType | None) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first, self._at = number, now
        elif number != self._first or now - self._at > ECHO_SECONDS:
            self._restore()
            os._exit(128 + number)

    def _restore(self) -> None:
        while self._before:
            number, before = self._before.popitem()
            signal.signal(number, before)


def process_context() -> BaseContext:
    """How processes are started: on POSIX from a server that has imported NumPy, once for all of them."""
    import multiprocessing  # here, since most commands start no process

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
    """Opens a file with the program that the system has for its kind, without waiting for that to end.

    Raises NncliError where there is none.
    """
    import shutil
    import subprocess

    if sys.platform == "win32":  # untested
        os.startfile(path)
        return
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    found = shutil.which(opener)
    if found is None:
        raise NncliError(f"cannot be shown: there is no {opener} here", place=str(path), hint="open the file yourself")
    nothing = subprocess.DEVNULL
    try:
        process = subprocess.Popen([found, str(path)], stdin=nothing, stdout=nothing, stderr=nothing)
        code = process.wait(OPENING_SECONDS)
    except subprocess.TimeoutExpired:
        process.returncode = 0  # it stays as long as somebody looks at the file, and is nobody's to wait for
        return
    except OSError as error:
        raise NncliError(f"cannot be shown: {opener}: {error.strerror}", place=str(path)) from error
    if code:
        raise NncliError(f"cannot be shown: {opener} failed", place=str(path), hint="open the file yourself")


def sync_directory(path: Path) -> None:
    """Puts a directory's entries on the disk, so that a rename outlasts a power cut. Raises OSError."""
    if sys.platform == "win32":  # untested: a directory cannot be opened there
        return
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:
        return  # it can be written to and not read: nothing is wrong with what was written
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems have no such call
            raise
    finally:
        os.close(descriptor)
