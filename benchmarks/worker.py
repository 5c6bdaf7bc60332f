"""Run a contestant in a separate process, on one core: `python -m benchmarks.worker NAME NET FOLDER [EPOCHS]`.

The folder contains the problem. For each number of epochs read from stdin, the process trains and writes the seconds
per epoch and the last loss as JSON. With EPOCHS, it trains once and ends.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path


def pin() -> None:
    """Pin this process to its last core, if the system supports it."""
    with suppress(AttributeError):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main(name: str, net: str, folder: str, *epochs: str) -> None:
    """Load the contestant and train for each requested number of epochs."""
    from benchmarks.contestants import load
    from benchmarks.nets import NETS, read

    pin()
    try:
        module, variant = load(name)
    except ImportError as error:
        print(json.dumps({"missing": error.name or str(error)}), flush=True)
        return
    train = module.prepare(read(NETS[net], Path(folder)), variant)
    print(json.dumps({"ready": train is not None}), flush=True)
    if train is None:
        return
    for line in epochs or sys.stdin:
        seconds, loss = train(int(line))
        print(json.dumps({"seconds": seconds, "loss": float(loss)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
