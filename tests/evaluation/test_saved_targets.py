"""Evaluations on a table need no training data: the checkpoint has what depends on the training targets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nncli
from nncli import evaluation, store
from nncli.data import infer
from nncli.errors import NncliError
from nncli.model import Model
from nncli.store import Run
from nncli.training.scoring import SAVED_TARGETS

CLASSES = """
data: {type: csv, path: t.csv, target: kind, ignore: [u, v, a, b], split: {validation: 0.2}}
layers: [{type: dense, units: 4, activation: relu}, {type: dense, units: 3, activation: softmax}]
loss: {type: categorical_crossentropy, class_weights: balanced}
train: {epochs: 3, batch_size: 7}
"""
TWO = """
data: {type: csv, path: t.csv, target: a, ignore: [u, v, kind, b], task: classes}
layers: [{type: dense, units: 1, activation: sigmoid}]
loss: {type: binary_crossentropy, class_weights: {"1": 3}}
train: {epochs: 3}
"""
LABELS = """
data: {type: csv, path: t.csv, target: [a, b], ignore: [u, v, kind]}
layers: [{type: dense, units: 2, activation: sigmoid}]
loss: binary_crossentropy
train: {epochs: 3}
"""
VALUES = """
data: {type: csv, path: t.csv, target: [u, v], ignore: [a, b, kind], split: {test: 0.3}}
layers: [{type: dense, units: 2}]
loss: huber
metrics: [regression_accuracy, r2]
train: {epochs: 3}
"""
SPECS = {"classes": CLASSES, "two classes": TWO, "labels": LABELS, "values": VALUES}
PRECISIONS = ("float32", "float64", "book")


def table() -> str:
    random = np.random.default_rng(0).normal(size=(60, 3)).round(4).tolist()
    kinds = "xxxyzxyx"
    rows = [f"{x},{i % 5},{100 + 30 * u},{v},{i % 3 // 2},{i % 2},{kinds[i % 8]}" for i, (x, u, v) in enumerate(random)]
    return "\n".join(["x,w,u,v,a,b,kind", *rows, ""])


@pytest.fixture(autouse=True)
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.csv").write_text(table())


def train(spec: str, precision: str = "float32") -> Run:
    Path("t.yaml").write_text(f"precision: {precision}\n{spec}")
    return nncli.train("t.yaml")


def change_arrays(run: Run, changes: dict[str, np.ndarray | None]) -> None:
    """Replace arrays in the checkpoint of a run; None removes one."""
    arrays = run.checkpoint("last") | changes
    path = run.path / "checkpoints" / "last.npz"
    store.save_arrays(path, {name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", SPECS)
def test_evaluation_on_a_table_does_not_need_the_training_data(name: str, precision: str) -> None:
    run = train(SPECS[name], precision)
    Path("t.csv").rename("moved.csv")
    saved = evaluation.as_dict(evaluation.evaluate(Model(run), data="moved.csv"))
    Path("moved.csv").rename("t.csv")
    Path("moved.csv").write_text(table())
    assert set(run.checkpoint("last")) & set(SAVED_TARGETS)
    change_arrays(run, dict.fromkeys(SAVED_TARGETS))  # as in checkpoints of version 0.1.0
    computed = evaluation.as_dict(evaluation.evaluate(Model(run), data="moved.csv"))
    assert saved == computed
    if "split" not in SPECS[name]:
        on_training = evaluation.as_dict(evaluation.evaluate(Model(run), "train"))
        assert saved["metrics"].keys() == on_training["metrics"].keys()
        assert saved["baseline"] == pytest.approx(on_training["baseline"], rel=1e-6)  # another batch size
        assert saved["metrics"] == pytest.approx(on_training["metrics"], rel=1e-6)


@pytest.mark.parametrize("name", SAVED_TARGETS)
@pytest.mark.parametrize(
    "array", [np.ones((2, 3)), np.ones(7), np.array([1, 2, 3]), np.array(np.nan), np.ones(0)], ids=str
)
def test_damaged_array_is_refused(name: str, array: np.ndarray) -> None:
    run = train(CLASSES)
    change_arrays(run, {name: array})
    with pytest.raises(NncliError) as caught:
        evaluation.evaluate(Model(run), data="t.csv")
    message = f"is not a checkpoint of this experiment: {name} is missing or damaged"
    assert caught.value.lines()[0] == f"{run.path}/checkpoints/last.npz: {message}"


def test_run_of_an_older_version_is_repeated() -> None:
    run = train(CLASSES)
    change_arrays(run, dict.fromkeys(SAVED_TARGETS))
    from tests.cli.program import invoke

    done = invoke("repeat", run.path, "-q")
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize("name", SPECS)
def test_samples_are_read_with_the_saved_description(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run = train(SPECS[name])
    expected = [array.tobytes() for array in Model(run).samples("train") or ()]
    infer.infer_table.cache_clear()

    def refuse(*arguments: object) -> None:
        raise AssertionError("a column was inferred again")

    for function in ("column_of", "classes_of", "binary_values"):
        monkeypatch.setattr(infer, function, refuse)
    assert [array.tobytes() for array in Model(run).samples("train") or ()] == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("ignore: [u, v, a, b]", "ignore: [u, v, a]"),
        ("ignore: [u, v, a, b]", "ignore: [u, v, a, x]"),
        ("target: kind", "target: w"),
        ("categories: []", "categories: [w]"),
        ("missing: refuse", "missing: mean"),
        ("  missing: refuse", "  unseen: zeros\n  missing: refuse"),
    ],
)
def test_edited_settings_of_the_table_are_refused(before: str, after: str) -> None:
    run = train(CLASSES)
    config = run.path / "config.yaml"
    assert before in config.read_text()
    config.write_text(config.read_text().replace(before, after, 1))
    with pytest.raises(NncliError, match="the data have changed since the run was trained"):
        Model(run).samples("train")


def test_values_that_the_saved_description_lacks_are_refused() -> None:
    run = train(CLASSES)
    config = run.path / "config.yaml"
    config.write_text(config.read_text().replace("decimal: .", "decimal: ','", 1))
    with pytest.raises(NncliError, match=r"t\.csv:2: x must be a number, not "):
        Model(run).samples("train")
