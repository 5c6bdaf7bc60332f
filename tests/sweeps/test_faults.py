"""Sweeps whose processes are killed, and full disks: no result is lost, repeated or changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.sweeps.faults import SPEC, Disturbed, results, undisturbed


@pytest.mark.long
@pytest.mark.parametrize("sampler", ["grid", "random", "halton"])
def test_killed_processes_change_no_result(tmp_path: Path, sampler: str) -> None:
    program = Program(tmp_path)
    program.write("tiny.yaml", SPEC.replace("EPOCHS", "2000"))
    disturbed = Disturbed(program, seed=1)
    sweep = disturbed.run(sampler, trials=12, kills=5)
    assert results(sweep) == undisturbed(program, sampler, 12)
    assert disturbed.counts["coordinator"]
