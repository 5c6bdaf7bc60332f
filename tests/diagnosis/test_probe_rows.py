"""The probes of a run, read from its file or measured from its snapshots."""

from __future__ import annotations

import json

import nncli
from nncli.diagnosis.probe_rows import probes_of
from nncli.store.run import PROBES

SPEC = """
data: {type: sine, samples: 30}
layers: [{type: dense, units: 5, activation: relu}, {type: dense, units: 1}]
loss: mse
train: {epochs: 12}
"""


def trained(folder, **changes):
    changes = {name.replace("__", "."): value for name, value in changes.items()}
    return nncli.load(nncli.train(SPEC, changes, runs_dir=folder))


def write(model, probes):
    (model.run.path / PROBES).write_text("".join(json.dumps(probe.as_row()) + "\n" for probe in probes))


def test_probes_of_snapshots(tmp_path):
    model = trained(tmp_path)
    (model.run.path / PROBES).unlink(missing_ok=True)
    probes = probes_of(model)
    assert [probe.epoch for probe in probes] == [*range(13)]
    rows = [row["data_loss"] for row in model.run.rows()]
    assert all(abs(probe.loss - loss) < 1e-6 * loss for probe, loss in zip(probes, rows, strict=False))
    assert {layer.update_ratio for probe in probes for layer in probe.layers} == {None}


def test_last_weights_are_enough(tmp_path):
    model = trained(tmp_path, train__snapshots=0)
    (model.run.path / PROBES).unlink(missing_ok=True)
    assert [probe.epoch for probe in probes_of(model)] == [12]


def test_file_is_read_and_completed_by_later_snapshots(tmp_path):
    model = trained(tmp_path)
    (model.run.path / PROBES).unlink(missing_ok=True)
    measured = probes_of(model)
    saved = [probe.with_update_ratios([0.25, 0.5]) for probe in measured[:3]]
    write(model, saved)
    assert probes_of(model) == saved + measured[3:]
    write(model, saved[:2] + measured[12:])
    assert probes_of(model) == saved[:2] + measured[12:]


def test_probes_of_the_best_weights_end_with_them(tmp_path):
    spec = SPEC.replace("samples: 30", "samples: 30, validation: {samples: 9}")
    run = nncli.train(spec, {"optimizer.learning_rate": 0.9}, runs_dir=tmp_path)
    best = nncli.load(run, checkpoint="best")
    assert best.epochs < 12
    saved = [probe.epoch for probe in probes_of(best)]
    assert saved[-1] == best.epochs
    (run.path / PROBES).unlink()
    assert [probe.epoch for probe in probes_of(best)] == [*range(best.epochs + 1)]
    assert {*saved} <= {*range(best.epochs + 1)}


def test_damaged_file_is_ignored(tmp_path):
    model = trained(tmp_path)
    (model.run.path / PROBES).unlink(missing_ok=True)
    measured = probes_of(model)
    wrong_layers = [probe._replace(layers=probe.layers[:1]) for probe in measured]
    for damaged in (wrong_layers, measured[::-1]):
        write(model, damaged)
        assert probes_of(model) == measured
    deep = "[" * 100_000
    for text in ("{", "[]\n", '{"epoch": 0}\n', f"{deep}\n", "\x00", '{"epoch": NaN}'):
        (model.run.path / PROBES).write_text(text)
        assert probes_of(model) == measured
    (model.run.path / PROBES).write_bytes(b"\xff\xfe\n")
    assert probes_of(model) == measured
