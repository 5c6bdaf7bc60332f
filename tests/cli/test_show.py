"""`nncli show`: all that is known of one run."""

from __future__ import annotations

import json
import shutil

from tests.cli.program import Program, json_of
from tests.cli.test_runs import HOSTILE


def test_everything_about_a_run(program: Program) -> None:
    path = program("train", "tiny.yaml", "-q", "data.split.validation=0.5").out.strip()
    run = program.the_run(path)
    found, info, summary = json_of(program("show", "--json")), run.info(), run.summary() or {}
    expected = {
        "run": path,
        "name": run.name,
        "status": "done",
        "reason": None,
        "exit_code": 0,
        "epochs": 12,
        "seed": 0,
    }
    assert found.items() >= expected.items()
    for key in (
        "start",
        "end",
        "command",
        "versions",
        "git",
        "host",
        "platform",
        "processor",
        "blas",
        "simd",
        "settings",
    ):
        assert found[key] == info[key], key
    assert (found["final"], found["best"], found["seconds"]) == (summary["final"], summary["best"], summary["seconds"])
    assert {each["name"]: each["bytes"] for each in found["files"]}["config.yaml"] == len(run.config_text())
    assert found["next"] == [f"nncli eval {path}", f"nncli plot {path}"]
    done = program("show", "tiny")
    assert (done.code, done.err) == (0, "")
    assert done.lines[:2] == [f"run       {path}", "status    done"]
    for part in (
        f"command   {info['command'][0]} train tiny.yaml -q data.split.validation=0.5",
        f"best epoch: {summary['best']['epoch']}",
        "duration  12 epochs in 0.0 s",
        "  nncli eval " + path,
    ):
        assert part in done.lines, part
    rows = {line.split()[0]: line.split()[1:] for line in done.lines if line}
    assert rows["optimizer.learning_rate"] == ["0.001"]
    assert rows["val_loss"] == [f"{summary['final']['val_loss']:.4g}", f"{summary['best']['val_loss']:.4g}"]
    assert rows["checkpoints/last.npz"] == [f"{(run.path / 'checkpoints/last.npz').stat().st_size:,}"]


def test_a_child_names_its_parent(program: Program) -> None:
    parent = program.trained()
    child = program("resume", parent.name, "--fork", "train.epochs=20", "-q").out.strip()
    assert json_of(program("show", child, "--json"))["parent"] == {
        "run": parent.name,
        "epoch": 12,
        "checkpoint": "last",
    }
    assert f"parent    {parent.name}, from epoch 12" in program("show", child).lines


def test_a_run_that_left_next_to_nothing(program: Program) -> None:
    run = program.trained()
    for each in run.path.iterdir():
        if each.name != "config.yaml":
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    done = program("show", run.name)
    assert (done.code, done.err) == (0, "")
    assert done.lines[1] == "status    lost"
    assert done.lines[-1] == f"  nncli resume runs/{run.name}"
    assert json_of(program("show", run.name, "--json"))["settings"]["optimizer"]["type"] == "adam"  # of config.yaml


def test_no_such_run(program: Program) -> None:
    assert program("show").err.startswith("latest: no run in runs has a checkpoint\n")


def test_a_strangers_text_is_escaped(program: Program) -> None:
    run = program.trained()
    keys = ("reason", "host", "platform", "command", "versions", "git", "processor", "blas", "simd", "settings")
    hostile = {HOSTILE: HOSTILE, "commit": HOSTILE, "model": HOSTILE}
    info = {**run.info(), **dict.fromkeys(keys, hostile), "reason": HOSTILE, "host": HOSTILE, "command": [HOSTILE]}
    (run.path / "run.json").write_text(json.dumps(info))
    (run.path / "summary.json").write_text(json.dumps({"epochs": 1, "final": {HOSTILE: 1.5}, "best": {HOSTILE: 1}}))
    (run.path / HOSTILE.replace("/", "")).touch()
    done = program("show", run.name)
    assert (done.code, done.err) == (0, "")
    assert done.out.replace("\n", "").isprintable()
    assert done.out.count("[bold red]:smile:") > 8


def test_a_summary_that_contradicts_the_last_row(program: Program) -> None:
    run = program.trained()
    assert json_of(program("show", run.name, "--json"))["contradictions"] == []
    summary = run.summary() or {}
    (run.path / "summary.json").write_text(json.dumps(summary | {"epochs": 100, "status": "stopped"}))
    line = "summary.json: epochs is 100, and the rows of metrics.jsonl end at 12"
    done = program("show", run.name)
    assert done.lines[2] == f"warning   {line} (and 1 more)"
    assert json_of(program("show", run.name, "--json"))["contradictions"][0] == line
