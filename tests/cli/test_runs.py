"""`nncli runs`: a table of all runs, newest first, as text, CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import signal
from collections import Counter
from io import BufferedReader
from pathlib import Path

import pytest

from nncli.system import open_file
from tests.cli.program import ENDLESS, Program, invoke, json_of, rows_without_times, wait_until


def test_without_runs_a_command_is_suggested(program: Program) -> None:
    message = "no runs in runs; start one with `nncli train configs/sine.yaml`\n"
    assert program("runs") == (0, "", message)
    assert program("runs", "--json") == (0, "[]\n", "")
    assert program("runs", "--filter", "whatever=1", "--sort", "-x") == (0, "", message)


def test_each_run_has_a_line_with_its_status(program: Program) -> None:
    done = program.train()
    diverged = program.train({"optimizer": {"type": "sgd", "learning_rate": 1e30}})
    with program.start("train", program.write("endless.yaml", ENDLESS), "-q", "--name", "other") as started:
        endless = program.run_at(started.line())
        wait_until(endless.last_row, "a row")
        newest, *others = json_of(program("runs", "--json"))
        assert (newest["run"], newest["status"]) == (f"runs/{endless.name}", "running")
        assert newest["epochs"] > 0
        assert newest["seconds"] > 0
        started.signal(signal.SIGKILL)
    last = rows_without_times(done)[-1]
    summary = json.loads((done.path / "summary.json").read_text())
    final = summary["final"]
    assert set(final) <= set(last)
    head = {"run": f"runs/{done.name}", "name": done.name, "status": "done", "epochs": 12}
    info = done.info()
    assert others[1] == {
        **head,
        "verdict": None,
        "start": info["start"],
        "seconds": summary["seconds"],
        "final": final,
        "best": None,
        "settings": info["settings"],
        "seed": 0,
        **final,
    }
    assert info["settings"]["optimizer"]["type"] == "adam"
    assert [row["status"] for row in others] == ["diverged", "done"]
    table = program("runs")
    assert (table.code, table.err) == (0, "")
    head_line, *lines = table.lines
    keys = "run status loss regression_accuracy epochs optimizer optimizer.learning_rate train.epochs seconds start"
    assert head_line.split() == keys.split()
    assert [line.split()[:2] for line in lines] == [
        [endless.name, "lost"],
        [diverged.name, "diverged"],
        [done.name, "done"],
    ]
    day, clock = info["start"][:10], info["start"][11:19]
    metrics = [f"{final['loss']:.4g}", f"{final['regression_accuracy']:.4g}", "12"]
    cells = lines[2].split()
    assert cells[2:8] == [*metrics, "adam", "0.001", "12"]
    assert cells[9:] == [day, clock]


def test_empty_and_damaged_runs_are_listed(program: Program) -> None:
    folder = program.runs_dir / "broken" / "20260101-000000-0000"
    folder.mkdir(parents=True)
    (program.runs_dir / "notes").mkdir()
    (program.runs_dir / "broken" / "other").mkdir()
    nothing = dict.fromkeys(("verdict", "start", "seconds", "best", "settings", "seed"))
    assert json_of(program("runs", "--json")) == [
        {
            "run": "runs/broken/20260101-000000-0000",
            "name": "broken/20260101-000000-0000",
            "status": "lost",
            "epochs": 0,
            "final": {},
            **nothing,
        }
    ]
    (folder / "run.json").write_text("{")
    (folder / "summary.json").write_text('{"epochs": "many", "final": []}')
    (folder / "metrics.jsonl").write_text('{"epoch": 3, "loss": null}\n{"epo')
    done = program("runs")
    assert (done.code, done.err) == (0, "")
    assert done.lines[1].split()[:2] == ["broken/20260101-000000-0000", "lost"]


def test_a_file_as_runs_dir_is_an_error(program: Program) -> None:
    assert program("runs", "--runs-dir", "tiny.yaml") == (1, "", "tiny.yaml: cannot be read: not a directory\n")


@pytest.mark.parametrize(
    "summary",
    ['{"final": 3}', '{"final": {"loss": "x", "accuracy": {}}, "epochs": "a"}', '{"final": {"loss": 1}}', "[]"],
)
def test_a_damaged_summary_is_ignored(program: Program, summary: str) -> None:
    run = program.train()
    (run.path / "summary.json").write_text(summary)
    (row,) = json_of(program("runs", "--json"))
    last = rows_without_times(run)[-1]
    assert (row["epochs"], row["loss"]) == (12, last["loss"])
    assert program("runs").code == 0


def test_filter_and_sort_find_the_best_run(program: Program) -> None:
    for rate in (0.001, 0.1, 0.01):
        program.train({"optimizer.learning_rate": rate})
    program.train({"optimizer": {"type": "sgd", "learning_rate": 1e30}})
    rows = json_of(program("runs", "--filter", "status=done", "--sort", "loss", "--json"))
    assert [row["loss"] for row in rows] == sorted(row["loss"] for row in rows)
    assert len(rows) == 3
    assert (program.folder / rows[0]["run"]).is_dir()
    slow = [row for row in rows if row["settings"]["optimizer"]["learning_rate"] < 0.05]
    worst = "nncli runs --filter 'status=done and optimizer.learning_rate<0.05' --sort -loss --csv --columns run"
    assert program.shell(f"{worst} | sed -n 2p").out == f"{slow[-1]['run']}\n"
    assert program("runs", "--filter", "loss<0") == (0, "", "none of the 4 runs matches the filter\n")
    assert program("runs", "--filter", "loss<0", "--json") == (0, "[]\n", "")
    assert program("runs", "--filter", "los<0") == (
        2,
        "",
        '--filter, character 1: no run in the list has "los"\nhint: did you mean loss?\n',
    )
    assert program("runs", "--csv", "--json").code == 2


def test_csv_and_json_have_all_digits(program: Program) -> None:
    split = program.train({"data.split.validation": 0.5})
    plain = program.train()
    done = program("runs", "--csv")
    assert (done.code, done.err) == (0, "")
    newer, older = csv.DictReader(io.StringIO(done.out))
    summary = split.summary() or {}
    assert float(older["best.val_loss"]) == summary["best"]["val_loss"]
    assert float(older["loss"]) == summary["final"]["loss"]
    assert (newer["best.val_loss"], newer["run"]) == ("", f"runs/{plain.name}")
    rows = json_of(program("runs", "--json", "--columns", "status,data.split,layers.0.units,best.val_loss"))
    assert rows == [
        {"status": "done", "data.split": None, "layers.0.units": 4, "best.val_loss": None},
        {
            "status": "done",
            "data.split": {"validation": 0.5, "test": 0.0},
            "layers.0.units": 4,
            "best.val_loss": summary["best"]["val_loss"],
        },
    ]


def test_by_seed_groups_runs_into_one_line(program: Program) -> None:
    losses = [program.train({"seed": seed}, f"s{seed}").summary()["final"]["loss"] for seed in range(3)]  # type: ignore[index]
    program.train({"optimizer.learning_rate": 0.5})
    single, group = json_of(program("runs", "--by-seed", "--json"))
    assert (single["count"], group["count"], group["seeds"]) == (1, 3, [0, 1, 2])
    low, median, high = sorted(losses)
    assert group["final"]["loss"] == {"median": median, "min": low, "max": high}
    lines = program("runs", "--by-seed", "--columns", "run,count,status,loss,optimizer.learning_rate").lines
    assert lines[0].split() == ["run", "count", "status", "loss", "optimizer.learning_rate"]
    assert lines[2].split() == (f"s2, s1, s0 3 done 3 {median:.4g} ({low:.4g} to {high:.4g}) 0.001".split())
    columns = "run,count,status,loss.median,loss.min,loss.max,optimizer.learning_rate"
    rows = program("runs", "--by-seed", "--csv", "--columns", "run,count,status,loss,optimizer.learning_rate").lines
    assert rows[0] == columns.replace("status", "status.done")
    assert rows[2] == f'"s2, s1, s0",3,3,{median},{low},{high},0.001'


def test_settings_of_an_edited_config_are_not_shown(program: Program) -> None:
    first, second = program.train({"seed": 1}), program.train({"seed": 2})
    (first.path / "config.yaml").write_text((first.path / "config.yaml").read_text() + "# mine\n")
    done = program("runs", "--columns", "run,init.type")
    assert done.lines[1].split() == [second.name, "glorot_uniform"]
    assert done.lines[2].split() == [first.name]
    assert done.err == f"no settings for {first.name}: config.yaml has changed since training\n"
    assert [bool(row["settings"]) for row in json_of(program("runs", "--json"))] == [True, False]


HOSTILE = "\x1b]0;owned\x07[bold red]:smile:[/bold red]\r\n\u202e"


def test_text_from_strangers_is_escaped(program: Program) -> None:
    run = program.train()
    other = program.train()
    info = run.info()
    settings = {**info["settings"], "init": {"type": HOSTILE}, HOSTILE: "\x1b[2J", "deep": [[[[HOSTILE]]]]}
    (run.path / "run.json").write_text(json.dumps({**info, "settings": settings, "start": HOSTILE, "seed": HOSTILE}))
    (run.path / "summary.json").write_text(json.dumps({"epochs": 1, "final": {HOSTILE: 1.5}, "best": {HOSTILE: 1}}))
    arguments = [[], ["--csv"], ["--by-seed"], ["--filter", "x=1"]]
    for each in arguments:
        done = program("runs", *each)
        assert done.code == (2 if "--filter" in each else 0), done
        text = (done.out + done.err).replace("\n", "")
        assert text.isprintable(), each
        assert each == ["--filter", "x=1"] or "\\x1b]0;owned" in text or "\\u001b]0;owned" in text
        assert "[bold red]:smile:[/bold red]" in text
    (row, _) = sorted(json_of(program("runs", "--json")), key=lambda row: row["name"] != run.name)
    assert (row["start"], row["seed"], row["settings"]["init"]["type"]) == (None, None, HOSTILE)
    assert other.name in program("runs", FORCE_COLOR="1").out


@pytest.mark.parametrize("arguments", ["", "--json"])
def test_a_reader_that_ends_early_is_no_error(program: Program, arguments: str) -> None:
    run = program.train()
    for number in range(300):  # more output than fits into a pipe
        shutil.copytree(run.path, run.path.with_name(f"20200101-{number:06}-0000"), copy_function=os.link)
    done = program.shell(f"nncli runs {arguments} | head -1; echo ${{PIPESTATUS[0]}}")
    assert (done.code, done.err, len(done.lines), done.lines[1]) == (0, "", 2, "0")


def test_listing_opens_few_files_regardless_of_the_number_of_epochs(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    """This keeps a list of a thousand runs under a second (measured by `python -m benchmarks figures`)."""
    opened: list[str] = []

    def open_and_record(path: Path) -> BufferedReader:
        opened.append(path.name)
        return open_file(path)

    for module in ("file_limits", "store.metrics_rows"):
        monkeypatch.setattr(f"nncli.{module}.open_file", open_and_record)
    counts = []
    for epochs in (1, 500):
        program.train({"train.epochs": epochs})
        opened.clear()
        assert invoke("runs", "--runs-dir", program.runs_dir).code == 0
        counts.append(Counter(opened))
    assert counts[1] == Counter({name: 2 * count for name, count in counts[0].items()})
    assert set(counts[0]) <= {"config.yaml", "run.json", "summary.json", "metrics.jsonl", "diagnosis.json"}
    assert counts[0].total() <= 5


@pytest.mark.long
def test_a_thousand_runs_are_listed(program: Program) -> None:
    runs = [program.train({"seed": seed, "data.split.validation": 0.5}) for seed in range(4)]
    for number in range(996):
        copy = runs[number % 4].path.with_name(f"20200101-{number:06}-0000")
        shutil.copytree(runs[number % 4].path, copy, copy_function=os.link)
    assert len(json_of(program("runs", "--filter", "status=done and optimizer.type=adam", "--json"))) == 1000
    assert len(json_of(program("runs", "--by-seed", "--json"))) == 1
    assert len(program("runs").lines) == 1001
