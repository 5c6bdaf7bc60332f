"""Use one BLAS thread in every test: digits may depend on it, and NumPy reads the setting at its first import."""

import gc

import pytest
from hypothesis import settings

from nncli import threads

threads.pin(1)

# No example has a deadline: the first one may import a library, and a busy machine may pause any.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


def pytest_collection_finish() -> None:
    """Keep the garbage collector from the tests themselves, which take a full collection a second."""
    _freeze()


@pytest.fixture(scope="module")
def frozen_objects() -> None:
    """Keep it from objects of earlier tests, too, in tests of time limits."""
    _freeze()


def _freeze() -> None:
    gc.collect()
    gc.freeze()
