"""Slips of users who are new to YAML or come from another program."""

from __future__ import annotations

from tests.config.bad import SINE, SPIRAL, Bad, bad

FIRST, LAST = "{type: dense, units: 4, activation: relu}", "{type: dense, units: 1}"
IN_DATA = "sine has no such field; did you mean"
BASE = "an experiment has no such field; did you mean"

# A replacement in SINE, the error, and the subject of the hint.
OF_SINE: list[tuple[tuple[str, str], str, str]] = [
    (
        ("{type: dense, units: 4,", "{type:dense, units:4,"),
        "bad.yaml:3:6: type:dense needs a space after the colon: type: dense\n"
        "bad.yaml:3:18: units:4 needs a space after the colon: units: 4",
        "",
    ),
    (("loss: mse", "loss:mse"), "bad.yaml:5:1: loss:mse needs a space after the colon: loss: mse", ""),
    (("loss: mse", "seed:1\nloss: mse"), "bad.yaml:5:1: seed:1 needs a space after the colon: seed: 1", ""),
    (
        ("loss: mse", "train:\n  epochs:5\n  shuffle: true\nloss: mse"),
        "bad.yaml:6:3: epochs:5 needs a space after the colon: epochs: 5",
        "",
    ),
    (
        ("loss: mse", "train:\n  epochs:5\nloss: mse"),
        'bad.yaml:6:3: train: "epochs:5" needs a space after the colon: epochs: 5',
        "",
    ),
    (
        ("loss: mse", "optimizer: type:sgd\nloss: mse"),
        'bad.yaml:5:12: optimizer: "type:sgd" needs a space after the colon: type: sgd',
        "optimizer",
    ),
    (
        (FIRST, "type:dense\n    units: 4"),
        "bad.yaml:3:5: type:dense needs a space after the colon: type: dense",
        "",
    ),
    (
        ("loss: mse", "loss: mse\noptimizer: {learning_rate: 0,01, decay: 1,5e-3}"),
        "bad.yaml:6:28: learning_rate: 0,01 is not a number; write 0.01\n"
        "bad.yaml:6:41: decay: 1,5e-3 is not a number; write 1.5e-3",
        "",
    ),
    (
        ("loss: mse", "loss: mse\noptimizer:\n  learning_rate: 0,01"),
        'bad.yaml:7:18: optimizer.learning_rate: "0,01" is not a number; write 0.01',
        "adam",
    ),
    (
        ("loss: mse", "loss: mse\ntrain: {epochs: 10,000}"),
        "bad.yaml:6:17: epochs: 10,000 is not a number; write 10000",
        "",
    ),
    (
        ("samples: 20", "samples: 20, validation: 0.2"),
        "bad.yaml:1:45: data.validation: must be a mapping, not 0.2; use data.split for a fraction of the data",
        "sine",
    ),
    (
        ("samples: 20", "samples: 20, split: 0.2"),
        "bad.yaml:1:40: data.split: must be null or a mapping, as in {validation: 0.2}, not 0.2",
        "sine",
    ),
    (
        ("samples: 20", "samples: 20, validation_split: 0.2"),
        f"bad.yaml:1:33: data.validation_split: {IN_DATA} data.split.validation?",
        "sine",
    ),
    (
        ("samples: 20", "samples: 20, split: {train: 0.8}"),
        "bad.yaml:1:41: data.split.train: split has no such field; "
        "training uses the samples that are left, so remove this",
        "",
    ),
    (
        ("units: 4", "units: 4, in_features: 1"),
        "bad.yaml:3:29: layers.0.in_features: dense has no such field; "
        "the number of inputs follows from the data, so remove this",
        "dense",
    ),
    (
        ("loss: mse", "loss: MSELoss"),
        'bad.yaml:5:7: loss: unknown loss "MSELoss"; did you mean mse?',
        "loss",
    ),
    *(
        (("loss: mse", f"loss: mse\n{key}: 1"), f"bad.yaml:6:1: {key}: {BASE} {path}?", "")
        for key, path in {
            "validation_split": "data.split.validation",
            "val_split": "data.split.validation",
            "test_size": "data.split.test",
            "batchsize": "train.batch_size",
            "num_epochs": "train.epochs",
            "max_iter": "train.epochs",
            "hidden_layer_sizes": "layers",
            "criterion": "loss",
            "solver": "optimizer",
            "random_seed": "seed",
            "gradient_clip_val": "optimizer.clip_norm",
            "n_iter_no_change": "train.early_stopping.patience",
            "tol": "train.early_stopping.min_delta",
        }.items()
    ),
]
OF_SPIRAL: list[tuple[str, str]] = [
    ("layers+=relu", "+= is not supported; give the whole value, as in layers=[...]"),
    ("layers.+=relu", "+= is not supported; give the whole value, as in layers=[...]"),
    ("train.epochs*=2", "*= is not supported; give the whole value, as in train.epochs=VALUE"),
    ("optimizer.learning_rate=0,01", '"0,01" is not a number; write 0.01'),
    ("seed=1,000", '"1,000" is not a number; write 1000'),
]

ROWS: list[Bad] = [bad(" -> ".join(change), SINE.replace(*change), *error) for change, *error in OF_SINE]
ROWS += [
    bad(override, SPIRAL, f"{override}: {error}", "adam" if "rate" in override else "")._replace(changes=[override])
    for override, error in OF_SPIRAL
]
