"""Sweeps whose processes are killed, and full disks: no result is lost, repeated or changed."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from nncli.sweeps.directory import SweepDirectory
from tests.cli.program import Program, may_mount
from tests.sweeps.faults import SPEC, Disturbed, arguments, results, undisturbed


@pytest.mark.parametrize(
    "sampler",
    [
        pytest.param("random", marks=pytest.mark.long),
        *(pytest.param(sampler, marks=pytest.mark.longest) for sampler in ("grid", "halton")),
    ],
)
def test_killed_processes_change_no_result(tmp_path: Path, sampler: str) -> None:
    program = Program(tmp_path)
    program.write("tiny.yaml", SPEC.replace("EPOCHS", "2000"))
    disturbed = Disturbed(program, seed=1)
    sweep = disturbed.run(sampler, trials=12, kills=5)
    assert results(sweep) == undisturbed(program, sampler, 12)
    assert disturbed.counts["coordinator"]


# A private file system with 2 MB, of which a tenth is free; then all of it.
FULL_DISK = """\
mkdir full && mount -t tmpfs -o size=2m none full && head -c 1800k /dev/zero > full/ballast
nncli sweep SWEEP --runs-dir full -q
echo $?
rm full/ballast
nncli sweep --resume latest --runs-dir full -q > resumed
echo $?
cp -r full kept
"""


def test_full_disk_stops_a_sweep_that_continues_with_space(tmp_path: Path) -> None:
    program = Program(tmp_path)
    program.write("tiny.yaml", SPEC.replace("EPOCHS", "20"))
    if not may_mount(program):  # tests/sweeps/test_session.py has this test without a disk
        return
    words = shlex.join(arguments("grid", 12)[1:])
    done = program.run(["unshare", "--mount", "bash", "-c", FULL_DISK.replace("SWEEP", words)])
    path, *codes = done.lines
    assert codes == ["1", "0"], done
    assert "no space left on device\nhint: free some space" in done.err
    sweep = SweepDirectory(program.folder / path.replace("full/", "kept/", 1))
    assert results(sweep) == undisturbed(program, "grid", 12)
