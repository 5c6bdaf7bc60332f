"""`nncli show`: results, settings, files and environment of a run."""

from __future__ import annotations

import json
import shutil

from tests.cli.program import Program, json_of
from tests.cli.test_runs import HOSTILE


def test_show_prints_all_details_of_a_run(program: Program) -> None:
    path = program("train", "tiny.yaml", "-q", "data.split.validation=0.5").out.strip()
    run = program.run_at(path)
    details, info, summary = json_of(program("show", "--json")), run.info(), run.summary() or {}
    expected = {
        "run": path,
        "name": run.name,
        "status": "done",
        "verdict": "does_not_learn",
        "reason": None,
        "exit_code": 0,
        "epochs": 12,
        "seed": 0,
    }
    assert details.items() >= expected.items()
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
        assert details[key] == info[key], key
    assert (details["final"], details["best"], details["seconds"]) == (
        summary["final"],
        summary["best"],
        summary["seconds"],
    )
    assert {each["name"]: each["bytes"] for each in details["files"]}["config.yaml"] == len(run.config_text())
    assert details["next"] == [f"nncli eval {path}", f"nncli why {path}", f"nncli plot {path}"]
    done = program("show", "tiny")
    assert (done.code, done.err) == (0, "")
    assert done.lines[:3] == [f"run       {path}", "status    done", "verdict   does not learn"]
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


def test_a_forked_run_names_its_parent(program: Program) -> None:
    parent = program.train()
    child = program("resume", parent.name, "--fork", "train.epochs=20", "-q").out.strip()
    assert json_of(program("show", child, "--json"))["parent"] == {
        "run": parent.name,
        "epoch": 12,
        "checkpoint": "last",
    }
    assert f"parent    {parent.name}, from epoch 12" in program("show", child).lines


def test_a_run_with_only_its_config_is_shown(program: Program) -> None:
    run = program.train()
    for each in run.path.iterdir():
        if each.name != "config.yaml":
            shutil.rmtree(each) if each.is_dir() else each.unlink()
    done = program("show", run.name)
    assert (done.code, done.err) == (0, "")
    assert done.lines[1] == "status    lost"
    assert done.lines[-1] == f"  nncli resume runs/{run.name}"
    assert json_of(program("show", run.name, "--json"))["settings"]["optimizer"]["type"] == "adam"  # from config.yaml


def test_without_a_run_there_is_an_error(program: Program) -> None:
    assert program("show").err.startswith("latest: no run in runs has a checkpoint\n")


def test_text_from_strangers_is_escaped(program: Program) -> None:
    run = program.train()
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


def test_a_contradicting_summary_has_a_warning(program: Program) -> None:
    run = program.train()
    assert json_of(program("show", run.name, "--json"))["contradictions"] == []
    summary = run.summary() or {}
    (run.path / "summary.json").write_text(json.dumps(summary | {"epochs": 100, "status": "stopped"}))
    line = "summary.json: epochs is 100, but the rows of metrics.jsonl end at 12"
    done = program("show", run.name)
    assert done.lines[3] == f"warning   {line} (and 1 more)"
    assert json_of(program("show", run.name, "--json"))["contradictions"][0] == line
