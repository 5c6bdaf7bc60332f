"""Turn errors into messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from nncli.errors import ExitCode, NncliError
from nncli.escaping import printable


def exit_code_of(run: Callable[[], Any]) -> int:
    """Call a function and return its exit code; print errors the user can fix instead of a traceback."""
    try:
        code = run()
        sys.stdout.flush()
        return int(code or ExitCode.DONE)
    except NncliError as error:
        for line in error.lines():
            print(printable(line), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except MemoryError as error:
        print(printable(f"error: not enough memory: {error}".rstrip(": ")), file=sys.stderr)
        return ExitCode.FAILURE
    except FileNotFoundError:
        from nncli.system import has_working_directory

        if has_working_directory():
            raise
        print("error: the working directory no longer exists\nhint: cd to another one", file=sys.stderr)
        return ExitCode.FAILURE
    except BrokenPipeError:  # the reader of our output has closed the pipe
        discard_output()
        return ExitCode.DONE


def discard_output() -> None:
    """Redirect standard output to os.devnull, so that the flush at exit does not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
