"""A terminal for tests: a command whose output goes to a pseudo-terminal, with a person who can press Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.cli.program import COMMAND, PATIENCE, Program

# Makes the terminal the controlling one, so that what is typed there reaches the command as signals.
LAUNCHER = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """What a command has shown so far, and a keyboard."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self.master = master
        self.process = process
        self.shown = ""

    @property
    def text(self) -> str:
        """What was shown, without colours and movements of the cursor."""
        return ESCAPES.sub("", self.shown)

    @property
    def lines(self) -> list[str]:
        """The lines, each with all that was drawn over one another in it, after a carriage return each."""
        return self.text.removesuffix("\r\n").split("\r\n")

    def wait_until(self, pattern: str) -> str:
        """Waits for a text to be shown, and returns all that was."""
        give_up = time.monotonic() + PATIENCE
        while not re.search(pattern, self.text):
            assert self._read(give_up), f"ended without {pattern}: {self.shown}"
        return self.text

    def press_ctrl_c(self) -> None:
        self.type("\x03")

    def type(self, keys: str) -> None:
        """Presses keys, one after another."""
        os.write(self.master, keys.encode())

    def end(self) -> int:
        """Waits until the command has ended; gives its exit code."""
        give_up = time.monotonic() + PATIENCE
        while self._read(give_up):
            pass
        return self.process.wait(PATIENCE)

    def _read(self, give_up: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], max(give_up - time.monotonic(), 0))
        assert ready, f"waited in vain; shown was {self.shown}"
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:  # so Linux tells that nobody is at the other end any more
            return False
        self.shown += data.decode(errors="replace")
        return bool(data)


@contextmanager
def terminal(
    program: Program, *arguments: object, columns: int = 120, command: Sequence[str] = COMMAND, **environment: str
) -> Iterator[Terminal]:
    """The command, or another, on a terminal of its own; it does not outlive the block."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    launched = [sys.executable, "-c", LAUNCHER, *command, *map(str, arguments)]
    env = program.environment(**{"TERM": "xterm-256color", **environment})
    process = subprocess.Popen(launched, cwd=program.folder, env=env, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    try:
        yield Terminal(master, process)
    finally:
        process.kill()
        process.wait()
        os.close(master)
