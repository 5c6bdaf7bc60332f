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
    """Exempt the collected tests from garbage collection: a full one takes a second to scan them."""
    _freeze()


@pytest.fixture(scope="module")
def frozen_objects() -> None:
    """Exempt objects of earlier tests, too, before tests with time limits."""
    _freeze()


def _freeze() -> None:
    gc.collect()
    gc.freeze()
