"""Protect trainings from bugs in their diagnosis."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def bugs_as_warnings(action: str) -> Iterator[None]:
    """Report an exception as a Python warning, which the tests turn into an error; `action` is `diagnose the run`."""
    try:
        yield
    except Exception as error:
        warnings.warn(f"a bug of nncli: cannot {action}: {error!r}", RuntimeWarning, stacklevel=2)
