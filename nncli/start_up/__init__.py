"""Shortcuts of the start. Each costs clarity, so each is here with what the start takes longer without it.

CPU time, medians of 17 pairs of runs in turn (CPython 3.11, x86-64):

| without                               | `--help` | `train`, 1 epoch | `check` |
|---------------------------------------|----------|------------------|---------|
| `leave_garbage_at_exit`               |     18 % |             22 % |    21 % |
| `frozen.frozen`                       |        - |             10 % |    14 % |
| `collect_garbage_rarely`              |      5 % |              3 % |     7 % |
| `import_numpy`                        |        - |              6 % |       - |
| `skip_pydantic_plugins`               |        - |              1 % |     1 % |
| `LazyGroup.format_commands`           |     22 % |                - |       - |

Plugins are skipped for another reason too: no package that happens to be installed runs code in a check.
"""

from __future__ import annotations

import gc
import os


def collect_garbage_rarely() -> None:
    """Have Python look for garbage at a hundred thousand new objects: imports make eighty thousand, and no garbage."""
    gc.set_threshold(100_000)


def leave_garbage_at_exit() -> None:
    """Spare Python its last search for garbage, among all objects there are: everything goes with the process."""
    gc.freeze()


def skip_pydantic_plugins() -> None:
    """Have pydantic look for no plugins, for which it would read the metadata of every installed package.

    The environment may say otherwise: plugins watch what is checked.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")


def import_numpy() -> None:
    """Import NumPy before the modules that use it, whose own imports would make it a nested one.

    From deeper calls CPython 3.11 crosses the edge of a block of its stack in a busy loop, and asks the system for that
    block 3,700 times.
    """
    import numpy  # noqa: F401
