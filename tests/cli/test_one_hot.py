"""One-hot classes from file to prediction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncli
from tests.cli.program import invoke, json_of

SOFTMAX = """\
data: {type: npz, path: numbers.npz, split: {test: 0.2}}
layers: [{type: dense, units: 8, activation: relu}, {type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
train: {epochs: 20}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def evaluated(*arguments: str) -> Any:
    """The JSON of an evaluation of the newest run."""
    return json_of(invoke("eval", "--json", *arguments))


def test_one_hot_rows_are_class_numbers_to_the_bit() -> None:
    random = np.random.default_rng(1)
    x, classes = random.normal(size=(60, 2)), np.arange(60) % 3
    np.savez("numbers.npz", x=x, y=classes)
    Path("t.yaml").write_text(SOFTMAX)
    for precision in ("float32", "book"):
        first = nncli.train("t.yaml", {"precision": precision})
        expected = first.checkpoint("last")
        numbers = evaluated()
        for dtype in (np.int64, bool, np.float64):
            np.savez("hot.npz", x=x, y=np.eye(3, dtype=dtype)[classes])
            again = nncli.train("t.yaml", {"precision": precision, "data.path": "hot.npz"})
            found = again.checkpoint("last")
            assert list(found) == list(expected)
            changed = {name for name in expected if found[name].tobytes() != expected[name].tobytes()}
            assert changed == {"data.description"}  # which holds the digest of the file
            assert nncli.load(again).data.class_names == ("0", "1", "2")
            both = [{key: value for key, value in each.items() if key != "run"} for each in (evaluated(), numbers)]
            assert both[0] == both[1]
            Path("new.csv").write_text("x0,x1\n0,1\n")
            assert invoke("predict", "--data", "new.csv").lines[0] == (
                "x0,x1,predicted_class,probability_0,probability_1,probability_2"
            )


def test_parts_may_be_one_hot_or_class_numbers() -> None:
    x, classes = np.random.default_rng(1).normal(size=(60, 2)), np.arange(60) % 3
    np.savez("numbers.npz", x=x, y=classes)
    np.savez("hot.npz", x=x, y=np.eye(3)[classes])
    found = []
    for training, test in (("numbers", "hot"), ("hot", "numbers"), ("hot", "hot")):
        Path("t.yaml").write_text(SOFTMAX.replace("split: {test: 0.2}", "test: {path: numbers.npz}"))
        nncli.train("t.yaml", {"data.path": f"{training}.npz", "data.test.path": f"{test}.npz"})
        found.append([evaluated("--on", part)["confusion"] for part in ("train", "test")])
        assert found[-1][0] == found[-1][1] == found[0][0]


def test_a_class_without_samples_is_a_class_of_one_hot_rows() -> None:
    np.savez("hot.npz", x=np.random.default_rng(1).normal(size=(60, 2)), y=np.eye(4)[np.arange(60) % 3])
    Path("t.yaml").write_text(SOFTMAX.replace("numbers", "hot").replace("units: 3", "units: 4"))
    assert nncli.load(nncli.train("t.yaml")).data.class_names == ("0", "1", "2", "3")


def test_a_column_of_class_numbers_is_one_of_classes() -> None:
    """As the book has the targets of a single sigmoid unit: y.reshape(-1, 1)."""
    x, classes = np.random.default_rng(1).normal(size=(60, 2)), np.arange(60) % 2
    Path("t.yaml").write_text(
        SOFTMAX.replace("units: 3, activation: softmax", "units: 1, activation: sigmoid").replace(
            "categorical", "binary"
        )
    )
    found = []
    for y in (classes, classes.reshape(-1, 1)):
        np.savez("numbers.npz", x=x, y=y)
        found.append(nncli.train("t.yaml").checkpoint("last")["layers.0.weights"].tobytes())
    assert found[0] == found[1]
