"""`nncli why`: the diagnosis of a run, or of an experiment that is trained for a few seconds."""

from __future__ import annotations

import json
import re
import shlex
import signal
import time
from pathlib import Path
from typing import Any

import pytest

import nncli
from nncli.cli import trained_spec
from nncli.cli.training_output import TrainingOutput
from nncli.runner import Runner
from nncli.store import Run
from tests.cli.completion.test_answer import completions
from tests.cli.program import ENDLESS, SLOW, Program, invoke, json_of, wait_until
from tests.sweeps.known_sweeps import RATES, write

TOO_HIGH = {"optimizer": {"type": "sgd", "learning_rate": 1000}}
LEARNS = {"train.epochs": 2000, "optimizer.learning_rate": 0.01}
TABLE = """\
name: table
data: {type: csv, path: lines.csv, target: y}
layers: [{type: dense, units: 1}]
loss: mse
train: {epochs: 12}
"""


@pytest.fixture
def diverged(program: Program) -> Run:
    return program.train(TOO_HIGH)


@pytest.fixture
def healthy(program: Program) -> Run:
    return program.train(LEARNS)


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """An empty folder for temporary files."""
    path = tmp_path / "temporary"
    path.mkdir()
    return path


def test_the_findings_of_a_run_are_printed_with_commands_to_paste(program: Program, diverged: Run) -> None:
    done = program("why")
    assert (done.code, done.err) == (0, "")
    assert done.lines[:2] == [f"runs/{diverged.name}: diverged", ""]
    assert re.fullmatch(r"1\. lr_too_high: \w+( \w+)? \(0\.\d+\)", done.lines[2])
    assert done.lines[3].startswith("   seen     the learning rate is 1000")
    rows = {line[3:12].strip(): line[12:] for line in reversed(done.lines) if line.startswith("   ")}
    assert rows["change"].startswith("optimizer.learning_rate=")
    assert rows["try"] == f"nncli train runs/{diverged.name}/config.yaml {rows['change']}"
    assert rows["source"].startswith("the book, chapter")
    mended = program.shell(f"{rows['try']} -q")
    assert mended.code == 0
    assert program.run_at(mended.out).status == "done"


def test_json_has_verdict_and_findings(program: Program, diverged: Run) -> None:
    diagnosis = json_of(program("why", "tiny", "--json"))
    assert set(diagnosis) == {"run", "verdict", "findings"}
    assert (diagnosis["run"], diagnosis["verdict"]) == (f"runs/{diverged.name}", "diverged")
    assert 1 <= len(diagnosis["findings"]) <= 3
    for finding in diagnosis["findings"]:
        assert set(finding) == {"name", "evidence", "explanation", "change", "reference", "confidence"}
        assert all(type(value) in (int, float) for value in finding["evidence"].values())
    first = diagnosis["findings"][0]
    assert (first["name"], len(first["change"])) == ("lr_too_high", 1)
    confidences = [finding["confidence"] for finding in diagnosis["findings"]]
    assert confidences == sorted(confidences, reverse=True)


def test_a_healthy_run_has_one_line(program: Program, healthy: Run) -> None:
    assert program("why", healthy.path, "--check") == (0, f"{healthy.path}: healthy\n", "")
    expected = {"run": f"runs/{healthy.name}", "verdict": "healthy", "findings": []}
    assert json_of(program("why", "--json")) == expected


def test_check_fails_unless_the_run_is_healthy(program: Program, diverged: Run) -> None:
    assert program("why", "--check", "--json").code == 4
    program.train({"train.epochs": 1})
    done = program("why", "--check")
    assert (done.code, done.lines[0][-len("does not learn") :]) == (4, "does not learn")


def test_a_spec_is_trained_and_nothing_remains(program: Program, temporary: Path) -> None:
    done = program("why", "tiny.yaml", "seed=1", "optimizer.learning_rate=1e-9", TMPDIR=str(temporary))
    assert done.code == 0
    assert done.err_without_speed == "trained for 12 epochs in S s\n"
    assert done.lines[0] == "tiny.yaml: does not learn"
    commands = [shlex.split(line[12:]) for line in done.lines if line.startswith("   try ")]
    assert commands[0][:3] == ["nncli", "train", "tiny.yaml"]
    assert "seed=1" in commands[0]
    rates = [word for command in commands for word in command if word.startswith("optimizer.learning_rate=")]
    assert len(rates) == len(commands), "a command has the rate of the change or else that of the line, never both"
    assert list(temporary.iterdir()) == []
    assert not program.runs_dir.exists()


def test_a_spec_can_be_piped(program: Program) -> None:
    text = (program.folder / "tiny.yaml").read_text()
    done = program("why", "-", "train.epochs=2000", "optimizer.learning_rate=0.01", "--json", "--check", stdin=text)
    assert json_of(done) == {"run": "-", "verdict": "healthy", "findings": []}
    assert program("why", "-", stdin=text).lines[0] == "stdin: does not learn"
    assert program.shell("nncli why <(cat tiny.yaml) --json").code == 0


def test_the_config_of_a_run_is_a_spec(program: Program, diverged: Run) -> None:
    config = f"runs/{diverged.name}/config.yaml"
    assert json_of(program("why", config, "--json"))["run"] == config
    assert [run.name for run in program.runs()] == [diverged.name]


def test_training_ends_at_the_limit(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained_spec, "MAX_SECONDS", 0.2)
    done = invoke("why", program.folder / program.write("endless.yaml", ENDLESS), "--json")
    assert done.code == 0, done.err
    last = done.err.splitlines()[-1]
    assert re.fullmatch(r"trained for [\d,]+ of 1,000,000,000 epochs in [\d.]+ s, stopped by the limit of 0\.2 s", last)


def test_an_epoch_that_would_end_too_late_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    limit = trained_spec.TimeLimit(TrainingOutput())
    limit.begin(Runner([]))
    reached = []
    for now in (103.0, 106.0, 109.0):  # noqa: B007  read by the clock
        reached.append(limit.is_reached())
    assert reached == [False, False, True]


def test_a_spec_whose_epoch_takes_too_long_is_refused(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trained_spec, "MAX_SECONDS", 0.1)
    path = program.folder / program.write("slow.yaml", SLOW)
    done = invoke("why", path, "seed=1")
    hint = f"hint: train it, then diagnose the run: nncli train {path} seed=1 && nncli why\n"
    assert done == (1, "", f"{path}: one epoch takes more than 0.1 s\n{hint}")


@pytest.mark.parametrize("text", [ENDLESS, SLOW], ids=["short epochs", "a long epoch"])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_nothing_behind(program: Program, temporary: Path, text: str, number: int, code: int) -> None:
    name = program.write("long.yaml", text)
    with program.start("why", name, TMPDIR=str(temporary)) as started:
        wait_until(lambda: list(temporary.glob("nncli-*/tiny/*/run.json")), "the training")
        started.signal(number)
        assert started.end() == (code, "", "")
    assert list(temporary.iterdir()) == []
    assert not program.runs_dir.exists()


def test_warnings_about_a_spec_are_printed(program: Program) -> None:
    program.write("lines.csv", "x,same,y\n" + "".join(f"{i},1,{2 * i}\n" for i in range(20)))
    done = program("why", program.write("table.yaml", TABLE))
    assert done.code == 0
    assert re.search("^warning: .*same", done.err)


def test_overrides_need_a_spec(program: Program, healthy: Run) -> None:
    path = f"runs/{healthy.name}"
    hint = f"hint: train it with them: nncli why {path}/config.yaml 'layers=[{{type: dense, units: 1}}]'\n"
    done = program("why", "tiny", "layers=[{type: dense, units: 1}]")
    assert done == (2, "", f"{path}: is a run, whose settings cannot be overridden\n{hint}")
    message = "init.scale=1: is an override; name an experiment file before it\n"
    assert program("why", "init.scale=1") == (2, "", message)


def test_missing_runs_and_specs_are_refused(program: Program) -> None:
    assert program("why").err.startswith("latest: no run in runs has a checkpoint\n")
    assert program("why", "none").err.startswith("none: matches no run in runs\n")
    assert program("why", "none.yaml").err.startswith("none.yaml: no such file\n")
    assert program("why", "tiny.yaml", "train.epochs=0").err.startswith("train.epochs=0: must be greater")
    for odd in ("", "x" * 300):
        done = program("why", odd)
        assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 2), done


def test_a_sweep_is_refused(program: Program) -> None:
    sweep = write(program.runs_dir, RATES, lambda settings, seed: 1.0, trials=1)
    hint = "hint: name one of its runs, which nncli runs --unfold lists\n"
    assert program("why", sweep.path) == (2, "", f"{sweep.path}: is a sweep, not a run\n{hint}")


def test_a_run_without_its_data_is_refused(program: Program) -> None:
    rows = "".join(f"{i},{2 * i}\n" for i in range(20))
    table = program.folder / program.write("lines.csv", f"x,y\n{rows}")
    run = nncli.train(program.folder / program.write("table.yaml", TABLE), runs_dir=program.runs_dir)
    again = f"hint: restore the data the run was trained on, or train it again: nncli train runs/{run.name}/config.yaml"
    table.write_text(f"x,y\n{rows}0,1\n")
    done = program("why")
    message = f"runs/{run.name}: the data have changed since the run was trained"
    assert (done.code, done.out, done.err.splitlines()) == (1, "", [message, again])
    table.unlink()
    done = program("why")
    message = f"{table}: cannot be read: no such file or directory"
    assert (done.code, done.out, done.err.splitlines()) == (1, "", [message, again])


def test_a_running_run_is_refused(program: Program) -> None:
    with program.start("train", program.write("endless.yaml", ENDLESS), "-q") as started:
        path = started.line().strip()
        wait_until(program.run_at(path).last_row, "a row")
        done = program("why", path)
    assert done == (1, "", f"{path}: is still training\nhint: wait until it has ended, or stop it with Ctrl-C\n")


def damaged_info(run: Run, **changes: Any) -> None:
    (run.path / "run.json").write_text(json.dumps(run.info() | changes))


def test_a_failed_run_and_one_without_checkpoint_are_refused(program: Program, healthy: Run) -> None:
    hint = f"hint: train it again: nncli train {healthy.path}/config.yaml\n"
    (healthy.path / "checkpoints" / "last.npz").unlink()
    assert program("why", healthy.path) == (1, "", f"{healthy.path}: has no last checkpoint\n{hint}")
    damaged_info(healthy, status="failed", reason="lines.csv:7: \x1b[1m\nno number")
    message = f"{healthy.path}: cannot be diagnosed, because it failed: lines.csv:7: \\x1b[1m\n"
    assert program("why", healthy.path) == (1, "", message + hint)


def test_runs_specs_and_overrides_are_completed(program: Program) -> None:
    run = program.train(TOO_HIGH, name="tin")
    assert completions(program, "why", "t") == [run.name, "tiny.yaml"]
    assert completions(program, "why", "tiny.yaml", "train.ep") == ["train.epochs="]
    assert completions(program, "why", "tiny.yaml", "layers.1.u") == ["layers.1.units="]
