"""`nncli sweep`: its output, exit codes, signals, and two processes on one sweep."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from nncli.store import Run
from nncli.sweeps.directory import SweepDirectory
from tests.cli.program import ENDLESS, SLOW, CompletedCommand, Program, RunningCommand, invoke, wait_until
from tests.cli.terminal import terminal

SCALES = ("init=normal", "init.scale=0.1,0.2")
DIVERGING = ("optimizer=sgd", "optimizer.learning_rate={logspace: [1e20, 1e30, 25]}")


def sweep_at(program: Program, line: str) -> SweepDirectory:
    path = program.folder / line.strip()
    assert path.is_dir(), line
    return SweepDirectory(path)


def started_trainings(sweep: SweepDirectory, number: int) -> list[Run]:
    """Wait until some trainings have written a row; return their runs."""

    def trainings() -> list[Run] | None:
        runs = [Run(path.parent) for path in sweep.path.glob("*/run.json")]
        return runs if len(runs) == number else None

    found: list[Run] = wait_until(trainings, "the start of the trainings")
    return found


def is_running(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def processes_of(command: RunningCommand) -> list[int]:
    """Return the living processes of the session of a command, without itself."""
    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and int(path.name) != os.getpid()]
    session = command.process.pid
    return [pid for pid in pids if pid != session and is_running(pid) and _session(pid) == session]


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return -1


def end_of(command: RunningCommand) -> CompletedCommand:
    done = command.end()
    wait_until(lambda: not processes_of(command), "the end of all processes")
    return done


def test_path_is_on_stdout_and_progress_on_stderr(program: Program) -> None:
    done = program("sweep", "tiny.yaml", *SCALES)
    assert done.code == 0
    (path,) = done.lines
    sweep = sweep_at(program, path)
    first, last = done.err.splitlines()[:2]
    assert re.fullmatch(r"1 of 2 trials: 1 done  best loss \S+ in trial \d  \S+ s left", first)
    assert re.fullmatch(r"2 of 2 trials: 2 done  best loss \S+ in trial \d", last)
    assert (sweep.status, sweep.info()["exit_code"], sweep.info()["counts"]["done"]) == ("done", 0, 2)


def test_json_has_a_line_for_each_trial(program: Program) -> None:
    done = program("sweep", "tiny.yaml", *SCALES, "--seeds", 2, "--json", "-q")
    assert (done.code, done.err) == (0, "")
    trials = sorted(map(json.loads, done.lines), key=lambda trial: trial["trial"])
    assert [(trial["status"], trial["reason"], trial["settings"]) for trial in trials] == [
        ("done", "", {"init.scale": scale}) for scale in (0.1, 0.2)
    ]
    for trial in trials:
        runs = [Run(program.folder / path) for path in trial["runs"]]
        assert [run.info()["seed"] for run in runs] == [0, 1]
        assert trial["objective"] == pytest.approx(sum(run.rows()[-1]["loss"] for run in runs) / 2)


def test_book_precision_uses_one_thread_whatever_the_environment_says(program: Program) -> None:
    done = program("sweep", "tiny.yaml", "precision=float32,book", "-q", OPENBLAS_NUM_THREADS="2")
    assert done.code == 0
    infos = [run.info() for run in started_trainings(sweep_at(program, done.out), 2)]
    threads = {info["settings"]["precision"]: info["blas"]["threads"] for info in infos}
    assert threads == {"float32": min(2, os.cpu_count() or 1), "book": 1}


@pytest.mark.long
def test_many_diverged_trials_are_counted_after_the_first_ones(program: Program) -> None:
    done = program("sweep", "tiny.yaml", *DIVERGING, "--warm")
    assert done.code == 3
    lines = [line for line in done.err.splitlines() if line.startswith("trial ")]
    assert len(lines) == 20
    assert re.fullmatch(r"trial \d+ diverged: optimizer\.learning_rate=\S+: the loss is \S+ at epoch \d.*", lines[0])
    assert "5 more trials failed or diverged" in done.err.splitlines()


def test_quiet_sweep_prints_only_failures(program: Program) -> None:
    program.write("endless.yaml", ENDLESS)
    done = program("sweep", "endless.yaml", "init=normal", "init.scale=[0.1]", "sweep.timeout=0.3", "-q")
    assert (done.code, len(done.lines)) == (1, 1)
    assert done.err == "trial 0 failed: init.scale=0.1: took longer than the timeout of 0.3 s\n"


def test_retrying_needs_a_sweep_to_continue() -> None:
    done = invoke("sweep", "configs/sine.yaml", "--retry-failed")
    assert (done.code, done.err) == (2, "error: --retry-failed needs --resume\n")


def test_ctrl_c_saves_running_trainings_and_says_how_to_continue(program: Program) -> None:
    program.write("endless.yaml", ENDLESS)
    with program.start("sweep", "endless.yaml", *SCALES, "--workers", 2) as started:
        path = started.line().strip()
        runs = started_trainings(sweep_at(program, path), 2)
        started.signal(signal.SIGINT, group=True)
        done = end_of(started)
    assert (done.code, done.out) == (130, "")
    assert done.err.splitlines() == ["0 of 2 trials", f"hint: continue with nncli sweep --resume {path}"]
    sweep = sweep_at(program, path)
    assert (sweep.status, sweep.info()["exit_code"]) == ("stopped", 130)
    assert [(run.status, run.has_checkpoint("last")) for run in runs] == [("stopped", True)] * 2


@pytest.mark.long
@pytest.mark.parametrize(("number", "group"), [(signal.SIGTERM, False), (signal.SIGTERM, True), (signal.SIGHUP, True)])
def test_signals_of_a_batch_system_stop_the_sweep(program: Program, number: int, group: bool) -> None:
    program.write("endless.yaml", ENDLESS)
    with program.start("sweep", "endless.yaml", *SCALES, "--workers", 2) as started:
        sweep = sweep_at(program, started.line())
        runs = started_trainings(sweep, 2)
        started.signal(number, group=group)
        assert end_of(started).code == 143
    assert sweep.status == "stopped"
    assert {run.status for run in runs} == {"stopped"}
    assert not any(trial.trainings for trial in sweep.trials().values())  # nothing is recorded as failed


def test_second_ctrl_c_quits_at_once_and_leaves_no_process(program: Program) -> None:
    program.write("slow.yaml", SLOW)
    with program.start("sweep", "slow.yaml", *SCALES, "--workers", 2) as started:
        sweep = sweep_at(program, started.line())
        started_trainings(sweep, 2)
        started.signal(signal.SIGINT, group=True)
        with pytest.raises(subprocess.TimeoutExpired):  # the epoch is not over
            started.process.wait(0.5)
        started.signal(signal.SIGINT, group=True)
        assert end_of(started).code == 130
    assert sweep.status == "lost"


@pytest.mark.parametrize("warm", [(), ("--warm",)])
def test_killed_sweep_leaves_no_process_and_saved_trainings(program: Program, warm: tuple[str, ...]) -> None:
    program.write("endless.yaml", ENDLESS)
    with program.start("sweep", "endless.yaml", *SCALES, "--workers", 2, *warm) as started:
        sweep = sweep_at(program, started.line())
        runs = started_trainings(sweep, 2)
        started.signal(signal.SIGKILL)
        end_of(started)
    assert sweep.status == "lost"
    assert [(run.status, run.has_checkpoint("last")) for run in runs] == [("stopped", True)] * 2


@pytest.mark.long
def test_training_in_a_long_epoch_ends_soon_after_its_sweep_was_killed(program: Program) -> None:
    program.write("slow.yaml", SLOW)
    with program.start("sweep", "slow.yaml", *SCALES, "--workers", 2) as started:
        started_trainings(sweep_at(program, started.line()), 2)
        started.signal(signal.SIGKILL)
        end_of(started)


def test_second_process_on_a_sweep_is_refused(program: Program) -> None:
    program.write("endless.yaml", ENDLESS)
    with program.start("sweep", "endless.yaml", *SCALES, "--workers", 1) as started:
        path = started.line().strip()
        done = program("sweep", "--resume", "latest")
        assert (done.code, done.out) == (1, "")
        assert (
            done.err == f"{path}: is being run by another process\nhint: wait until it ends, or stop it with Ctrl-C\n"
        )
        started.signal(signal.SIGINT)
        assert started.end().code == 130


@pytest.mark.long
def test_sweep_that_continues_waits_for_trainings_of_a_killed_one(program: Program) -> None:
    program.write("long.yaml", ENDLESS.replace("1000000000", "3000"))
    with program.start("sweep", "long.yaml", *SCALES, "--workers", 2) as started:
        path = started.line().strip()
        sweep = sweep_at(program, path)
        runs = started_trainings(sweep, 2)
        started.signal(signal.SIGKILL)
        done = program("sweep", "--resume", path, "-q")
    assert (done.code, done.err) == (0, "")
    assert [(run.status, len(run.rows())) for run in runs] == [("done", 3000)] * 2


def test_json_goes_to_a_file_while_the_terminal_shows_progress(program: Program) -> None:
    command = ["/bin/bash", "-c", "nncli sweep tiny.yaml init=normal init.scale=0.1,0.2 --json > trials.jsonl"]
    with terminal(program, command=command) as screen:
        assert screen.end() == 0
    lines = (program.folder / "trials.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["trial"] for line in lines) == [0, 1]
    assert "of 2 trials" in screen.text and '"trial"' not in screen.text


def test_terminal_shows_counts_best_and_running_trials(program: Program) -> None:
    program.write("slower.yaml", ENDLESS.replace("1000000000", "10000"))
    scales = "init.scale=1e30,0.1,0.2,0.3"
    with terminal(program, "sweep", "slower.yaml", "init=normal", scales, "--workers", 1, columns=80) as screen:
        screen.wait_for(r"[23] of 4 trials: [12] done, 1 diverged  \S+ s left")
        screen.wait_for(r"best loss \S+ in trial \d")
        screen.wait_for(r"running \d")
        assert screen.end() == 0
    assert re.fullmatch(r"runs/tiny/sweep-\S+", screen.lines[0])
    assert re.search(r"trial 0 diverged: init\.scale=1\.0e\+30: the loss is (nan|inf) at epoch 0", screen.text)
    assert "\x1b[?25l" not in screen.output  # a second Ctrl-C would leave the cursor hidden
