"""A killed process leaves a readable run that resumes to the same bits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import kernels

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "kills", [pytest.param(10, marks=pytest.mark.long), pytest.param(200, marks=pytest.mark.longest)]
)
def test_killed_runs_resume_to_the_same_bits(tmp_path: Path, kills: int) -> None:
    command = [sys.executable, "-m", "tests.crash.killing", str(tmp_path), str(kills), str(kills)]
    env = kernels.environment()
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=900, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    counts = json.loads(done.stdout)
    print(counts)
    assert counts["kills"] >= kills
    assert counts["same bits"] + counts.get("not begun", 0) == counts["runs"]
    assert counts["same bits"] > 0
    if kills >= 200:  # fewer may all miss the shortest of them: kills came before and after each writer had its turn
        for name in ("checkpoints/best.npz", "checkpoints/last.npz", "summary.json"):
            assert 0 < counts[f"with {name}"] < counts["with run.json"], name
