"""The plan of a sweep."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncli import config
from nncli.errors import UsageError
from nncli.sweeps.plan import make_plan, saved_plan

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


@pytest.mark.parametrize(
    "section",
    [
        "sweep: {space: {optimizer.learning_rate: [0.1, 0.2]}, seeds: 2}\n",
        "sweep: {space: {train.epochs: [5, 60]}, objective: {mode: best}}\n",
        "sweep: {space: {data.split.validation: [0.2, 0.4]}}\n",
        "sweep: {space: {data.path: [b.csv, a.csv]}, objective: {monitor: regression_accuracy}}\n",
        "sweep: {space: {optimizer: [sgd, {type: adam, beta_1: {uniform: [0, 0.9]}}]}, trials: 5}\n",
        "init: normal\nmetrics: [r2]\n"
        "sweep: {space: {init.scale: [0.1, 0.2]}, objective: {monitor: r2}, pruner: {type: median}}\n",
    ],
)
def test_the_plan_of_a_saved_sweep_needs_no_data(tmp_path: Path, section: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("houses.yaml").write_text(BASE + section)
    for name in "ab":
        Path(f"{name}.csv").write_text(TABLE)
    tree = config.read_saved(config.dump_tree(config.read(Path("houses.yaml"))), "sweep.yaml")
    planned = make_plan(tree)
    for name in "ab":
        Path(f"{name}.csv").unlink()
    assert saved_plan(tree) == planned


@pytest.mark.parametrize(
    ("section", "error"),
    [
        ("{space: {init.scale: [-1, 1]}}", "sweep.yaml:5:29: init.scale=-1: must be greater than 0, not -1"),
        (
            "{space: {init.scale: [1, 2]}, objective: {monitor: los}}",
            "sweep.yaml:5:59: sweep.objective.monitor: no metric los",
        ),
    ],
)
def test_a_mistake_in_the_file_of_a_saved_sweep_is_located(section: str, error: str) -> None:
    with pytest.raises(UsageError) as raised:
        saved_plan(config.read_saved(f"name: houses\n{BASE}sweep: {section}\ninit: normal\n", "sweep.yaml"))
    assert raised.value.lines()[0] == error
