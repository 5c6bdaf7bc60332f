"""`python -m benchmarks NAME`, with a name that `--help` lists."""

from __future__ import annotations

import os

from benchmarks.rounds import ONE_THREAD

if __name__ == "__main__":
    os.environ.update(ONE_THREAD)  # before anything imports NumPy
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # otherwise each start would compile every file again
    from benchmarks import arguments

    arguments.main()
