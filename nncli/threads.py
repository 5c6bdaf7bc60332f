"""The BLAS library behind NumPy: which one it is, which kernels it runs, and with how many threads."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)


class Blas(NamedTuple):
    """A BLAS library; `version` and `kernels` are None if it cannot be asked for them."""

    library: str  # openblas, mkl, blis; else the name that NumPy was built with
    version: str | None
    kernels: str | None  # the processor family that the running code was written for: Haswell, SkylakeX


def pin(threads: int | None = None) -> None:
    """Set the number of BLAS threads before NumPy is imported; by default the environment's setting, else 1.

    One is the default since networks of this size gain nothing from two and lose much if a core is busy.
    """
    if threads is None and any(os.environ.get(name) for name in VARIABLES):
        return
    os.environ.update(setting(threads or 1))


def setting(threads: int) -> dict[str, str]:
    """Return the environment variables that give a process so many threads."""
    return dict.fromkeys(VARIABLES, str(threads))


@contextmanager
def limited(threads: int) -> Iterator[None]:
    """Limit the threads of NumPy's BLAS meanwhile; a library that cannot be asked keeps its own number."""
    controller = _numpy_blas()
    if controller is None:
        yield
        return
    with controller.limit(limits=threads):
        yield


def count() -> int | None:
    """Return how many threads NumPy's BLAS uses now, None if it cannot be asked."""
    controller = _numpy_blas()
    return None if controller is None else controller.lib_controllers[0].num_threads


@functools.cache
def blas() -> Blas:
    """Return the library as it says itself: the environment may have it run other kernels than the processor's own."""
    controller = _numpy_blas()
    if controller is None:
        import numpy as np

        built = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
        return Blas(str(built.get("name") or "unknown"), None, None)
    (found,) = controller.info()
    return Blas(found["internal_api"], found["version"], found.get("architecture"))


@functools.cache
def _numpy_blas() -> Any:
    """Return threadpoolctl's controller of the library that NumPy uses, None if it finds none.

    Other packages may bring a BLAS of their own into the process, as SciPy does. A wheel of NumPy keeps its library
    in `numpy.libs` or `numpy/.dylibs`; elsewhere there is one for all.
    """
    import numpy as np
    from threadpoolctl import ThreadpoolController

    controller = ThreadpoolController().select(user_api="blas")
    paths = [library.filepath for library in controller.lib_controllers]
    own = [path for path in paths if path.startswith(str(Path(np.__file__).parent))]
    chosen = own or paths
    return controller.select(filepath=chosen[0]) if len(chosen) == 1 else None
