"""The trainings of a sweep as commands."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from nncli import config
from nncli.errors import UsageError
from nncli.sweeps.commands import slurm_script, training_commands
from nncli.sweeps.plan import SweepPlan, make_plan
from tests.sweeps.test_check_points import BASE


def plan_of(section: str) -> SweepPlan:
    return make_plan(config.read(Path("tiny.yaml"), (), BASE + section))


def test_each_training_is_a_command_that_the_shell_reads_back() -> None:
    plan = plan_of("sweep: {space: {optimizer: [{type: sgd, momentum: 0.5}, adam], init.scale: [0.1]}, seeds: 2}\n")
    commands = list(training_commands(Path("my spec.yaml"), ["train.epochs=9"], plan))
    assert [shlex.split(command) for command in commands] == [
        ["nncli", "train", "my spec.yaml", "train.epochs=9", *changes, "init.scale=0.1", f"seed={seed}", "-q"]
        for changes in (["optimizer={type: sgd, momentum: 0.5}"], ["optimizer=adam"])
        for seed in (0, 1)
    ]


def test_single_seed_is_not_repeated_in_the_commands() -> None:
    plan = plan_of("sweep: {space: {init.scale: [0.1, 0.2]}}\n")
    assert list(training_commands(Path("a.yaml"), [], plan)) == [
        "nncli train a.yaml init.scale=0.1 -q",
        "nncli train a.yaml init.scale=0.2 -q",
    ]


def test_standard_input_cannot_be_named_by_commands() -> None:
    with pytest.raises(UsageError, match="not standard input"):
        list(training_commands(Path("-"), [], plan_of("sweep: {space: {init.scale: [0.1]}}\n")))


def test_job_array_has_a_task_for_each_training() -> None:
    script = slurm_script(["echo 'a  b'", "echo c"], "tiny")
    assert script.startswith("#!/bin/bash\n#SBATCH --job-name=tiny\n#SBATCH --array=0-1\n")
    assert "<<'TRAININGS'" in script and "\necho 'a  b'\necho c\nTRAININGS\n" in script
