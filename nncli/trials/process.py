"""Processes that train trials: start them, talk to them, and find out why one has ended."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

from nncli import system
from nncli.errors import ExitCode, NncliError
from nncli.trials.messages import Outcome
from nncli.trials.process_lock import ProcessLock
from nncli.trials.worker import work

STOP_SIGNALS = tuple(-number for number in system.STOP_SIGNAL_NUMBERS)


class WorkerProcess:
    """A process for one trial, or for many if `warm`. Raises NncliError if it cannot be started."""

    def __init__(
        self, context: BaseContext, name: str, log: Path | None, lock: ProcessLock | None, *, warm: bool
    ) -> None:
        self.connection, child_end = context.Pipe()
        self._log = log
        self._log_start = 0
        arguments: dict[str, Any] = {"args": (child_end, log, lock), "kwargs": {"warm": warm}, "name": name}
        self._process = context.Process(target=work, **arguments)  # type: ignore[attr-defined]
        try:
            self._process.start()
        except (OSError, EOFError) as error:
            self.connection.close()
            reason = getattr(error, "strerror", None) or "the fork server has ended"
            raise NncliError(f"cannot start a process: {reason}", place="nncli") from error
        finally:
            child_end.close()  # so that the pipe ends with the process

    def send(self, message: Any) -> None:
        """Send a message; a process that has died is noticed when its messages are read."""
        with suppress(OSError):
            self.connection.send(message)

    def begin_trial(self) -> None:
        """Take the messages that the process writes from now on as those of its next trial."""
        with suppress(OSError, AttributeError):
            self._log_start = self._log.stat().st_size  # type: ignore[union-attr]

    def kill(self) -> None:
        """Kill the process."""
        self._process.kill()

    @property
    def ended(self) -> bool:
        """True once the process has ended."""
        return self._process.exitcode is not None

    def failure(self, path: Path | None) -> Outcome:
        """Return the outcome of a trial whose process has died: stopped by a signal to stop, otherwise failed."""
        self._process.join()
        code = self._process.exitcode or 0
        if code in STOP_SIGNALS:  # it had not begun to train, or it would have saved its training and ended
            return Outcome(path, 128 - code, "stopped", "interrupted", {})
        reason = f"its process was killed by signal {-code}" if code < 0 else f"its process ended with code {code}"
        if code == -signal.SIGKILL:
            reason += ", as the system does if memory runs out"
        elif code < 0:
            reason += f" ({signal.strsignal(-code)})"
        line = self._last_line()
        return Outcome(path, ExitCode.FAILURE, "failed", f"{reason}: {line}" if line else reason, {})

    def close(self, seconds: float | None = None) -> None:
        """Wait for the end of the process, and kill it after some seconds; keep its log only if it wrote something."""
        if seconds is not None:
            self._process.join(max(seconds, 0.0))
            self._process.kill()
        self._process.join()
        self._process.close()
        self.connection.close()
        if self._log is not None:
            with suppress(OSError):
                if self._log.stat().st_size == 0:
                    self._log.unlink()

    def _last_line(self) -> str:
        """Return the last line that the process has written during its trial, or an empty string."""
        if self._log is None:
            return ""
        try:
            lines = self._log.read_bytes()[self._log_start :].decode(errors="replace").splitlines()
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def log_path(logs: Path | None, number: int) -> Path | None:
    """Return the path of the log of a process."""
    return None if logs is None else logs / f"process-{os.getpid()}-{number}.txt"
