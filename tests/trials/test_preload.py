"""The fork server has imported and built all that a training needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nncli
from tests.trials.test_pool import SPEC

SCRIPT = """
import multiprocessing, pathlib, sys, threading
from nncli.trials import preload, worker
from nncli.config import validate

before, built = set(sys.modules), validate._adapter.cache_info().misses
trial = worker.Trial(pathlib.Path("tiny.yaml").read_text(), pathlib.Path("runs"), ["x"], environment={})
inbox = type("Inbox", (), {"ending": threading.Event()})()
ours, theirs = multiprocessing.Pipe()
outcome = worker._Training(trial, theirs, inbox).outcome()
print(outcome.status, sorted(set(sys.modules) - before), validate._adapter.cache_info().misses - built)
"""


def test_training_imports_no_module_and_builds_no_validator(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(SPEC.replace("EPOCHS", "2"))
    env = {**os.environ, "PYTHONPATH": str(Path(nncli.__file__).parents[1])}
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=env)
    assert (done.stdout, done.stderr) == ("done [] 0\n", "")
