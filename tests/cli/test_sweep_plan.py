"""`nncli sweep`: mistakes, `--print`, and what `nncli check` and `nncli train` make of a sweep."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from contextlib import suppress

import pytest

from tests.cli.program import ENDLESS, Program

SWEEP = """\
extends: tiny.yaml
init: {type: normal, scale: 0.1}
sweep:
  space:
    init.scale: [0.01, 0.1]
    optimizer: [{type: adam, learning_rate: {log_uniform: [1e-4, 1e-1]}}, {type: sgd, momentum: [0.0, 0.9]}]
  trials: 7
  seeds: 2
"""
CHOICES = ("init=normal", "init.scale=0.01,0.1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("tiny.yaml",),
            "tiny.yaml: has nothing to vary\nhint: add a section `sweep`, or choices such as init.scale=0.01,0.1\n",
        ),
        ((), "nncli sweep: needs an experiment file\nhint: or continue a sweep with --resume\n"),
        (("tiny.yaml", *CHOICES, "--sampler", "foo"), 'sweep.sampler=foo: unknown sampler "foo"; choose from '),
        (("tiny.yaml", "init=normal", "init.scale=0,01"), "init.scale=0,01: can be read in two ways; "),
        (("tiny.yaml", "layers.0.units=4,0"), "layers.0.units=0: must be greater than 0, not 0\n"),
        (
            ("tiny.yaml", "init=normal", "init.scale={uniform: [0.1, 1]}"),
            "init.scale={uniform: [0.1, 1]}: sweep.trials: is required",
        ),
        (
            ("tiny.yaml", *CHOICES, "--trials", "3", "sweep.trials=4"),
            "--trials 3: contradicts sweep.trials=4; give one of them\n",
        ),
        (("--resume", "nothing"), "nothing: matches no sweep in runs\nhint: start one with nncli sweep\n"),
    ],
)
def test_mistakes_are_refused_in_a_line(program: Program, arguments: tuple[str, ...], message: str) -> None:
    done = program("sweep", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(message)
    assert not program.runs_dir.exists()


def test_print_gives_a_command_for_each_training(program: Program) -> None:
    done = program("sweep", "tiny.yaml", *CHOICES, "train.epochs=2", "--seeds", 2, "--print")
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        f"nncli train tiny.yaml init=normal train.epochs=2 init.scale={scale} seed={seed} -q"
        for scale in (0.01, 0.1)
        for seed in (0, 1)
    ]
    assert not program.runs_dir.exists()


def test_printed_commands_train_the_trials(program: Program) -> None:
    done = program("sweep", "--print", "tiny.yaml", *CHOICES, "train.epochs=2")
    for line in done.lines:
        assert program(*line.split()[1:]).code == 0
    scales = sorted(run.info()["settings"]["init"]["scale"] for run in program.runs())
    assert scales == [0.01, 0.1]


def test_printed_job_array_runs_each_training_in_its_task(program: Program) -> None:
    done = program("sweep", "tiny.yaml", *CHOICES, "--print", "slurm")
    script = done.out.replace("nncli train", "echo nncli train")
    assert "#SBATCH --array=0-1\n" in script
    lines = [
        subprocess.run(
            ["bash", "-c", script], env={"SLURM_ARRAY_TASK_ID": str(task)}, capture_output=True, text=True
        ).stdout
        for task in (0, 1)
    ]
    assert lines == [f"nncli train tiny.yaml init=normal init.scale={scale} -q\n" for scale in (0.01, 0.1)]


def test_signal_to_a_task_of_the_job_array_saves_its_run(program: Program) -> None:
    program.write("endless.yaml", ENDLESS)
    script = program("sweep", "endless.yaml", "layers.0.units=2,3", "--print", "slurm").out
    environment = program.environment(SLURM_ARRAY_TASK_ID="1")
    options = {"cwd": program.folder, "env": environment, "start_new_session": True}
    with subprocess.Popen(["bash", "-c", script], **options, stdout=subprocess.PIPE) as task:
        assert task.stdout is not None
        try:
            run = program.run_at(task.stdout.readline().decode())
            task.send_signal(signal.SIGUSR1)
            assert task.wait(60) == 143
        finally:
            with suppress(ProcessLookupError):
                os.killpg(task.pid, signal.SIGKILL)
    assert (run.status, run.has_checkpoint("last")) == ("stopped", True)
    assert run.info()["settings"]["layers"][0]["units"] == 3


def test_check_of_a_sweep_prints_its_plan(program: Program) -> None:
    program.write("sweep.yaml", SWEEP)
    done = program("check", "sweep.yaml")
    assert (done.code, done.err) == (0, "")
    assert re.sub(r"\d+(\.\d+)?(e-\d+)? s\b", "N s", done.out) == (
        "setting                    values\n"
        "init.scale                 0.01, 0.1\n"
        "optimizer                  adam, sgd\n"
        "  optimizer.learning_rate  0.0001 to 0.1 (logarithmic)\n"
        "  optimizer.momentum       0, 0.9\n"
        "\n"
        "7 trials (random), 2 seeds each: 14 trainings\n"
        "compared by loss of the last epoch\n"
        f"about N s with {min(os.cpu_count() or 1, 14)} workers: a training takes about N s\n"
    )


def test_check_of_a_sweep_as_json(program: Program) -> None:
    program.write("sweep.yaml", SWEEP)
    plan = json.loads(program("check", "sweep.yaml", "sweep.trials=3", "--json").out)
    assert (plan["trials"], plan["seeds"], plan["sampler"], plan["objective"]) == (3, [0, 1], "random", "loss")
    assert plan["expected_seconds"]["training"] > 0
    assert plan["space"]["init.scale"] == [0.01, 0.1]


def test_check_reports_every_trial_that_cannot_be_trained(program: Program) -> None:
    program.write("sweep.yaml", SWEEP.replace("momentum: [0.0, 0.9]", "momentum: [0.0, 2.0]"))
    done = program("check", "sweep.yaml")
    assert done.code == 2
    assert done.err.startswith("sweep.yaml:6:16: optimizer={type: sgd, momentum: 2}: optimizer.momentum: must be ")


def test_train_trains_the_experiment_without_its_sweep_and_says_so(program: Program) -> None:
    program.write("sweep.yaml", SWEEP)
    done = program("train", "sweep.yaml")
    assert done.code == 0
    assert done.err.startswith("sweep.yaml: its sweep is ignored; run it with nncli sweep\n")
    assert "sweep" not in program.run_at(done.lines[0]).config_text()
