"""A contestant in a process of its own, on one core: `python -m benchmarks.worker NAME NET FOLDER [EPOCHS]`.

The folder holds the problem. It trains each time that it reads a number of epochs, and writes the seconds of an epoch
and the last loss as JSON. With EPOCHS it trains them once and ends.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from pathlib import Path


def pin() -> None:
    """Keeps this process on its last core, where the system can."""
    with suppress(AttributeError):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main(name: str, net: str, folder: str, *epochs: str) -> None:
    """Trains as often as asked."""
    from benchmarks.contestants import load
    from benchmarks.nets import NETS, read

    pin()
    try:
        module, which = load(name)
    except ImportError as error:
        print(json.dumps({"missing": error.name or str(error)}), flush=True)
        return
    train = module.prepare(read(NETS[net], Path(folder)), which)
    print(json.dumps({"ready": train is not None}), flush=True)
    if train is None:
        return
    for line in epochs or sys.stdin:
        seconds, loss = train(int(line))
        print(json.dumps({"seconds": seconds, "loss": float(loss)}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
