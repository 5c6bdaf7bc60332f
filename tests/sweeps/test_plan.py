"""The plan of a sweep."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncli import config
from nncli.sweeps.plan import make_plan

TABLE = "x,price\n" + "".join(f"{number},{2 * number}\n" for number in range(10))
BASE = """\
data: {type: csv, path: a.csv, target: price}
layers: [{type: dense, units: 1}]
loss: mse
"""


def data_files(folder: Path, section: str) -> list[str]:
    for name in "abc":
        (folder / f"{name}.csv").write_text(TABLE)
    (folder / "houses.yaml").write_text(BASE + section)
    return make_plan(config.read(folder / "houses.yaml")).data_files()


def test_data_files_of_all_trials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b, c = (str(tmp_path / f"{name}.csv") for name in "abc")
    assert data_files(tmp_path, "sweep: {space: {layers.0.units: [1]}}\n") == [a]
    monkeypatch.chdir(tmp_path)  # paths in a space are relative to the current folder
    assert data_files(tmp_path, "sweep: {space: {data.path: [b.csv, c.csv]}}\n") == [b, c]
    mappings = "[{type: csv, path: b.csv, target: price}, {type: sine, samples: 10}]"
    assert data_files(tmp_path, f"sweep: {{space: {{data: {mappings}}}}}\n") == [b]
