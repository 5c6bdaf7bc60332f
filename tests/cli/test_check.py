"""`nncli check`: all errors at once; otherwise the layers, the resolved experiment or JSON."""

from __future__ import annotations

from tests.cli.program import TINY, Program, json_of

TABLE = """\
layer  type   activation  inputs  outputs  parameters  initial scale
    0  dense  relu             1       64         128            0.1
    1  dense  relu            64       64       4,160            0.1
    2  dense  linear          64        1          65            0.1
4,353 parameters, mse, adam; sine: 1,000 training samples, float32
"""
DROPOUT = """\
data: {type: spiral, samples: 10, classes: 3}
init: {type: normal, scale: 0.01}
layers:
  - {type: dense, units: 8, activation: relu, init: zeros}
  - {type: dropout, rate: 0.1}
  - {type: dense, units: 3}
  - softmax
loss: categorical_crossentropy
train: {batch_size: 100}
"""


def test_check_prints_the_layers(program: Program) -> None:
    assert program("check", "configs/sine.yaml") == (0, TABLE, "")
    assert not program.runs_dir.exists()


def test_check_prints_warnings_and_layers_without_weights(program: Program) -> None:
    done = program("check", program.write("drop.yaml", DROPOUT))
    assert done.code == 0
    assert done.out == (
        "layer  type     activation  inputs  outputs  parameters  initial scale\n"
        "    0  dense    relu             2        8          24              0\n"
        "    1  dropout                   8        8           0\n"
        "    2  dense                     8        3          27           0.01\n"
        "    3  softmax                   3        3           0\n"
        "51 parameters, categorical_crossentropy, adam; spiral: 30 training samples, float32\n"
    )
    weights, batch = done.err.splitlines()
    assert weights.startswith("warning: drop.yaml:4:5: layers.0: all weights start equal, so all units")
    assert batch.startswith("warning: drop.yaml:9:21: train.batch_size: is larger than the 30 training samples")


def test_batch_norm_counts_its_learned_parameters(program: Program) -> None:
    """Batch norm learns its scale and shift; its running statistics are not parameters."""
    layers = ("layers=[{type: dense, units: 8}, batch_norm, relu, {type: dense, units: 1}]", "optimizer=adamw")
    done = program("check", "configs/sine.yaml", *layers)
    assert done.code == 0
    assert done.out == (
        "layer  type        activation  inputs  outputs  parameters  initial scale\n"
        "    0  dense                        1        8          16            0.1\n"
        "    1  batch_norm                   8        8          16\n"
        "    2  relu                         8        8           0\n"
        "    3  dense                        8        1           9            0.1\n"
        "41 parameters, mse, adamw; sine: 1,000 training samples, float32\n"
    )


def test_resolved_prints_what_a_run_saves(program: Program) -> None:
    resolved = program("check", "tiny.yaml", "seed=3", "--resolved")
    assert (resolved.code, resolved.err) == (0, "")
    assert resolved.out == program.train({"seed": 3}).config_text()


def test_json_has_experiment_layers_and_warnings(program: Program) -> None:
    result = json_of(program("check", "tiny.yaml", "layers.0.init=zeros", "--json"))
    assert result["experiment"]["seed"] == 0
    assert result["experiment"]["layers"][0]["init"] == {"type": "zeros"}
    assert [row["parameters"] for row in result["layers"]] == [8, 5]
    assert result["layers"][0]["scale"] == 0
    assert len(result["warnings"]) == 1


def test_all_errors_are_printed_at_once(program: Program) -> None:
    program.write("wrong.yaml", TINY.replace("units: 4", "units: 0") + "optimiser: adam\n")
    done = program("check", "wrong.yaml", "seed=x", "--resolved")
    assert (done.code, done.out) == (2, "")
    places = [
        "wrong.yaml:3:31: layers.0.units: must be greater than 0",
        "wrong.yaml:6:1: optimiser: ",
        "seed=x: must be",
    ]
    assert all(place in done.err for place in places), done.err
    assert "did you mean optimizer?" in done.err
    assert len(done.err.splitlines()) == 4
    assert done.err.splitlines()[-1].startswith("hint: see `nncli list")


def test_a_spec_is_read_from_standard_input(program: Program) -> None:
    done = program("check", "-", stdin=TINY)
    assert done.out.endswith("13 parameters, mse, adam; sine: 20 training samples, float32\n")
