"""Checking or training a spec resolves it once, so that its table is described and read only once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from nncli import config
from nncli.experiment import Experiment
from nncli.resolved import resolve
from tests.contracts.parts import small_experiment

SPEC = """\
data: {type: csv, path: houses.csv, target: price, split: {validation: 0.2, test: 0.1}}
layers: [{type: dense, units: 4, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 2, batch_size: 8}
"""
COUNTER = """
import atexit, functools, json, sys
from collections import Counter
from nncli.data import infer, tables
from nncli.data.files import Csv

counts = Counter(dict.fromkeys(("describe", "open_lines"), 0))

def counted(owner, name):
    function = getattr(owner, name)

    @functools.wraps(function)
    def count(*arguments, **more):
        counts[name] += 1
        return function(*arguments, **more)

    setattr(owner, name, count)

counted(Csv, "describe")
counted(infer, "open_lines")
counted(tables, "open_lines")
atexit.register(lambda: print(json.dumps(counts), file=sys.stderr))
"""
COMMAND = "from nncli.cli import main\nmain()"


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        (COMMAND, "train houses.yaml -q"),
        (COMMAND, "train houses.yaml -q --verbose"),
        (COMMAND, "train houses.yaml -q data.scale_target=minmax"),
        (COMMAND, "check houses.yaml"),
        (COMMAND, "check houses.yaml --json"),
        (COMMAND, "check houses.yaml --resolved"),
        ("import nncli\nnncli.train('houses.yaml')", ""),
    ],
)
def test_table_is_described_and_read_once(tmp_path: Path, code: str, arguments: str) -> None:
    rows = [f"{i},{i * i % 7},{3 * i + 1}\n" for i in range(40)]
    (tmp_path / "houses.csv").write_text("rooms,area,price\n" + "".join(rows))
    (tmp_path / "houses.yaml").write_text(SPEC)
    command = [sys.executable, "-c", COUNTER + code, *arguments.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stderr.splitlines()[-1]) == {"describe": 1, "open_lines": 1}


def test_load_returns_the_description_and_the_network(tmp_path: Path) -> None:
    (tmp_path / "sine.yaml").write_text(
        "data: sine\nlayers: [{type: dense, units: 3}, {type: dense, units: 1}]\nloss: mse\n"
    )
    loaded = config.load(tmp_path / "sine.yaml")
    assert loaded.experiment is loaded.resolved.experiment
    assert isinstance(loaded.experiment, Experiment)
    assert loaded.resolved.description == loaded.experiment.data.describe()
    assert (loaded.resolved.network.inputs, loaded.resolved.network.parameter_count) == (1, 10)


def test_resolve_builds_the_network_from_the_description() -> None:
    experiment = small_experiment()
    description = experiment.data.describe()
    wider = description._replace(columns=description.columns * 2)
    assert resolve(experiment) == resolve(experiment, description)
    assert resolve(experiment).network.inputs == 2
    assert resolve(experiment, wider).network.inputs == 4
