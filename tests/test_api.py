"""The Python API: train, load, predict, list runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

import nncli
from nncli import evaluation, store, threads
from nncli.errors import NncliError, SpecErrors, UsageError
from nncli.store import Run

SPEC = """\
name: tiny
data: {type: sine, samples: 20}
layers: [{type: dense, units: 4, activation: tanh}, {type: dense, units: 1}]
loss: mse
train: {epochs: 12}
"""
PUBLIC = {"DivergedError", "Model", "NncliError", "Run", "load", "runs", "train", "why"}
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
def test_api_gives_the_digits_of_the_command(tmp_path: Path, precision: str) -> None:
    """By default BLAS uses all cores, which changes the bits of matrix products of this size; nncli uses one."""
    (tmp_path / "wide.yaml").write_text(SPEC.replace("samples: 20", "samples: 1000").replace("units: 4", "units: 128"))
    env = {name: value for name, value in os.environ.items() if name not in threads.VARIABLES}
    env |= {"OPENBLAS_NUM_THREADS": "2", "PYTHONPATH": str(Path(nncli.__file__).parents[1])}
    command = [sys.executable, "-c", WIDE, precision]
    output = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True).stdout.split()
    library = Run(tmp_path / output[0])
    del env["OPENBLAS_NUM_THREADS"]
    command = [sys.executable, "-m", "nncli", "train", "wide.yaml", "-q", f"precision={precision}"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
    from_command = Run(tmp_path / done.stdout.strip())
    assert library.info()["blas"] == from_command.info()["blas"]
    assert library.info()["blas"]["threads"] == 1
    assert (library.summary() or {})["final"] == (from_command.summary() or {})["final"]
    first, second = library.checkpoint("last"), from_command.checkpoint("last")
    assert {name: array.tobytes() for name, array in first.items()} == {
        name: array.tobytes() for name, array in second.items()
    }
    assert nncli.load(from_command).predict([[0.25], [0.5]]).tobytes().hex() == output[1]


def test_number_of_threads_is_set_and_restored(spec: Path, tmp_path: Path) -> None:
    run = nncli.train(spec, runs_dir=tmp_path / "runs", threads=2)
    assert run.info()["blas"]["threads"] == min(2, os.cpu_count() or 1)
    assert threads.count() == 1
    with pytest.raises(UsageError, match="threads must be at least 1, not 0"):
        nncli.train(spec, runs_dir=tmp_path / "runs", threads=0)


def test_train_applies_changes(spec: Path, tmp_path: Path) -> None:
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
    assert (run.status, run.info()["seed"]) == ("done", 7)
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


def test_default_runs_dir_is_runs(spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = nncli.train("configs/sine.yaml", {"train.epochs": 1, "data.samples": 5})
    assert run.path.is_relative_to("runs/sine")
    assert nncli.load("latest").run.name == run.name


def test_invalid_spec_raises_all_errors(spec: Path, tmp_path: Path) -> None:
    with pytest.raises(SpecErrors) as caught:
        nncli.train(spec, {"layers.0.units": 0, "optimizer.beta": 1}, runs_dir=tmp_path / "runs")
    assert len(caught.value.problems) == 2
    assert not (tmp_path / "runs").exists()
    with pytest.raises(UsageError, match="no such file"):
        nncli.train(tmp_path / "none.yaml")


def test_diverged_training_returns_its_run(spec: Path, tmp_path: Path) -> None:
    changes = {"optimizer": {"type": "sgd", "learning_rate": 1e30}}
    run = nncli.train(spec, changes, runs_dir=tmp_path)
    assert run.status == "diverged"
    assert not np.isfinite(run.metrics()["loss"][-1])


def test_load_accepts_run_path_or_name(spec: Path, tmp_path: Path) -> None:
    run = nncli.train(spec, runs_dir=tmp_path / "runs")
    x = [[0.1], [0.2]]
    expected = nncli.load(run).predict(x)
    for reference in (run.path, str(run.path), "tiny", run.name, "latest"):
        assert np.array_equal(nncli.load(reference, runs_dir=tmp_path / "runs").predict(x), expected)
    with pytest.raises(UsageError, match="matches no run"):
        nncli.load("other", runs_dir=tmp_path / "runs")
    with pytest.raises(NncliError, match="has no best checkpoint, only the last"):
        nncli.load(run, "best")


def test_predictions_match_the_final_metrics(spiral: Run) -> None:
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


def test_best_checkpoint_has_the_best_weights(spiral: Run) -> None:
    model = nncli.load(spiral, "best")
    best = (spiral.summary() or {})["best"]
    samples = model.samples("validation")
    assert samples is not None
    probabilities = np.clip(model.predict(samples.x)[np.arange(len(samples.t)), samples.t], 1e-7, 1 - 1e-7)
    assert -np.log(probabilities).mean() == pytest.approx(best["val_loss"], rel=1e-5)
    assert best["val_loss"] == spiral.metrics()["val_loss"].min() == spiral.metrics()["val_loss"][best["epoch"]]


def test_samples_of_each_part(spiral: Run, spec: Path, tmp_path: Path) -> None:
    model = nncli.load(spiral)
    sizes = {part: len(model.samples(part).x) for part in ("train", "validation", "test")}
    assert sizes == {"train": 60, "validation": 15, "test": 18}
    assert np.array_equal(model.samples("test").x, nncli.load(spiral).samples("test").x)
    without = nncli.load(nncli.train(spec, runs_dir=tmp_path / "runs"))
    assert (without.samples("validation"), without.samples("test")) == (None, None)


def test_predict_shares_no_memory_with_the_caller(spiral: Run) -> None:
    model = nncli.load(spiral)
    x = np.linspace(-1, 1, 8).reshape(4, 2)
    before = x.copy()
    first = model.predict(x)
    predicted = first.copy()
    model.predict(x[::-1])
    assert np.array_equal(first, predicted)
    first[...] = 0
    assert np.array_equal(model.predict(x), predicted)
    assert np.array_equal(x, before)
    assert np.array_equal(model.predict(x.tolist()), predicted)
    assert model.predict(np.empty((0, 2))).shape == (0, 3)
    assert np.array_equal(model.predict(np.array([[1, 2]])), model.predict([[1.0, 2.0]]))


@pytest.mark.parametrize("x", [0.5, [0.5, 0.5], [[0.5]], [[1, 2, 3]], [[[0.5, 0.5]]], []])
def test_predict_refuses_inputs_of_another_shape(spec: Path, tmp_path: Path, x: object) -> None:
    path = tmp_path / "vertical.yaml"
    path.write_text(SPIRAL.replace("PRECISION", "float32").replace("epochs: 20", "epochs: 1"))
    model = nncli.load(nncli.train(path, runs_dir=tmp_path / "runs"))
    shape = str(np.shape(x))
    with pytest.raises(UsageError) as caught:
        model.predict(x)
    assert str(caught.value) == f"error: the inputs must have the shape (samples, 2), not {shape}"


def test_public_names_of_the_package() -> None:
    assert set(nncli.__all__) == PUBLIC | {"__version__"}
    assert all(getattr(nncli, name) for name in nncli.__all__)
    with pytest.raises(AttributeError, match="module 'nncli' has no attribute 'nothing'"):
        nncli.nothing  # noqa: B018


def test_import_loads_no_heavy_module() -> None:
    script = "import nncli, sys; print({'numpy', 'pydantic', 'typer', 'rich', 'yaml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_unknown_checkpoint_and_part_are_refused(spec: Path, tmp_path: Path) -> None:
    run = nncli.train(spec, runs_dir=tmp_path)
    with pytest.raises(UsageError, match='unknown checkpoint "bst"; use last or best'):
        nncli.load(run, "bst")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match='unknown part "nope"; use train, validation or test'):
        nncli.load(run).samples("nope")  # type: ignore[arg-type]


@pytest.mark.parametrize("inputs", [[[None]], [[float("nan")]], [[1j]], [["a"]], [[1], [1, 2]], [[float("inf")]]])
def test_predict_refuses_nonfinite_inputs(spec: Path, tmp_path: Path, inputs: list[list[object]]) -> None:
    model = nncli.load(nncli.train(spec, {"train.epochs": 1}, runs_dir=tmp_path))
    with pytest.raises(UsageError, match="the inputs must be rows of finite numbers, all of the same length"):
        model.predict(inputs)  # type: ignore[arg-type]


def test_damaged_checkpoint_is_refused(spec: Path, tmp_path: Path) -> None:
    run = nncli.train(spec, {"train.epochs": 1}, runs_dir=tmp_path)
    arrays = run.checkpoint("last")
    store.save_arrays(run.path / "checkpoints" / "last.npz", arrays | {"stopping": np.full(2, np.nan)})
    with pytest.raises(NncliError, match="is not a checkpoint of this experiment"):
        nncli.load(run).samples("train")


def test_text_and_mappings_are_specs(spec: Path, tmp_path: Path) -> None:
    """They train to the same bits as a file with the same content."""
    runs_dir = tmp_path / "runs"
    by_file = nncli.train(spec, runs_dir=runs_dir)
    mapping = yaml.safe_load(SPEC)
    mapping["train"]["epochs"] = np.int64(12)
    for source in (SPEC, mapping, str(yaml.safe_load(SPEC)).replace("'", '"')):
        run = nncli.train(source, runs_dir=runs_dir)
        assert run.config_text() == by_file.config_text()
        assert run.rows()[-1]["loss"] == by_file.rows()[-1]["loss"]
    without_name = nncli.train(SPEC.replace("name: tiny\n", ""), runs_dir=runs_dir)
    assert without_name.name.startswith("experiment/")


def test_paths_of_a_spec_in_memory_are_relative_to_the_cwd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "line.csv").write_text("x,y\n" + "".join(f"{i},{2 * i}\n" for i in range(9)))
    (tmp_path / "base.yaml").write_text("loss: mse\nlayers: [{type: dense, units: 1}]\n")
    data = {"type": "csv", "path": Path("line.csv"), "target": "y"}
    run = nncli.train({"extends": "base.yaml", "data": data}, epochs=2)
    assert run.status == "done"
    assert f"path: {tmp_path / 'line.csv'}" in run.config_text()


def test_errors_in_a_spec_in_memory_have_positions(tmp_path: Path) -> None:
    with pytest.raises(SpecErrors, match=r"^experiment:3:31: layers.0.units: must be greater than 0, not 0"):
        nncli.train(SPEC.replace("units: 4", "units: 0"), runs_dir=tmp_path)
    with pytest.raises(SpecErrors, match=r"layers.0.units: must be greater than 0, not 0"):
        nncli.train(yaml.safe_load(SPEC.replace("units: 4", "units: 0")), runs_dir=tmp_path)
    with pytest.raises(UsageError, match="no such file"):
        nncli.train("nowhere.yaml", runs_dir=tmp_path)


def test_shortcut_parameters_are_settings(spec: Path, tmp_path: Path) -> None:
    run = nncli.train(spec, {"train.epochs": 3}, seed=5, epochs=3, name="short", runs_dir=tmp_path / "runs")
    settings = yaml.safe_load(run.config_text())
    assert (settings["seed"], settings["train"]["epochs"], settings["name"], len(run.rows())) == (5, 3, "short", 3)
    with pytest.raises(UsageError, match=r"epochs=5 contradicts train.epochs=7 in `changes`"):
        nncli.train(spec, {"train.epochs": 7}, epochs=5, runs_dir=tmp_path / "runs")


def test_check_raises_an_error_on_divergence(spec: Path, tmp_path: Path) -> None:
    changes = {"optimizer": {"type": "sgd", "learning_rate": 1e30}}
    run = nncli.train(spec, changes, runs_dir=tmp_path / "runs")
    assert run.status == "diverged"
    with pytest.raises(nncli.DivergedError, match=r"diverged: the loss is (inf|nan) at epoch \d+") as raised:
        nncli.train(spec, changes, runs_dir=tmp_path / "runs", check=True)
    assert (raised.value.exit_code, len(nncli.runs(runs_dir=tmp_path / "runs"))) == (3, 2)
    assert nncli.train(spec, runs_dir=tmp_path / "runs", check=True).status == "done"


def test_progress_is_shown_on_request(spec: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nncli.train(spec, runs_dir=tmp_path / "runs")
    assert capsys.readouterr() == ("", "")
    nncli.train(spec, runs_dir=tmp_path / "runs", progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[-1].startswith("epoch 11/11  loss ")


def test_runs_are_listed_newest_first_and_filtered(spec: Path, tmp_path: Path) -> None:
    created = [nncli.train(spec, seed=seed, runs_dir=tmp_path / "runs") for seed in range(3)]
    assert nncli.runs(runs_dir=tmp_path / "runs") == created[::-1]
    assert nncli.runs("seed>0 and status=done", runs_dir=tmp_path / "runs") == created[:0:-1]
    with pytest.raises(UsageError):
        nncli.runs("sed>0", runs_dir=tmp_path / "runs")
    assert nncli.runs(runs_dir=tmp_path / "elsewhere") == []


def test_runs_dir_variable_applies_to_the_api(spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNCLI_RUNS_DIR", str(tmp_path / "by variable"))
    run = nncli.train(spec)
    assert run.path.parents[1] == tmp_path / "by variable"
    assert nncli.load("tiny").run == nncli.load("latest").run == run
    assert nncli.runs() == [run]


def test_why_returns_the_diagnosis_of_a_run(spec: Path, tmp_path: Path) -> None:
    changes = {"optimizer": {"type": "sgd", "learning_rate": 1000}}
    run = nncli.train(spec, changes, runs_dir=tmp_path / "runs")
    diagnosis = nncli.why(run)
    assert (diagnosis.run, diagnosis.verdict) == (str(run.path), "diverged")
    assert diagnosis.findings[0].name == "lr_too_high"
    assert nncli.why("latest", runs_dir=tmp_path / "runs") == diagnosis
    (run.path / "checkpoints" / "last.npz").unlink()
    with pytest.raises(NncliError, match="has no last checkpoint"):
        nncli.why(run)


def test_evaluate_matches_the_command(spiral: Run) -> None:
    model = nncli.load(spiral)
    for part in ("train", "validation", "test", None):
        report = evaluation.evaluate(model, part)
        assert model.evaluate(part) == {name: metric.value for name, metric in report.metrics.items()}
    assert model.evaluate() == model.evaluate("test")


def test_evaluate_refuses_a_missing_part(spec: Path, tmp_path: Path) -> None:
    model = nncli.load(nncli.train(spec, runs_dir=tmp_path / "runs"))
    assert model.evaluate() == model.evaluate("train")
    assert set(model.evaluate()) == {"loss", "regression_accuracy", "mae", "r2"}
    with pytest.raises(UsageError, match="has no validation part"):
        model.evaluate("validation")


def test_weights_are_copies_by_layer(spiral: Run) -> None:
    model, arrays = nncli.load(spiral), spiral.checkpoint("last")
    arrays_by_name = {
        f"layers.{n}.{name}": array for n, layer in model.weights.items() for name, array in layer.items()
    }
    assert {name: array.tobytes() for name, array in arrays_by_name.items()} == {
        name: array.tobytes() for name, array in arrays.items() if name.startswith("layers.")
    }
    before = model.predict([[0.1, 0.2]])
    model.weights[0]["weights"][:] = 7
    assert model.predict([[0.1, 0.2]]).tobytes() == before.tobytes()


def test_samples_have_inputs_and_targets(spiral: Run) -> None:
    samples = nncli.load(spiral).samples("train")
    assert samples is not None
    assert samples.inputs is samples.x
    assert samples.targets is samples.t


def test_public_names_are_shown() -> None:
    """In `dir`, which completion uses, and in `help`; `dir` imports nothing heavy."""
    script = "import sys, nncli; print(*dir(nncli)); assert 'numpy' not in sys.modules; help(nncli)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    names, *text = done.stdout.splitlines()
    assert {name for name in names.split() if not name.startswith("_")} == PUBLIC
    functions = "\n".join(text).partition("FUNCTIONS")[2]
    assert all(f"\n    {name}(" in functions for name in ("load", "runs", "train", "why"))
    assert set(nncli.__all__) == PUBLIC | {"__version__"}


USE = """
import nncli
run = nncli.train("a.yaml", epochs=2)
reveal_type(run)
reveal_type(nncli.load(run).evaluate())
"""


@pytest.mark.long
def test_types_are_visible_outside_the_checkout(tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(USE)
    env = os.environ | {"MYPYPATH": str(Path(nncli.__file__).parents[1])}
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "use.py"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    revealed = re.findall(r'Revealed type is "(.*)"', done.stdout.replace("builtins.", ""))
    assert revealed == ["nncli.store.run.Run", "dict[str, float]"]
    assert (Path(nncli.__file__).parent / "py.typed").exists()
