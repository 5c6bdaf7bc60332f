"""The messages that a process gets from its parent process."""

from __future__ import annotations

import os
import queue
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection

from nncli.errors import ExitCode
from nncli.trials.messages import END, Trial, Verdict

ORPHAN_SECONDS = 5.0  # that a training has to save itself after its parent process was killed


class Inbox:
    """The messages from the parent process, received in a thread so that END arrives during an epoch."""

    def __init__(self, connection: Connection) -> None:
        self.ending = threading.Event()
        self._connection = connection
        self._messages = queue.SimpleQueue[Trial | Verdict | None]()
        threading.Thread(target=self._receive, daemon=True).start()

    def next(self) -> Trial | Verdict | None:
        """Return the next message, None once the process is to end."""
        return self._messages.get()

    def verdict(self) -> Verdict | None:
        """Return a Verdict that has come without being waited for, or None."""
        with suppress(queue.Empty):
            message = self._messages.get_nowait()
            if isinstance(message, Verdict):
                return message
            self._messages.put(message)  # the process is to end
        return None

    def _receive(self) -> None:
        """Queue messages; set `ending` after END, or if the connection closes; if it closes after END, exit at once.

        So a second Ctrl-C, which ends the parent process, also ends trials in the middle of a long epoch. If the parent
        process was killed, exit after some seconds.
        """
        try:
            while (message := self._connection.recv()) != END:
                self._messages.put(message)
            self.ending.set()
            self._messages.put(None)
            self._connection.recv()
        except (EOFError, OSError):
            if not self.ending.is_set():
                self.ending.set()
                self._messages.put(None)
                time.sleep(ORPHAN_SECONDS)
            os._exit(ExitCode.INTERRUPTED)
