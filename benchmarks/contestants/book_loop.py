"""The book's own loop after `nnfs.init()`, in a separate process because `nnfs.init()` patches NumPy."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nncli.book
from benchmarks.nets import Net, Problem
from nncli import config
from nncli.registry import plain

SCRIPT = Path(nncli.book.__file__).with_name("plain_loop.py")


def prepare(problem: Problem, _: str) -> Callable[[int], tuple[float, float]] | None:
    if problem.net.batch_size:
        return None  # the script draws its data itself, as the book does

    def train(epochs: int) -> tuple[float, float]:
        done = subprocess.run(
            [sys.executable, SCRIPT],
            input=request(problem.net, epochs, problem.folder),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        answer = json.loads(done.stdout)
        return answer["seconds"] / epochs, answer["rows"][-1][answer["columns"].index("loss")]

    return train


def request(net: Net, epochs: int, folder: Path) -> str:
    """Return the input of the script: the experiment, with output for the first and last epochs only."""
    file = folder / "book-loop.json"
    file.write_text(json.dumps(net.spec("book", epochs, folder)))
    return json.dumps({"experiment": plain(config.load(file, []).experiment), "every": epochs})
