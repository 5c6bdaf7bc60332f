"""Many runs at the same time in one runs directory."""

from __future__ import annotations

from collections import Counter

import pytest

from nncli.store import Run
from tests.cli.program import Program


@pytest.mark.long
def test_64_simultaneous_processes_make_64_runs(program: Program) -> None:
    """All have the same name and start within a few seconds, so their directories could collide."""
    script = "for i in $(seq 64); do nncli train tiny.yaml seed=$i -q & done; wait"
    done = program.shell(script)
    assert (done.code, done.err) == (0, "")
    paths = done.out.splitlines()
    assert len(set(paths)) == len(paths) == 64
    runs = [Run(program.folder / path) for path in paths]
    assert Counter(run.status for run in runs) == {"done": 64}
    assert {run.info()["seed"] for run in runs} == set(range(1, 65))
    assert all([row["epoch"] for row in run.rows()] == [*range(12)] for run in runs)
    assert all(run.checkpoint("last")["epoch"] == 12 for run in runs)
    assert sorted(path.name for path in (program.runs_dir / "tiny").iterdir()) == sorted(run.path.name for run in runs)
    # No run has files of another: each config.yaml has the seed of its run.json.
    assert all(f"seed: {run.info()['seed']}\n" in run.config_text() for run in runs)
