"""Every bundled experiment trains, and its first comment has the command that runs it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nncli
from nncli import bundled_configs, config
from nncli.config.schema import schema

ROOT = bundled_configs.configs()
FILES = sorted(ROOT.rglob("*.yaml"))
for_every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))


def test_bundled_files_are_complete() -> None:
    assert len(FILES) >= 20
    others = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file() and path not in FILES}
    data = {"data/digits.npz", "data/houses.csv", "data/iris.csv", "data/weather.csv"}
    assert others == {"nncli.schema.json", *data}


def test_bundled_data_matches_the_script(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT.parent / "tools" / "make_data.py", tmp_path], check=True)
    for name in ("houses.csv", "iris.csv", "weather.csv"):
        assert (tmp_path / name).read_bytes() == (ROOT / "data" / name).read_bytes()
    with np.load(tmp_path / "digits.npz") as generated, np.load(ROOT / "data" / "digits.npz") as bundled:
        assert all((generated[name] == bundled[name]).all() for name in ("x", "y"))


@for_every_file
def test_first_line_names_the_schema(path: Path) -> None:
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    head, _, schema = first.partition("=")
    assert head == "# yaml-language-server: $schema"
    assert (path.parent / schema).resolve() == bundled_configs.schema().resolve()


def test_bundled_schema_is_up_to_date() -> None:
    bundled = json.loads(bundled_configs.schema().read_text(encoding="utf-8"))
    assert bundled == schema(), "update it: nncli schema --write configs/nncli.schema.json"


@for_every_file
def test_bundled_experiment_trains(path: Path, tmp_path: Path) -> None:
    run = nncli.train(path, {"train.epochs": 2}, runs_dir=tmp_path)
    assert run.status == "done"
    assert run.path.parent.name == path.stem
    assert run.metrics()["epoch"].tolist() == [0, 1]


@for_every_file
def test_first_comment_has_the_command_that_runs_it(path: Path) -> None:
    comment = re.match(r"(#.*\n)+", path.read_text(encoding="utf-8"))
    assert comment, "it opens with a comment"
    commands = re.findall(r"^#   (nncli .*)$", comment[0], re.MULTILINE)
    command = "sweep" if config.read(path).sweep is not None else "train"
    assert commands[0].split()[:3] == ["nncli", command, f"configs/{path.relative_to(ROOT)}"]
    assert "# See: " in comment[0]
