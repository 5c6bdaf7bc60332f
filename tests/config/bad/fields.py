"""Bad fields of the experiment itself and of `train`."""

from __future__ import annotations

from tests.config.bad import SINE, Bad, bad

# A line appended to SINE, and the error from its column.
ADDED: list[tuple[str, ...]] = [
    ("lr: 0.1", "1: lr: an experiment has no such field; did you mean optimizer.learning_rate?"),
    ("epochs: 5", "1: epochs: an experiment has no such field; did you mean train.epochs?"),
    ("batch_size: 32", "1: batch_size: an experiment has no such field; did you mean train.batch_size?"),
    ("units: 8", "1: units: an experiment has no such field; did you mean layers.0.units?"),
    (
        "early_stopping: {patience: 3}",
        "1: early_stopping: an experiment has no such field; did you mean train.early_stopping?",
    ),
    ("train.epochs: 5", "1: train.epochs: an experiment has no such field; write train: {epochs: ...}"),
    (
        "train.early_stopping.patience: 5",
        "1: train.early_stopping.patience: an experiment has no such field; "
        "write train: {early_stopping: {patience: ...}}",
    ),
    ("optimiser: adam", "1: optimiser: an experiment has no such field; did you mean optimizer?"),
    ("Seed: 1", "1: Seed: an experiment has no such field; did you mean seed?"),
    ("extend: base.yaml", "1: extend: an experiment has no such field; did you mean extends?"),
    ("zebra: 1", "1: zebra: an experiment has no such field; its fields are FIELDS"),
    ("'': 1", '1: "": an experiment has no such field; its fields are FIELDS'),
    ("'<adam': 1", "1: <adam: an experiment has no such field; its fields are FIELDS"),
    ('"two\\nlines": 1', "1: two\\nlines: an experiment has no such field; its fields are FIELDS"),
    ("seed: x", '7: seed: must be a whole number, not "x"'),
    ("seed: 1.5", "7: seed: must be a whole number, not 1.5"),
    ("seed: true", "7: seed: must be a whole number, not true"),
    ("seed: -1", "7: seed: must be at least 0, not -1"),
    ("seed: 4294967296", "7: seed: must be less than 4294967296, not 4294967296"),
    ("seed: null", "7: seed: must be a whole number, not null"),
    ("seed: [1]", "7: seed: must be a whole number, not a list"),
    ("seed: .inf", "7: seed: must be a whole number, not inf"),
    ("seed: 1e18", "7: seed: must be a whole number, but 1e+18 is too large to be exact"),
    ("name: 5", "7: name: must be text, not 5"),
    ("name: null", "7: name: must be text, not null"),
    ("name: true", "7: name: must be text, not true"),
    ("name: {first: a}", "7: name: must be text, not a mapping"),
    ("precision: double", '12: precision: must be float32, float64 or book, not "double"'),
    ("precision: 32", "12: precision: must be float32, float64 or book, not 32"),
    ("precision: null", "12: precision: must be float32, float64 or book, not null"),
    ("metrics: accuracy", '10: metrics: must be a list, not "accuracy"', "metric"),
    ("metrics: {r2: true}", "10: metrics: must be a list, not a mapping", "metric"),
    ("train: 5", "8: train: must be a mapping, as in {epochs: 1000}, not 5"),
    ("train: null", "8: train: must be a mapping, as in {epochs: 1000}, not null"),
    ("train: []", "8: train: must be a mapping, as in {epochs: 1000}, not a list"),
    ("train: {epochs: 0}", "17: train.epochs: must be greater than 0, not 0"),
    ("train: {epochs: 1.5}", "17: train.epochs: must be a whole number, not 1.5"),
    ("train: {epochs: ten}", '17: train.epochs: must be a whole number, not "ten"'),
    ("train: {epochs: '10'}", '17: train.epochs: must be a whole number, not "10"'),
    ("train: {epochs: null}", "17: train.epochs: must be a whole number, not null"),
    ("train: {epoch: 3}", "9: train.epoch: train has no such field; did you mean epochs?"),
    ("train: {n_epochs: 3}", "9: train.n_epochs: train has no such field; did you mean epochs?"),
    ("train: {lr: 0.1}", "9: train.lr: train has no such field; did you mean optimizer.learning_rate?"),
    ("train: {patience: 3}", "9: train.patience: train has no such field; did you mean train.early_stopping.patience?"),
    ("train: {metrics: [r2]}", "9: train.metrics: train has no such field; did you mean metrics?"),
    ("train: {zebra: 1}", "9: train.zebra: train has no such field; its fields are FIELDS_OF_TRAIN"),
    ("train: {batch_size: 0}", "21: train.batch_size: must be greater than 0, not 0"),
    ("train: {batch_size: all}", '21: train.batch_size: must be a whole number, not "all"'),
    ("train: {shuffle: 1}", "18: train.shuffle: must be true, false or blocks, not 1"),
    ("train: {shuffle: yes}", '18: train.shuffle: must be true, false or blocks, not "yes"'),
    (
        "train: {early_stopping: true}",
        "25: train.early_stopping: must be null or a mapping, as in {patience: 10}, not true",
    ),
    ("train: {early_stopping: {patience: 0}}", "36: train.early_stopping.patience: must be greater than 0, not 0"),
    ("train: {early_stopping: {min_delta: -1}}", "37: train.early_stopping.min_delta: must be at least 0, not -1"),
    (
        "train: {early_stopping: {min_delta: .nan}}",
        "37: train.early_stopping.min_delta: must be a finite number, not nan",
    ),
    ("train: {early_stopping: {monitor: 5}}", "35: train.early_stopping.monitor: must be text, not 5"),
    (
        "train: {early_stopping: {patients: 2}}",
        "26: train.early_stopping.patients: early_stopping has no such field; did you mean patience?",
    ),
    (
        "train: {early_stopping: {zebra: 1}}",
        "26: train.early_stopping.zebra: early_stopping has no such field; "
        "its fields are monitor, patience and min_delta",
    ),
]

ROWS: list[Bad] = [bad(line, f"{SINE}{line}\n", f"bad.yaml:6:{error}", *about) for line, error, *about in ADDED]
