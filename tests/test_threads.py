"""BLAS threads and kernels: one thread by default, and the library in use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from nncli import threads
from nncli.nn.engine import blas


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment without any of the variables."""
    variables: dict[str, str] = {}
    monkeypatch.setattr(threads, "os", SimpleNamespace(environ=variables))
    return variables


def test_one_thread_by_default(environment: dict[str, str]) -> None:
    threads.pin()
    assert environment == dict.fromkeys(threads.VARIABLES, "1")


@pytest.mark.parametrize("name", threads.VARIABLES)
def test_setting_in_the_environment_is_kept(environment: dict[str, str], name: str) -> None:
    environment[name] = "3"
    threads.pin()
    assert environment == {name: "3"}


def test_empty_variable_is_ignored(environment: dict[str, str]) -> None:
    environment["OMP_NUM_THREADS"] = ""
    threads.pin()
    assert environment == dict.fromkeys(threads.VARIABLES, "1")


@pytest.mark.parametrize("number", [1, 4])
def test_explicit_number_overrides_the_environment(environment: dict[str, str], number: int) -> None:
    environment["OPENBLAS_NUM_THREADS"] = "3"
    threads.pin(number)
    assert environment == dict.fromkeys(threads.VARIABLES, str(number))


def test_numpy_uses_the_number_of_threads() -> None:
    """Count the threads of a process on Linux: BLAS starts its threads when NumPy is imported."""
    script = (
        "from nncli import threads; threads.pin({}); import numpy, pathlib;"
        "print(len(list(pathlib.Path('/proc/self/task').iterdir())))"
    )
    counts = [
        int(subprocess.run([sys.executable, "-c", script.format(n)], capture_output=True, check=True).stdout)
        for n in (1, 2)
    ]
    assert counts == [1, min(2, os.cpu_count() or 1)]


def test_limit_applies_within_the_context_only() -> None:
    with threads.limit_threads(2):
        assert threads.count() == 2
        with pytest.raises(ZeroDivisionError), threads.limit_threads(1):
            assert threads.count() == 1
            raise ZeroDivisionError
        assert threads.count() == 2


PRINT_BLAS = """
from nncli import threads
from nncli.nn.engine import blas
print(*threads.blas(), blas.has_small_kernels(), sep="|")
"""


@pytest.mark.parametrize(("kernels", "small"), [("Haswell", "False"), ("Nehalem", "False"), ("SkylakeX", "True")])
def test_kernels_are_the_ones_in_use(kernels: str, small: str) -> None:
    """OpenBLAS uses the kernels named in the environment; nothing is multiplied, so the test runs on any processor."""
    environment = os.environ | {"OPENBLAS_CORETYPE": kernels}
    done = subprocess.run(
        [sys.executable, "-c", PRINT_BLAS], env=environment, capture_output=True, check=True, text=True
    )
    library, version, running, has_small = done.stdout.strip().split("|")
    assert (library, running, has_small) == ("openblas", kernels, small)
    assert version[0].isdigit()


@pytest.fixture
def unknown_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A BLAS that threadpoolctl does not know, such as Accelerate."""
    caches = (threads.blas, blas.has_small_kernels)
    monkeypatch.setattr(threads, "_numpy_blas", lambda: None)
    for cached in caches:
        cached.cache_clear()
    yield
    monkeypatch.undo()
    for cached in caches:
        cached.cache_clear()


@pytest.mark.usefixtures("unknown_library")
def test_unknown_library_is_named_and_gets_no_fast_paths() -> None:
    import numpy as np

    name = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
    assert threads.blas() == (name, None, None)
    assert threads.count() is None
    with threads.limit_threads(1):
        assert not blas.has_small_kernels()
        assert not blas.multiplies_in_blocks()


def test_second_blas_in_the_process_is_ignored() -> None:
    """SciPy loads another OpenBLAS."""
    script = (
        "import numpy, scipy.linalg, threadpoolctl; from nncli import threads;"
        "assert len(threadpoolctl.threadpool_info()) > 1;"
        "print(threads._numpy_blas().lib_controllers[0].filepath)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)
    assert "numpy" in Path(done.stdout).parts[-2]
