"""The one door by which errors leave: each is printed, and becomes an exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from nncli.errors import ExitCode, NncliError
from nncli.escaping import printable


def exit_code_of(run: Callable[[], Any]) -> int:
    """Call a function and return the exit code; what the user can fix is printed in place of a traceback."""
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
    except BrokenPipeError:  # whoever read our output has had enough; nothing is left to say
        discard_output()
        return ExitCode.DONE


def discard_output() -> None:
    """Lead standard output nowhere, so that flushing at exit does not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
