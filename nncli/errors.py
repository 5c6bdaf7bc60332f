"""Errors the user can fix: each says where, what is wrong, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """Exit codes of the command with their meanings; scripts rely on the numbers."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    DONE = 0, "done"
    FAILURE = 1, "a failure, such as a file that cannot be read"
    USAGE = 2, "a mistake in the command line or the experiment file"
    DIVERGED = 3, "training diverged"
    CHECK_FAILED = (
        4,
        "a threshold of `eval` was missed, `why --check` found a problem, or `repeat` or `book` a difference",
    )
    INTERRUPTED = 130, "stopped by Ctrl-C"
    TERMINATED = 143, "stopped by SIGTERM, SIGHUP or SIGUSR1"


class NncliError(Exception):
    """An error the user can fix.

    `place` says where (a file with line and column, an argument, a path), `message` what is wrong, and `hint` what to
    do next. Any other exception is a bug of nncli and is shown with its traceback.
    """

    exit_code = ExitCode.FAILURE

    def __init__(self, message: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint

    def lines(self) -> list[str]:
        """Return the lines to show: place and message, then the hint."""
        first = f"{self.place}: {self.message}" if self.place else f"error: {self.message}"
        return [first, f"hint: {self.hint}"] if self.hint else [first]

    def __str__(self) -> str:
        return "\n".join(self.lines())


class UsageError(NncliError):
    """An error in the command line or the experiment file."""

    exit_code = ExitCode.USAGE


class DivergedError(NncliError):
    """Training diverged, and the caller asked for an error in this case."""

    exit_code = ExitCode.DIVERGED


class SpecErrors(UsageError):
    """All errors of an experiment, reported together."""

    def __init__(self, problems: Iterable[UsageError], *, hint: str = "") -> None:
        self.problems = list(problems)
        super().__init__(f"{len(self.problems)} problems", hint=hint)

    def lines(self) -> list[str]:
        """Return the lines of all problems, then the hint."""
        lines = [line for problem in self.problems for line in problem.lines()]
        return [*lines, f"hint: {self.hint}"] if self.hint else lines


def reason_of(error: BaseException) -> str:
    """Return the reason that a run records if training ended with this error."""
    return str(error) if isinstance(error, NncliError) else f"{type(error).__name__}: {error}"


def exit_code_of(error: BaseException) -> int:
    """Return the exit code for an error."""
    return error.exit_code if isinstance(error, NncliError) else ExitCode.FAILURE
