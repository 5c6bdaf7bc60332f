"""The server that processes for trainings are forked from, so that none of them imports anything."""

from __future__ import annotations

import signal
import sys
import tempfile
import threading
from typing import TYPE_CHECKING

from nncli import system
from nncli.errors import NncliError

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext


def start() -> BaseContext:
    """Start the server if it does not run, and return the context of its processes, without waiting for its imports.

    It and the processes ignore Ctrl-C. A terminal sends Ctrl-C to all processes; this process forwards it as a message
    once trials can handle it. Raises NncliError if the server cannot be started.
    """
    context = system.process_context()
    if sys.platform == "win32" or context.get_start_method() != "forkserver":  # untested
        return context
    from multiprocessing import forkserver

    context.set_forkserver_preload(["nncli.trials.preload"])
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if in_main else None
    try:
        forkserver.ensure_running()
    except FileNotFoundError:
        raise  # the working directory no longer exists
    except OSError as error:  # a long TMPDIR, or a full disk
        hint = "set TMPDIR to a folder with a short path and some free space"
        raise NncliError(f"cannot start processes: {error}", place=tempfile.gettempdir(), hint=hint) from error
    finally:
        if in_main:
            signal.signal(signal.SIGINT, before)
    return context
