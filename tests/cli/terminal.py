"""Run a command on a pseudo-terminal, read its output and type keys."""

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

# Makes the terminal the controlling one, so that Ctrl-C sends a signal to the command.
LAUNCHER = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """The output of a command so far, and its keyboard."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self.master = master
        self.process = process
        self.output = ""

    @property
    def text(self) -> str:
        """The output without escape sequences."""
        return ESCAPES.sub("", self.output)

    @property
    def lines(self) -> list[str]:
        """The lines of output. A line that was redrawn holds all its versions, separated by carriage returns."""
        return self.text.removesuffix("\r\n").split("\r\n")

    def wait_for(self, pattern: str) -> str:
        """Wait until the output matches a pattern, and return all output."""
        give_up = time.monotonic() + PATIENCE
        while not re.search(pattern, self.text):
            assert self._read(give_up), f"ended without {pattern}: {self.output}"
        return self.text

    def press_ctrl_c(self) -> None:
        self.type("\x03")

    def type(self, keys: str) -> None:
        """Type keys."""
        os.write(self.master, keys.encode())

    def end(self) -> int:
        """Wait for the end of the command; return its exit code."""
        give_up = time.monotonic() + PATIENCE
        while self._read(give_up):
            pass
        return self.process.wait(PATIENCE)

    def _read(self, give_up: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], max(give_up - time.monotonic(), 0))
        assert ready, f"timed out; the output was {self.output}"
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:  # Linux raises this if the other end is closed
            return False
        self.output += data.decode(errors="replace")
        return bool(data)


@contextmanager
def terminal(
    program: Program, *arguments: object, columns: int = 120, command: Sequence[str] = COMMAND, **environment: str
) -> Iterator[Terminal]:
    """Run nncli or another command on a new terminal; kill it at the end of the block."""
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
