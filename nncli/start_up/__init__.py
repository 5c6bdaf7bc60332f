"""Start-up optimizations. Each complicates the code, so the table shows how much slower start-up is without it.

CPU time, medians of 17 alternating pairs of runs on a shared machine, accurate to a few per cent (CPython 3.11):

| without                               | `--help` | `train`, 1 epoch | `check` |
|---------------------------------------|----------|------------------|---------|
| `leave_garbage_at_exit`               |     18 % |             22 % |    21 % |
| `fast_dataclass.fast_dataclass`       |        - |             10 % |    14 % |
| `collect_garbage_rarely`              |      5 % |              3 % |     7 % |
| `import_numpy`                        |        - |              6 % |       - |
| `skip_pydantic_plugins`               |        - |              1 % |     1 % |
| `LazyGroup.format_commands`           |     22 % |                - |       - |

Skipping plugins has a second reason: an installed package must not run code during a check.
"""

from __future__ import annotations

import gc
import os


def collect_garbage_rarely() -> None:
    """Collect garbage only after 100,000 new objects: imports create 80,000, none of them garbage."""
    gc.set_threshold(100_000)


def leave_garbage_at_exit() -> None:
    """Skip the garbage collection at exit; the system frees the memory anyway."""
    gc.freeze()


def skip_pydantic_plugins() -> None:
    """Keep pydantic from looking for plugins, which reads the metadata of every installed package.

    A value already set in the environment wins, for users who want plugins.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")


def import_numpy() -> None:
    """Import NumPy from a shallow call, before the modules that use it.

    Imported from a deep call, CPython 3.11 allocates and frees the same block of its stack 3,700 times.
    """
    import numpy  # noqa: F401
