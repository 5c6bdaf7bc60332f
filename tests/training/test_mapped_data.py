"""Training from a mapped file has the bits of training from memory, and never holds all inputs."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nncli
from nncli import config, evaluation, system, training
from nncli.data.lazy_rows import LazyRows
from nncli.errors import SpecErrors
from nncli.evaluation.report import as_dict
from nncli.runner import Runner
from tests.contracts.parts import PRECISIONS

ROWS, INPUTS = 3000, 50
RANDOM = np.random.default_rng(3)
X = RANDOM.normal(3, 10, (ROWS, 5, 10))
CLASSES = X[:, 0, :3].argmax(axis=1)
SPEC = """\
data: {type: npz, path: t.npz, split: {validation: 0.2, test: 0.1}}
layers: [{type: dense, units: 8, activation: relu}, {type: dense, units: 3, activation: softmax}]
loss: categorical_crossentropy
train: {epochs: 3, batch_size: 700}
"""
VALUES = [
    "loss=mse",
    "layers=[{type: dense, units: 4, activation: tanh}, {type: dense, units: 2}]",
    "data.scale_target=standard",
]
MULTILABEL = ["loss=binary_crossentropy", "layers=[{type: dense, units: 2, activation: sigmoid}]"]
INTEGERS = np.round(10 * X).astype(np.int16)
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    **{f"classes, {precision}": ({}, [f"precision={precision}"]) for precision in PRECISIONS},
    "without scaling": ({"x": X.astype(np.float32)}, ["data.scale=none"]),
    "minmax": ({"x": X.astype(np.float32)}, ["data.scale=minmax", "train.shuffle=blocks"]),
    "integers": ({"x": INTEGERS}, []),
    "big-endian": ({"x": X.astype(">f4")}, []),
    "no split": ({}, ["data.split=null", "train.shuffle=false"]),
    "all samples in one batch": ({}, ["train.batch_size=null"]),
    "names of classes": ({"y": np.array(["a", "bc", "d"])[CLASSES]}, []),
    "one-hot": ({"y": np.eye(3)[CLASSES]}, []),
    "values": ({"y": X[:, 0, :2]}, VALUES),
    "labels": ({"y": X[:, 0, :2] > 0}, MULTILABEL),
    "one input": ({"x": X[:, 0, 0]}, []),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.savez("t.npz", x=X, y=CLASSES)
    Path("t.yaml").write_text(SPEC)
    return tmp_path


def map_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file that can be mapped be mapped."""
    monkeypatch.setattr("nncli.data.array_files.SHARE_IN_MEMORY", 0)


def results(run: nncli.Run) -> list[Any]:
    """Return all bits of the checkpoint, the metrics of each epoch, an evaluation, and the samples in their units."""
    model = nncli.load(run)
    arrays = {name: (array.dtype, array.tobytes()) for name, array in run.checkpoint("last").items()}
    rows = {name: column.tobytes() for name, column in run.metrics().items() if "seconds" not in name}
    samples = model.samples("train")
    assert samples is not None
    return [arrays, rows, as_dict(evaluation.evaluate(model))["metrics"], samples.inputs.tobytes(), samples.t.tobytes()]


@pytest.mark.parametrize("case", CASES)
def test_a_mapped_run_has_the_bits_of_one_from_memory(case: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arrays, changes = CASES[case]
    np.savez("t.npz", **({"x": X, "y": CLASSES} | arrays))

    def train() -> list[Any]:
        loaded = config.load(Path("t.yaml"), changes)
        run = Runner(["test"]).train(loaded.resolved, folder / "runs").run
        return [isinstance(training.prepare(loaded.resolved)[0].training.x, LazyRows), *results(run)]

    from_memory = train()
    map_files(monkeypatch)
    from_map = train()
    assert (from_memory[0], from_map[0]) == (False, True)
    assert from_map[1:] == from_memory[1:]


def test_npy_files_are_mapped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.save("x.npy", X)
    np.save("y.npy", CLASSES)
    changes = ["data={type: npy, path: x.npy, target_path: y.npy}", "train.epochs=1"]
    runs = []
    for _ in range(2):
        loaded = config.load(Path("t.yaml"), changes)
        runs.append(results(Runner(["test"]).train(loaded.resolved, folder / "runs").run))
        map_files(monkeypatch)
    assert runs[0] == runs[1]


def test_figures_accept_a_mapped_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    map_files(monkeypatch)
    from nncli.render.figures.figure_inputs import predictions_of
    from nncli.render.figures.snapshot_passes import SnapshotPasses

    model = nncli.load(nncli.train("t.yaml"))
    assert predictions_of(model, "train").y.shape == (2100, 3)
    passes = SnapshotPasses(model, 100)
    assert passes.samples.inputs.shape == (100, INPUTS)


def test_training_never_holds_all_inputs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.tile(X.reshape(ROWS, INPUTS).astype(np.float32), (20, 1))
    np.savez("t.npz", x=x, y=np.tile(CLASSES, 20))
    map_files(monkeypatch)
    tracemalloc.start()
    try:
        nncli.train("t.yaml", epochs=1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.8 * x.nbytes


def test_all_samples_in_one_batch_must_fit_into_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "memory_limit", lambda: 10**6)
    config.load(Path("t.yaml"))
    with pytest.raises(SpecErrors) as raised:
        config.load(Path("t.yaml"), ["train.batch_size=null"])
    message = "training would need about 0.0 GB of memory, but nncli may use about 0.0 GB"
    assert str(raised.value).endswith(f"{message}; train in batches, as in train.batch_size=256")


def test_a_compressed_file_must_fit_into_memory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed("t.npz", x=X, y=CLASSES)
    monkeypatch.setattr(system, "memory_limit", lambda: 10**6)
    with pytest.raises(SpecErrors, match=r"use fewer samples, or a file of np\.savez, which need not fit into memory$"):
        config.load(Path("t.yaml"))


LIMITED = """
import os, resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
os.execv(sys.executable, [sys.executable, "-m", "nncli", *sys.argv[2:]])
"""


def nncli_in_400_mb(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LIMITED, str(400 * 10**6), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_run_predicts_without_its_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = nncli.train("t.yaml", epochs=1)
    Path("t.npz").unlink()
    monkeypatch.setattr(system, "memory_limit", lambda: 10**6)
    assert nncli.load(run).predict(np.ones((2, INPUTS))).shape == (2, 3)


@pytest.mark.long
def test_a_file_of_300_mb_trains_in_400_mb(folder: Path) -> None:
    """Also evaluates and predicts. Read into memory, as in Fortran order, the same file does not fit."""
    x = np.tile(X.reshape(ROWS, INPUTS).astype(np.float32), (500, 1))
    y = np.tile(CLASSES, 500)
    assert x.nbytes == 300 * 10**6
    np.savez("t.npz", x=x, y=y)
    trained = nncli_in_400_mb("train", "t.yaml", "train.epochs=1", "train.batch_size=4096")
    assert trained.returncode == 0, trained.stderr
    evaluated = nncli_in_400_mb("eval", "latest", "--on", "validation")
    assert evaluated.returncode == 0, evaluated.stderr
    Path("some.csv").write_text(",".join(f"x{i}" for i in range(INPUTS)) + "\n" + ",".join("1" * INPUTS) + "\n")
    predicted = nncli_in_400_mb("predict", "latest", "--data", "some.csv")
    assert predicted.returncode == 0, predicted.stderr
    np.savez("t.npz", x=np.asfortranarray(x), y=y)
    refused = nncli_in_400_mb("train", "t.yaml", "train.epochs=1", "train.batch_size=4096")
    assert refused.returncode == 2, refused.stderr
    assert "memory" in refused.stderr
