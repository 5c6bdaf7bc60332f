"""One BLAS thread unless the user or the environment says otherwise, decided before NumPy is imported."""

from __future__ import annotations

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from nncli import threads


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment of the test's own, without any of the variables."""
    found: dict[str, str] = {}
    monkeypatch.setattr(threads, "os", SimpleNamespace(environ=found))
    return found


def test_one_thread_by_default(environment: dict[str, str]) -> None:
    threads.pin()
    assert environment == dict.fromkeys(threads.VARIABLES, "1")


@pytest.mark.parametrize("name", threads.VARIABLES)
def test_the_environments_own_setting_stays(environment: dict[str, str], name: str) -> None:
    environment[name] = "3"
    threads.pin()
    assert environment == {name: "3"}


@pytest.mark.parametrize(
    ("given", "one"),
    [({}, False), ({"OMP_NUM_THREADS": "1"}, True), ({"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "1"}, False)],
    ids=str,
)
def test_whether_it_is_one(environment: dict[str, str], given: dict[str, str], one: bool) -> None:
    environment |= given
    assert threads.is_one() is one
    threads.pin(1)
    assert threads.is_one()


def test_an_empty_variable_is_no_setting(environment: dict[str, str]) -> None:
    environment["OMP_NUM_THREADS"] = ""
    threads.pin()
    assert environment == dict.fromkeys(threads.VARIABLES, "1")


@pytest.mark.parametrize("number", [1, 4])
def test_a_number_goes_before_the_environment(environment: dict[str, str], number: int) -> None:
    environment["OPENBLAS_NUM_THREADS"] = "3"
    threads.pin(number)
    assert environment == dict.fromkeys(threads.VARIABLES, str(number))


def test_numpy_heeds_it() -> None:
    """The number of threads of a process that multiplies matrices, as Linux tells it: BLAS starts its own at import."""
    script = (
        "from nncli import threads; threads.pin({}); import numpy, pathlib;"
        "print(len(list(pathlib.Path('/proc/self/task').iterdir())))"
    )
    counts = [
        int(subprocess.run([sys.executable, "-c", script.format(n)], capture_output=True, check=True).stdout)
        for n in (1, 2)
    ]
    assert counts == [1, min(2, os.cpu_count() or 1)]
