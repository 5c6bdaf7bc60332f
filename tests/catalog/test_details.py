"""Details of one run, even if it is damaged or from a stranger."""

from __future__ import annotations

import json
import os

import pytest

from nncli.catalog.details import MAX_FILES, details, full_record
from nncli.store import Run, new_run

TEXT = "name: sine\nlayers: [{type: dense, units: 4}]\n"
SETTINGS = {"name": "sine", "layers": [{"type": "dense", "units": 4}]}


@pytest.fixture
def run(tmp_path):
    with new_run(
        tmp_path / "runs", "sine", TEXT, {"seed": 1, "command": ["nncli", "train", "a b"]}, SETTINGS
    ) as writer:
        pass
    return Run(writer.path)


def update_info(run, **changes):
    (run.path / "run.json").write_text(json.dumps({**run.info(), **changes}))


def test_settings_come_from_the_copy_or_config_yaml(run):
    assert full_record(run).settings == SETTINGS
    (run.path / "config.yaml").write_text("name: other\nextends: /etc/passwd\n")
    assert full_record(run).settings == {"name": "other", "extends": "/etc/passwd"}  # which is not opened
    for text in ("a: [", "- a", "\x00", "a: .nan", "a: " + "9" * 400, "a: " + "9" * 5000):
        (run.path / "config.yaml").write_text(text)
        assert full_record(run).settings is None
    (run.path / "config.yaml").unlink()
    assert full_record(run).settings == SETTINGS
    (run.path / "run.json").unlink()
    assert full_record(run).settings is None


def test_next_commands_depend_on_the_status(run):
    path = str(run.path)
    assert details(run)["next"] == [f"nncli resume {path}"]
    (run.path / "metrics.jsonl").write_text('{"epoch": 0, "loss": 1, "seconds": 2.5}\n')
    (run.path / "summary.json").unlink(missing_ok=True)
    (run.path / "checkpoints").mkdir(exist_ok=True)
    (run.path / "checkpoints" / "last.npz").touch()
    run_details = details(run)
    assert run_details["next"] == [f"nncli resume {path}", f"nncli eval {path}", f"nncli plot {path}"]
    assert (run_details["epochs"], run_details["seconds"], run_details["command"]) == (
        1,
        2.5,
        ["nncli", "train", "a b"],
    )
    for status, step in (("done", "eval"), ("running", "resume"), ("diverged", "eval"), ("failed", "eval")):
        update_info(run, status=status)
        assert details(run)["next"][0] == f"nncli {step} {path}"
        assert (details(run)["next"][-1] == f"nncli rm {path}") == (status in ("diverged", "failed"))
        assert (f"nncli resume {path}" in details(run)["next"]) == (status in ("running", "failed"))


def test_files_are_listed_without_following_links(run, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "file").write_text("x" * 1000)
    (run.path / "link").symlink_to(tmp_path / "secret")
    (run.path / "file").symlink_to(tmp_path / "secret" / "file")
    (run.path / "figures").mkdir()
    (run.path / "figures" / "fit.png").write_bytes(b"123")
    os.mkfifo(run.path / "pipe")
    names = {each["name"]: each["bytes"] for each in details(run)["files"]}
    assert names.keys() == {"config.yaml", "run.json", "metrics.jsonl", "figures/fit.png"}
    assert (names["figures/fit.png"], names["config.yaml"]) == (3, len(TEXT))
    for number in range(MAX_FILES + 10):
        (run.path / f"x{number}").touch()
    assert len(details(run)["files"]) == MAX_FILES


@pytest.mark.parametrize(
    "value", [None, 3, "text", [[["deep"]]], {"a": {"b": 1}}, {"a": "b"}, ["a", 3], float("nan"), True]
)
def test_any_run_json_gives_valid_json(run, value):
    keys = [key for key in run.info() if key != "format"]
    update_info(run, **dict.fromkeys([*keys, "versions", "git", "host", "processor", "blas", "simd"], value))
    text = json.dumps(details(run), allow_nan=False)
    assert list(json.loads(text))[:3] == ["run", "name", "status"]
