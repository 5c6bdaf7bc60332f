"""nncli as a library: train, load, predict."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

import nncli
from nncli import store, threads
from nncli.errors import NncliError, SpecErrors, UsageError
from nncli.store import Run

SPEC = """\
name: tiny
data: {type: sine, samples: 20}
layers: [{type: dense, units: 4, activation: tanh}, {type: dense, units: 1}]
loss: mse
train: {epochs: 12}
"""
SPIRAL = """\
name: spiral
precision: PRECISION
data: {type: spiral, samples: 20, classes: 3, validation: {samples: 5}, test: {samples: 6}}
layers: [{type: dense, units: 8, activation: relu}, batch_norm, {type: dropout, rate: 0.2}, {type: dense, units: 3},
  softmax]
loss: categorical_crossentropy
optimizer: {type: adam, learning_rate: 0.05}
train: {epochs: 20}
"""


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.yaml"
    path.write_text(SPEC)
    return path


@pytest.fixture(params=["float32", "float64", "book"])
def spiral(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    path = tmp_path / "spiral.yaml"
    path.write_text(SPIRAL.replace("PRECISION", request.param))
    return nncli.train(path, runs_dir=tmp_path / "runs")


WIDE = """
import sys, nncli
from nncli import threads
run = nncli.train("wide.yaml", {"precision": sys.argv[1]})
assert threads.count() == 2
model = nncli.load(run)
print(run.path, model.predict([[0.25], [0.5]]).tobytes().hex())
assert threads.count() == 2
"""


@pytest.mark.parametrize("precision", ["float32", "float64", "book"])
def test_the_library_gives_the_digits_of_the_command(tmp_path: Path, precision: str) -> None:
    """Python gives a process all cores, on which products of this size have other bits; nncli takes one."""
    (tmp_path / "wide.yaml").write_text(SPEC.replace("samples: 20", "samples: 1000").replace("units: 4", "units: 128"))
    env = {name: value for name, value in os.environ.items() if name not in threads.VARIABLES}
    env |= {"OPENBLAS_NUM_THREADS": "2", "PYTHONPATH": str(Path(nncli.__file__).parents[1])}
    command = [sys.executable, "-c", WIDE, precision]
    told = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True).stdout.split()
    library = Run(tmp_path / told[0])
    del env["OPENBLAS_NUM_THREADS"]
    command = [sys.executable, "-m", "nncli", "train", "wide.yaml", "-q", f"precision={precision}"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    by_command = Run(tmp_path / done.stdout.strip())
    assert library.info()["blas"] == by_command.info()["blas"]
    assert library.info()["blas"]["threads"] == 1
    assert (library.summary() or {})["final"] == (by_command.summary() or {})["final"]
    one, other = library.checkpoint("last"), by_command.checkpoint("last")
    assert {name: array.tobytes() for name, array in one.items()} == {
        name: array.tobytes() for name, array in other.items()
    }
    assert nncli.load(by_command).predict([[0.25], [0.5]]).tobytes().hex() == told[1]


def test_the_number_of_threads(spec: Path, tmp_path: Path) -> None:
    run = nncli.train(spec, runs_dir=tmp_path / "runs", threads=2)
    assert run.info()["blas"]["threads"] == min(2, os.cpu_count() or 1)
    assert threads.count() == 1
    with pytest.raises(UsageError, match="threads must be at least 1, not 0"):
        nncli.train(spec, runs_dir=tmp_path / "runs", threads=0)


def test_training_with_changes(spec: Path, tmp_path: Path) -> None:
    changes = {
        "train.epochs": 3,
        "optimizer": {"type": "sgd", "learning_rate": 1e-2},
        "init": {"type": "normal", "scale": 0.1},
        "train.batch_size": None,
        "seed": np.int64(7),
        "layers.0.units": np.arange(5)[4],
    }
    run = nncli.train(spec, changes, runs_dir=tmp_path / "runs", name="007")
    assert run.path.parent == tmp_path / "runs" / "007"
    assert (run.status(), run.info()["seed"]) == ("done", 7)
    spec_of_run = yaml.safe_load(run.config_text())
    assert (spec_of_run["optimizer"]["type"], spec_of_run["optimizer"]["learning_rate"]) == ("sgd", 0.01)
    assert spec_of_run["layers"][0]["units"] == 4
    assert len(run.rows()) == 3
    with pytest.raises(TypeError, match="a setting cannot be a set"):
        nncli.train(spec, {"seed": {1}}, runs_dir=tmp_path / "runs")
    assert run.info()["command"][:2] == ["nncli.train", str(spec)]


def test_metrics_are_arrays_by_name(spec: Path, tmp_path: Path) -> None:
    run = nncli.train(str(spec), runs_dir=str(tmp_path / "runs"))
    metrics = run.metrics()
    rows = run.rows()
    assert list(metrics) == list(rows[0])
    assert metrics["loss"].dtype == np.float64
    assert metrics["loss"].tolist() == [row["loss"] for row in rows]
    assert len(metrics["loss"]) == 12
    assert metrics["loss"][-1] < metrics["loss"][0]


def test_runs_are_kept_in_runs(spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = nncli.train("configs/sine.yaml", {"train.epochs": 1, "data.samples": 5})
    assert run.path.is_relative_to("runs/sine")
    assert nncli.load("latest").run.name == run.name


def test_a_spec_that_cannot_be_trained(spec: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecErrors) as caught:
        nncli.train(spec, {"layers.0.units": 0, "optimizer.beta": 1}, runs_dir=tmp_path / "runs")
    assert len(caught.value.problems) == 2
    assert not (tmp_path / "runs").exists()
    with pytest.raises(UsageError, match="there is no such file"):
        nncli.train(tmp_path / "none.yaml")


def test_a_training_that_diverges_is_a_run_all_the_same(spec: Path, tmp_path: Path) -> None:
    changes = {"optimizer": {"type": "sgd", "learning_rate": 1e30}}
    run = nncli.train(spec, changes, runs_dir=tmp_path)
    assert run.status() == "diverged"
    assert not np.isfinite(run.metrics()["loss"][-1])


def test_loading_by_run_path_or_name(spec: Path, tmp_path: Path) -> None:
    run = nncli.train(spec, runs_dir=tmp_path / "runs")
    x = [[0.1], [0.2]]
    expected = nncli.load(run).predict(x)
    for reference in (run.path, str(run.path), "tiny", run.name, "latest"):
        assert np.array_equal(nncli.load(reference, runs_dir=tmp_path / "runs").predict(x), expected)
    with pytest.raises(UsageError, match="names no run"):
        nncli.load("other", runs_dir=tmp_path / "runs")
    with pytest.raises(NncliError, match="has no best checkpoint, only the last"):
        nncli.load(run, "best")


def test_predictions_are_those_that_were_measured(spiral: Run) -> None:
    model = nncli.load(spiral)
    final = (spiral.summary() or {})["final"]
    for part, prefix in (("train", ""), ("validation", "val_")):
        samples = model.samples(part)
        assert samples is not None
        predictions = model.predict(samples.x)
        assert predictions.shape == (len(samples.x), 3)
        assert np.allclose(predictions.sum(axis=1), 1, atol=1e-5)
        right = predictions.argmax(axis=1) == samples.t
        assert right.mean() == pytest.approx(final[f"{prefix}accuracy"], abs=1e-9)


def test_the_best_weights(spiral: Run) -> None:
    model = nncli.load(spiral, "best")
    best = (spiral.summary() or {})["best"]
    samples = model.samples("validation")
    assert samples is not None
    probabilities = np.clip(model.predict(samples.x)[np.arange(len(samples.t)), samples.t], 1e-7, 1 - 1e-7)
    assert -np.log(probabilities).mean() == pytest.approx(best["val_loss"], rel=1e-5)
    assert best["val_loss"] == spiral.metrics()["val_loss"].min() == spiral.metrics()["val_loss"][best["epoch"]]


def test_parts_of_the_data(spiral: Run, spec: Path, tmp_path: Path) -> None:
    model = nncli.load(spiral)
    sizes = {part: len(model.samples(part).x) for part in ("train", "validation", "test")}
    assert sizes == {"train": 60, "validation": 15, "test": 18}
    assert np.array_equal(model.samples("test").x, nncli.load(spiral).samples("test").x)
    without = nncli.load(nncli.train(spec, runs_dir=tmp_path / "runs"))
    assert (without.samples("validation"), without.samples("test")) == (None, None)


def test_predicting_neither_takes_nor_gives_memory_of_ours(spiral: Run) -> None:
    model = nncli.load(spiral)
    x = np.linspace(-1, 1, 8).reshape(4, 2)
    before = x.copy()
    first = model.predict(x)
    kept = first.copy()
    model.predict(x[::-1])
    assert np.array_equal(first, kept)
    first[...] = 0
    assert np.array_equal(model.predict(x), kept)
    assert np.array_equal(x, before)
    assert np.array_equal(model.predict(x.tolist()), kept)
    assert model.predict(np.empty((0, 2))).shape == (0, 3)
    assert np.array_equal(model.predict(np.array([[1, 2]])), model.predict([[1.0, 2.0]]))


@pytest.mark.parametrize("x", [0.5, [0.5, 0.5], [[0.5]], [[1, 2, 3]], [[[0.5, 0.5]]], []])
def test_inputs_of_another_shape(spec: Path, tmp_path: Path, x: object) -> None:
    path = tmp_path / "vertical.yaml"
    path.write_text(SPIRAL.replace("PRECISION", "float32").replace("epochs: 20", "epochs: 1"))
    model = nncli.load(nncli.train(path, runs_dir=tmp_path / "runs"))
    shape = str(np.shape(x))
    with pytest.raises(UsageError) as caught:
        model.predict(x)
    assert str(caught.value) == f"error: the inputs must have the shape (samples, 2), not {shape}"


def test_what_the_package_offers() -> None:
    assert set(nncli.__all__) == {"Model", "__version__", "load", "train"}
    assert all(getattr(nncli, name) for name in nncli.__all__)
    with pytest.raises(AttributeError, match="module 'nncli' has no attribute 'nothing'"):
        nncli.nothing  # noqa: B018


def test_importing_it_is_cheap() -> None:
    script = "import nncli, sys; print({'numpy', 'pydantic', 'typer', 'rich', 'yaml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_names_that_there_are_not(spec: Path, tmp_path: Path) -> None:
    run = nncli.train(spec, runs_dir=tmp_path)
    with pytest.raises(UsageError, match='there is no checkpoint "bst", but last and best'):
        nncli.load(run, "bst")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match='there is no part "nope", but train, validation and test'):
        nncli.load(run).samples("nope")  # type: ignore[arg-type]


@pytest.mark.parametrize("inputs", [[[None]], [[float("nan")]], [[1j]], [["a"]], [[1], [1, 2]], [[float("inf")]]])
def test_inputs_that_are_not_finite_numbers(spec: Path, tmp_path: Path, inputs: list[list[object]]) -> None:
    model = nncli.load(nncli.train(spec, {"train.epochs": 1}, runs_dir=tmp_path))
    with pytest.raises(UsageError, match="the inputs must be rows of finite numbers, all of one length"):
        model.predict(inputs)  # type: ignore[arg-type]


def test_a_checkpoint_whose_numbers_are_not(spec: Path, tmp_path: Path) -> None:
    run = nncli.train(spec, {"train.epochs": 1}, runs_dir=tmp_path)
    arrays = run.checkpoint("last")
    store.save_arrays(run.path / "checkpoints" / "last.npz", arrays | {"stopping": np.full(2, np.nan)})
    with pytest.raises(NncliError, match="is not a checkpoint of this experiment"):
        nncli.load(run).samples("train")
