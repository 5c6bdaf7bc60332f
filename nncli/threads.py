"""The BLAS library used by NumPy: its name, kernels and number of threads."""

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
    """A BLAS library; `version` and `kernels` are None if unknown."""

    library: str  # openblas, mkl, blis; otherwise the name in NumPy's build configuration
    version: str | None
    kernels: str | None  # processor family of the kernels in use: Haswell, SkylakeX


def pin(threads: int | None = None) -> None:
    """Set the number of BLAS threads before NumPy is imported; the default is the environment's setting, else 1.

    The default is 1 because small networks gain nothing from 2 threads and lose much if a core is busy.
    """
    if threads is None and any(os.environ.get(name) for name in VARIABLES):
        return
    os.environ.update(setting(threads or 1))


def setting(threads: int) -> dict[str, str]:
    """Return the environment variables that set the number of BLAS threads of a process."""
    return dict.fromkeys(VARIABLES, str(threads))


@contextmanager
def limit_threads(threads: int) -> Iterator[None]:
    """Limit the threads of NumPy's BLAS while the context is active; an unknown library keeps its number."""
    controller = _numpy_blas()
    if controller is None:
        yield
        return
    with controller.limit(limits=threads):
        yield


def count() -> int | None:
    """Return how many threads NumPy's BLAS uses now, None if unknown."""
    controller = _numpy_blas()
    return None if controller is None else controller.lib_controllers[0].num_threads


@functools.cache
def blas() -> Blas:
    """Return the library and the kernels in use. The environment may select other kernels than the processor's own."""
    controller = _numpy_blas()
    if controller is None:
        import numpy as np

        built = np.show_config(mode="dicts").get("Build Dependencies", {}).get("blas", {})
        return Blas(str(built.get("name") or "unknown"), None, None)
    (library,) = controller.info()
    return Blas(library["internal_api"], library["version"], library.get("architecture"))


@functools.cache
def _numpy_blas() -> Any:
    """Return threadpoolctl's controller of the library that NumPy uses, None if it finds none.

    Other packages, such as SciPy, may load another BLAS into the process. A wheel of NumPy has its library in
    `numpy.libs` or `numpy/.dylibs`; otherwise all packages share one.
    """
    import numpy as np
    from threadpoolctl import ThreadpoolController

    controller = ThreadpoolController().select(user_api="blas")
    paths = [library.filepath for library in controller.lib_controllers]
    of_numpy = [path for path in paths if path.startswith(str(Path(np.__file__).parent))]
    candidates = of_numpy or paths
    return controller.select(filepath=candidates[0]) if len(candidates) == 1 else None
