"""Training on a long table: the run is created after its first rows, and its reading is seen on a terminal."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Sequence

import pytest
import yaml

import nncli
from nncli.store import settings_copy
from tests.cli.program import Program, rows_without_times
from tests.cli.terminal import terminal

SPEC = """\
name: long
data: {type: csv, path: t.csv, target: kind, ignore: [note], split: {validation: 0.1}}
layers: [{type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
train: {epochs: 2, batch_size: 100}
"""
COUNT = 9000
KINDS = ("cat", "dog", "emu")
NOTE = "n" * 1000  # makes the file long, but is not read

# Each block of 64 kB takes a moment to read, after the first rows.
SLOW_READING = """
import time, nncli.reading as reading, nncli.render.reading as line
line.LIVE_SECONDS = reading.REPORT_SECONDS = 0.0
report = reading.Meter.report
def slow_report(meter, rows):
    if rows > 1100:
        time.sleep(%s)
    report(meter, rows)
reading.Meter.report = slow_report
"""


def write_table(program: Program, kinds: Sequence[str] = KINDS, changed: dict[int, str] | None = None) -> None:
    """Write a table of 9 MB, in which some lines are changed, and its experiment."""
    lines = ["a,kind,note", *(f"{i % 7},{kinds[i * len(kinds) // COUNT]},{NOTE}" for i in range(COUNT))]
    order = [0, *(1 + i * 4001 % COUNT for i in range(COUNT))]  # kinds alternate
    lines = [lines[i] for i in order] if kinds is KINDS else lines
    for number, text in (changed or {}).items():
        lines[number - 1] = text
    program.write("t.csv", "\n".join([*lines, ""]))
    program.write("long.yaml", SPEC)


def slow(program: Program, seconds: float = 0.0) -> dict[str, str]:
    """Return the environment in which reading is slow, and shown from the beginning."""
    (program.folder / "sitecustomize.py").write_text(SLOW_READING % seconds)
    return {"PYTHONPATH": f"{program.folder}:{program.environment()['PYTHONPATH']}"}


def test_the_path_is_printed_before_the_table_is_read(program: Program) -> None:
    write_table(program)
    with program.start("train", "long.yaml", **slow(program, 0.5)) as started:
        run = program.run_at(started.line())
        assert (run.status, run.rows()) == ("running", [])
        assert yaml.safe_load(run.config_text())["data"]["scale"] == "standard"
        started.signal(signal.SIGINT)
        assert started.end() == (130, "", "")
    assert (run.status, run.info()["reason"]) == ("stopped", "interrupted")


def test_an_error_in_a_later_row_leaves_a_failed_run(program: Program) -> None:
    write_table(program, changed={5000: f"oops,cat,{NOTE}"})
    done = program("train", "long.yaml")
    run = program.run_at(done.out)
    message = 't.csv:5000: a must be a number, as in most rows, not "oops"'
    assert (done.code, done.err.strip()) == (2, f"{program.folder}/{message}")
    assert (run.status, run.info()["exit_code"]) == ("failed", 2)
    assert run.info()["reason"] == f"{program.folder}/{message}"


@pytest.mark.long
def test_a_failed_run_resumes_with_the_corrected_table(program: Program) -> None:
    write_table(program, changed={5000: f"oops,cat,{NOTE}"})
    run = program.run_at(program("train", "long.yaml").out)
    write_table(program)
    assert program("resume", run.path).code == 0
    assert run.status == "done"


def test_a_setting_that_contradicts_later_rows_leaves_a_failed_run(program: Program) -> None:
    kinds = ["cat", "dog"] * (COUNT // 4) + list(KINDS) * COUNT
    write_table(program, kinds[:COUNT], {COUNT: f"1,yak,{NOTE}"})
    done = program("train", "long.yaml")
    run = program.run_at(done.out)
    assert done.code == run.info()["exit_code"] == 2
    assert "long.yaml:3:31: layers.0.units: the last layer must have 4 units" in done.err
    assert run.info()["reason"] == done.err.strip()
    assert run.status == "failed"


@pytest.mark.parametrize(
    ("line", "text", "code"), [(1, f"a,sort,{NOTE}", 2), (10, f"oops,cat,{NOTE}", 1), (10, "1,cat", 1)]
)
def test_an_error_in_the_first_rows_leaves_no_run(program: Program, line: int, text: str, code: int) -> None:
    write_table(program, changed={line: text})
    done = program("train", "long.yaml")
    assert (done.code, done.out, program.runs()) == (code, "", [])
    assert f"t.csv{'' if line == 1 else f':{line}'}: " in done.err


@pytest.mark.parametrize("units", [3, 2])
def test_only_the_whole_table_decides_on_classes(program: Program, units: int) -> None:
    """In a table that is sorted by class, the first rows have a single one."""
    write_table(program, list(KINDS))
    done = program("train", "long.yaml", f"layers.0.units={units}")
    if units == 3:
        assert program.run_at(done.out).status == "done"
    else:
        assert (done.code, program.runs()) == (2, [])


def test_a_class_that_comes_later_is_accepted(program: Program) -> None:
    write_table(program, ["cat", "dog"] * (COUNT // 4) + ["emu"] * (COUNT // 2))
    done = program("train", "long.yaml", "loss.class_weights={emu: 2}")
    assert (done.code, program.run_at(done.out).status) == (0, "done")


@pytest.mark.long
def test_a_long_table_gives_the_numbers_of_the_library(program: Program) -> None:
    write_table(program)
    run = program.run_at(program("train", "long.yaml", "-q").out)
    other = nncli.train(program.folder / "long.yaml", runs_dir=program.runs_dir)
    assert rows_without_times(run) == rows_without_times(other)
    assert run.config_text() == other.config_text()


def test_defaults_that_depend_on_all_rows_are_corrected(program: Program) -> None:
    """The first rows have numbers, which are scaled; most rows have text, so all have the classes false and true."""
    write_table(program, [*(["0", "1"] * (COUNT // 8)), *(["no", "yes"] * (COUNT * 3 // 8))])
    done = program("train", "long.yaml", "loss=mse", "layers=[{type: dense, units: 1}]", "-q")
    assert (done.code, done.err) == (0, "")
    run = program.run_at(done.out)
    assert yaml.safe_load(run.config_text())["data"]["scale_target"] == "none"
    copy = settings_copy(run.path / "config.yaml", run.info())
    assert (copy.stale, (copy.settings or {})["data"]["scale_target"]) == (False, "none")


def test_reading_is_seen_on_a_terminal_and_erased(program: Program) -> None:
    write_table(program)
    with terminal(program, "train", "long.yaml", **slow(program)) as screen:
        assert screen.end() == 0
    path, live, end, _best, _verdict = screen.lines
    assert program.run_at(path.rpartition("\r")[2]).status == "done"
    assert "reading t.csv: " in live
    assert re.search(r"reading t.csv: [^\r]*\r\x1b\[K\r?\x1b", screen.output), "the line is erased"
    assert end.startswith("done: 2 epochs")


@pytest.mark.long
def test_every_command_that_reads_a_table_shows_it(program: Program) -> None:
    """The table is short, but its reading is shown from the beginning."""
    table = "a,kind,note\n" + "".join(f"{i % 7},{KINDS[i % 3]},n\n" for i in range(30))
    program.write("t.csv", table)
    run = program.run_at(program("train", program.write("long.yaml", SPEC), "-q").out)
    environment = slow(program)
    commands = ["check long.yaml", "new other --from t.csv --target kind", f"eval {run.path}"]
    commands.append(f"predict {run.path} --data t.csv > predicted.csv")
    for line in commands:
        with terminal(program, "-c", f"nncli {line}", command=[shutil.which("bash") or ""], **environment) as screen:
            assert screen.end() == 0, screen.text
        assert "reading t.csv: " in screen.output, line
    assert len((program.folder / "predicted.csv").read_text().splitlines()) == 31
    assert "reading" not in program("check", "long.yaml", **environment).err
    for arguments in (["predict", run.path, "--data", "t.csv"], ["train", "long.yaml", "-q"]):
        with terminal(program, *arguments, **environment) as screen:
            assert screen.end() == 0
        assert "reading" not in screen.output
