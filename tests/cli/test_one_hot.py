"""One-hot classes, from the file to the prediction."""

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
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def evaluate(*arguments: str) -> Any:
    """Evaluate the newest run and return the JSON."""
    return json_of(invoke("eval", "--json", *arguments))


def test_one_hot_rows_train_the_same_bits_as_class_numbers() -> None:
    random = np.random.default_rng(1)
    x, classes = random.normal(size=(60, 2)), np.arange(60) % 3
    np.savez("numbers.npz", x=x, y=classes)
    Path("t.yaml").write_text(SOFTMAX)
    for precision in ("float32", "book"):
        first = nncli.train("t.yaml", {"precision": precision})
        expected = first.checkpoint("last")
        numbers = evaluate()
        for dtype in (np.int64, bool, np.float64):
            np.savez("hot.npz", x=x, y=np.eye(3, dtype=dtype)[classes])
            again = nncli.train("t.yaml", {"precision": precision, "data.path": "hot.npz"})
            arrays = again.checkpoint("last")
            assert list(arrays) == list(expected)
            changed = {name for name in expected if arrays[name].tobytes() != expected[name].tobytes()}
            assert changed == {"data.description", "data.digest"}  # which identify the file
            ours, theirs = (nncli.load(run).samples("train") or () for run in (again, first))
            assert [array.tobytes() for array in ours] == [array.tobytes() for array in theirs]
            assert nncli.load(again).data.class_names == ("0", "1", "2")
            both = [{key: value for key, value in each.items() if key != "run"} for each in (evaluate(), numbers)]
            assert both[0] == both[1]
            Path("new.csv").write_text("x0,x1\n0,1\n")
            assert invoke("predict", "--data", "new.csv").lines[0] == (
                "x0,x1,predicted_class,probability_0,probability_1,probability_2"
            )


def test_each_part_may_be_one_hot_or_class_numbers() -> None:
    x, classes = np.random.default_rng(1).normal(size=(60, 2)), np.arange(60) % 3
    np.savez("numbers.npz", x=x, y=classes)
    np.savez("hot.npz", x=x, y=np.eye(3)[classes])
    matrices = []
    for training, test in (("numbers", "hot"), ("hot", "numbers"), ("hot", "hot")):
        Path("t.yaml").write_text(SOFTMAX.replace("split: {test: 0.2}", "test: {path: numbers.npz}"))
        nncli.train("t.yaml", {"data.path": f"{training}.npz", "data.test.path": f"{test}.npz"})
        matrices.append([evaluate("--on", part)["confusion"] for part in ("train", "test")])
        assert matrices[-1][0] == matrices[-1][1] == matrices[0][0]


def test_one_hot_rows_may_have_a_class_without_samples() -> None:
    np.savez("hot.npz", x=np.random.default_rng(1).normal(size=(60, 2)), y=np.eye(4)[np.arange(60) % 3])
    Path("t.yaml").write_text(SOFTMAX.replace("numbers", "hot").replace("units: 3", "units: 4"))
    assert nncli.load(nncli.train("t.yaml")).data.class_names == ("0", "1", "2", "3")


def test_a_column_of_class_numbers_is_read_as_classes() -> None:
    """The book shapes the targets of a single sigmoid unit like this: y.reshape(-1, 1)."""
    x, classes = np.random.default_rng(1).normal(size=(60, 2)), np.arange(60) % 2
    Path("t.yaml").write_text(
        SOFTMAX.replace("units: 3, activation: softmax", "units: 1, activation: sigmoid").replace(
            "categorical", "binary"
        )
    )
    weights = []
    for y in (classes, classes.reshape(-1, 1)):
        np.savez("numbers.npz", x=x, y=y)
        weights.append(nncli.train("t.yaml").checkpoint("last")["layers.0.weights"].tobytes())
    assert weights[0] == weights[1]
