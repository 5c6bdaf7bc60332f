"""Use one BLAS thread in every test: digits may depend on it, and NumPy reads the setting at its first import."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

from nncli import threads

threads.pin(1)

# No example has a deadline: the first one may import a library, and a busy machine may pause any.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.fixture(scope="module")
def frozen_objects() -> Iterator[None]:
    """Keep the garbage collector from objects of earlier tests, which take it a second, in tests of time limits."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()
