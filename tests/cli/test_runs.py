"""`nncli runs`: a line for each run, the newest first, whatever became of it."""

from __future__ import annotations

import json
import signal

import pytest

from tests.cli.program import ENDLESS, Program, figures, json_of, until


def test_no_runs(program: Program) -> None:
    message = "no runs in runs; `nncli train configs/sine.yaml` makes one\n"
    assert program("runs") == (0, "", message)
    assert program("runs", "--json") == (0, "[]\n", "")


def test_a_line_for_each_run_whatever_became_of_it(program: Program) -> None:
    done = program.trained()
    diverged = program.trained({"optimizer": {"type": "sgd", "learning_rate": 1e30}})
    with program.start("train", program.write("endless.yaml", ENDLESS), "-q", "--name", "other") as started:
        endless = program.the_run(started.line())
        until(endless.last_row, "a row")
        newest, *others = json_of(program("runs", "--json"))
        assert (newest["run"], newest["status"]) == (f"runs/{endless.name}", "running")
        assert newest["epochs"] > 0
        started.signal(signal.SIGKILL)
    last = figures(done)[-1]
    final = json.loads((done.path / "summary.json").read_text())["final"]
    assert set(final) <= set(last)
    head = {"run": f"runs/{done.name}", "name": done.name, "status": "done", "epochs": 12}
    assert others[1] == {**head, **final}
    assert [row["status"] for row in others] == ["diverged", "done"]
    table = program("runs")
    assert (table.code, table.err) == (0, "")
    head_line, *lines = table.lines
    assert head_line.split() == ["run", "status", "epochs", "loss", "metric"]
    assert [line.split()[:2] for line in lines] == [
        [endless.name, "lost"],
        [diverged.name, "diverged"],
        [done.name, "done"],
    ]
    accuracy = f"regression_accuracy {final['regression_accuracy']:.4g}"
    assert lines[2].split(maxsplit=4)[2:] == ["12", f"{final['loss']:.4g}", accuracy]


def test_a_run_that_was_never_given_a_row_or_is_damaged(program: Program) -> None:
    folder = program.runs_dir / "broken" / "20260101-000000-0000"
    folder.mkdir(parents=True)
    (program.runs_dir / "notes").mkdir()
    (program.runs_dir / "broken" / "other").mkdir()
    assert json_of(program("runs", "--json")) == [
        {
            "run": "runs/broken/20260101-000000-0000",
            "name": "broken/20260101-000000-0000",
            "status": "lost",
            "epochs": 0,
        }
    ]
    (folder / "run.json").write_text("{")
    (folder / "summary.json").write_text('{"epochs": "many", "final": []}')
    (folder / "metrics.jsonl").write_text('{"epoch": 3, "loss": null}\n{"epo')
    done = program("runs")
    assert (done.code, done.err) == (0, "")
    assert done.lines[1].split()[:2] == ["broken/20260101-000000-0000", "lost"]


def test_a_file_where_the_runs_should_be(program: Program) -> None:
    assert program("runs", "--runs-dir", "tiny.yaml") == (1, "", "tiny.yaml: cannot be read: not a directory\n")


@pytest.mark.parametrize(
    "summary",
    ['{"final": 3}', '{"final": {"loss": "x", "accuracy": {}}, "epochs": "a"}', '{"final": {"loss": 1}}', "[]"],
)
def test_a_damaged_summary_is_as_none(program: Program, summary: str) -> None:
    run = program.trained()
    (run.path / "summary.json").write_text(summary)
    (row,) = json_of(program("runs", "--json"))
    last = figures(run)[-1]
    assert (row["epochs"], row["loss"]) == (12, last["loss"])
    assert program("runs").code == 0
