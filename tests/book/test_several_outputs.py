"""Several sigmoid outputs in book precision match the book's loop after `nnfs.init()` bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nncli import config, training
from nncli.book.compare import run_plain_loop
from nncli.events import EpochEnded

SPEC = """\
precision: book
data: {type: npz, path: t.npz}
init: {type: normal, scale: 0.1}
layers:
  - {type: dense, units: 32, activation: relu, weight_l2: 5e-4, bias_l2: 5e-4}
  - {type: dense, units: 3, activation: sigmoid}
loss: binary_crossentropy
optimizer: {type: adam, learning_rate: 0.01, decay: 5e-7}
metrics: [accuracy]
train: {epochs: 301}
"""
CASES = {
    "adam": [],
    "sgd with momentum": ["optimizer={type: sgd, learning_rate: 0.5, momentum: 0.9}"],
    "rmsprop": ["optimizer={type: rmsprop, learning_rate: 0.02, rho: 0.999}"],
    "batches": ["train.batch_size=64", "train.epochs=101"],
    "validation": ["data.validation={path: v.npz}"],
    "dropout": [
        "layers=[{type: dense, units: 32, activation: relu}, {type: dropout, rate: 0.1}, "
        "{type: dense, units: 3, activation: sigmoid}]"
    ],
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("dtype", [np.uint8, bool])
def test_losses_accuracy_and_weights_match_every_digit(
    case: str, dtype: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(3)
    for name, samples in (("t", 150), ("v", 40)):
        x = random.normal(size=(samples, 2)).astype(np.float32)
        labels = np.column_stack([x[:, 0] > 0.3, x[:, 0] * x[:, 1] > 0, (x**2).sum(axis=1) < 1])
        np.savez(tmp_path / f"{name}.npz", x=x, y=labels.astype(np.uint8))
    (tmp_path / "t.yaml").write_text(SPEC)
    resolved = config.load(tmp_path / "t.yaml", CASES[case]).resolved
    theirs = run_plain_loop(resolved.experiment)
    if dtype is bool:  # read with the dtype of the labels that nnfs draws
        for path in tmp_path.glob("*.npz"):
            with np.load(path) as file:
                arrays = dict(file)
            np.savez(path, x=arrays["x"], y=arrays["y"].astype(bool))
        resolved = config.load(tmp_path / "t.yaml", CASES[case]).resolved
    source, last = training.start(resolved), resolved.experiment.train.epochs - 1
    rows = [
        [event.epoch, *(event.metrics[name] for name in theirs["columns"][1:])]
        for event in source
        if isinstance(event, EpochEnded) and (event.epoch % 100 == 0 or event.epoch == last)
    ]
    assert rows == theirs["rows"]
    assert len(rows) > 1
    learned = [array for views in source.checkpoint.params.links for array in views.values()]
    assert [array.dtype for array in learned] == [np.float32] * 4
    assert [array.ravel().tolist() for array in learned] == [np.ravel(each).tolist() for each in theirs["parameters"]]
