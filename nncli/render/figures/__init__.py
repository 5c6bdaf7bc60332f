"""Figures of runs and their networks, drawn with Matplotlib. Importing this package does not import Matplotlib."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from nncli.errors import NncliError


def require_matplotlib() -> None:
    """Import Matplotlib. Raises NncliError if it is missing or has no folder for its files."""
    try:
        with _any_environment():
            import matplotlib

            matplotlib.get_cachedir()
        import matplotlib.figure
    except ImportError:
        raise NncliError("plots need matplotlib", hint="pip install matplotlib pillow") from None
    except OSError as error:
        message = "Matplotlib has no folder it can write to"
        raise NncliError(message, hint="set MPLCONFIGDIR to a writable folder") from error


@contextmanager
def _any_environment() -> Iterator[None]:
    """Let Matplotlib start without a home folder and with any MPLBACKEND; figures in files need neither."""
    import logging  # not at the top, since the help of all commands imports this package

    backend = os.environ.pop("MPLBACKEND", None)
    log = logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.ERROR)  # hides the warnings that the cache is in a temporary folder
    try:
        yield
    finally:
        log.setLevel(level)
        if backend is not None:
            os.environ["MPLBACKEND"] = backend
