"""Bad combinations: every field is valid, but the experiment cannot be trained."""

from __future__ import annotations

from tests.config.bad import SINE, SPIRAL, Bad, bad

NAME = "7: name: must consist of letters, digits, `.`, `_` and `-`, and must not begin with `.` or `-`"
MEASURED = "loss, data_loss, regularization_loss and"
FIRST = "{type: dense, units: 4, activation: relu}"
LAST = "{type: dense, units: 3, activation: softmax}"
ALWAYS_ONE = "softmax over a single unit is always 1; use sigmoid, or linear for values"
HAS = "but nncli may use about 16 GB; use a smaller number"  # the memory that the test simulates

# A line appended to SINE, and the error from its column.
ADDED: list[tuple[str, str]] = [
    ("name: ../x", NAME),
    ("name: .x", NAME),
    ("name: a/b", NAME),
    ("name: a b", NAME),
    ("name: a★", NAME),
    ("name: -x", NAME),
    ("name: ''", NAME),
    (f"name: {'x' * 256}", "7: name: must be at most 255 bytes long"),
    (f"name: {'é' * 128}", "7: name: must be at most 255 bytes long"),
    ("metrics: [accuracy]", "11: metrics.0: accuracy is for classes; use regression_accuracy for this data"),
    ("metrics: [f1]", "11: metrics.0: f1 is for classes; use regression_accuracy for this data"),
    (
        "metrics: [top_k_accuracy]",
        "11: metrics.0: top_k_accuracy is for classes; use regression_accuracy for this data",
    ),
    ("metrics: [r2, mae, r2]", "20: metrics.2: r2 is listed twice; remove one"),
    ("metrics: [r2, {type: r2}]", "15: metrics.1: r2 is listed twice; remove one"),
    (
        "optimizer: {decay: 0.1, schedule: cosine}",
        "20: optimizer.decay: conflicts with schedule, because it is short for the schedule inverse_time; "
        "remove one of them",
    ),
    (
        "train: {early_stopping: {monitor: val_loss}}",
        '35: train.early_stopping.monitor: "val_loss" is not measured without validation data; choose from '
        f"{MEASURED} regression_accuracy",
    ),
    (
        "train: {early_stopping: {monitor: ''}}",
        f'35: train.early_stopping.monitor: "" is not measured; choose from {MEASURED} regression_accuracy',
    ),
    (
        'train: {early_stopping: {monitor: "r2\\nmae"}}',
        f'35: train.early_stopping.monitor: "r2\\nmae" is not measured; choose from {MEASURED} regression_accuracy',
    ),
]

# A replacement in SINE, and the error.
OF_SINE: list[tuple[tuple[str, str], str]] = [
    (
        ("units: 1}", "units: 2}"),
        "4:26: layers.1.units: the last layer must have 1 unit, one for each target of sine, not 2",
    ),
    (
        ("mse", "binary_crossentropy"),
        "5:7: loss: binary_crossentropy needs classes, but sine has none; use mse or mae for numbers",
    ),
    (
        ("mse", "categorical_crossentropy"),
        "5:7: loss: categorical_crossentropy needs classes, but sine has none; use mse or mae for numbers",
    ),
    (
        ("units: 1}", "units: 2}\n  - {type: batch_norm}"),
        "4:26: layers.1.units: the last layer must have 1 unit, one for each target of sine, not 2",
    ),
    (("units: 1}", "units: 1, activation: softmax}"), f"4:41: layers.1.activation: {ALWAYS_ONE}"),
    (("units: 1}", "units: 1}\n  - softmax"), f"5:5: layers.2: {ALWAYS_ONE}"),
    (("relu}", "relu}\n  - {type: dense, units: 1, activation: softmax}"), f"4:41: layers.1.activation: {ALWAYS_ONE}"),
    ((f"- {FIRST}", "- softmax"), f"3:5: layers.0: {ALWAYS_ONE}"),
    (("samples: 20", "samples: 1e10"), f"1:29: data.samples: training would need about 1,400 GB of memory, {HAS}"),
    (("samples: 20", "samples: 1e15"), f"1:29: data.samples: training would need over a million GB of memory, {HAS}"),
    (
        ("samples: 20", "samples: 20, validation: {samples: 1e9}"),
        f"1:55: data.validation.samples: training would need about 140 GB of memory, {HAS}",
    ),
    (
        ("samples: 20", "samples: 20, test: {samples: 1e9}"),
        f"1:49: data.test.samples: training would need about 140 GB of memory, {HAS}",
    ),
    (("units: 4", "units: 1e9"), f"3:26: layers.0.units: training would need about 552 GB of memory, {HAS}"),
    (
        ("units: 4", f"units: {'9' * 400}"),
        f"3:26: layers.0.units: training would need over a million GB of memory, {HAS}",
    ),
    (
        (FIRST, "{type: dense, units: 3e4}\n  - {type: dense, units: 3e4}"),
        f"4:26: layers.1.units: training would need about 21 GB of memory, {HAS}",
    ),
]

# A replacement in SPIRAL, and the error.
OF_SPIRAL: list[tuple[tuple[str, str], str]] = [
    (
        ("units: 3", "units: 2"),
        "4:26: layers.1.units: the last layer must have 3 units, one for each class of spiral, not 2",
    ),
    (
        ("softmax", "relu"),
        "4:41: layers.1.activation: categorical_crossentropy needs softmax as the last activation, not relu",
    ),
    (
        (", activation: softmax", ""),
        "4:5: layers.1: categorical_crossentropy needs softmax as the last activation, not linear",
    ),
    (
        ("softmax", "linear"),
        "4:41: layers.1.activation: categorical_crossentropy needs softmax as the last activation, not linear",
    ),
    (
        (LAST, f"{LAST}\n  - {{type: dropout, rate: 0.1}}"),
        "5:5: layers.2: categorical_crossentropy needs softmax as the last activation, not dropout",
    ),
    (
        (LAST, f"{LAST}\n  - batch_norm"),
        "5:5: layers.2: categorical_crossentropy needs softmax as the last activation, not batch_norm",
    ),
    (
        ("categorical", "binary"),
        "4:41: layers.1.activation: binary_crossentropy needs sigmoid as the last activation, not softmax",
    ),
    (
        (f"{LAST}\nloss: categorical", "{type: dense, units: 1, activation: sigmoid}\nloss: binary"),
        "4:26: layers.1.units: one sigmoid unit distinguishes only two classes, but spiral has 3; "
        "use 3 units, softmax and categorical_crossentropy",
    ),
    (
        ("classes: 3", "classes: 3, validation: {classes: 2}"),
        "1:59: data.validation: must have the same inputs, targets and classes as the training data",
    ),
    (
        ("loss: categorical_crossentropy", "loss: {type: categorical_crossentropy, class_weights: [1, 2]}"),
        "5:55: loss.class_weights: must be 3 numbers, one for each class, not 2",
    ),
    (
        ("loss: categorical_crossentropy", "loss: {type: categorical_crossentropy, class_weights: []}"),
        "5:55: loss.class_weights: must be 3 numbers, one for each class, not 0",
    ),
    (
        ("loss:", "metrics: [accuracy, {type: top_k_accuracy, k: 3}]\nloss:"),
        "5:21: metrics.1: top_k_accuracy needs at least 4 classes; with 3 it would always be 1",
    ),
    (
        ("loss:", "metrics: [top_k_accuracy]\nloss:"),
        "5:11: metrics.0: top_k_accuracy needs at least 6 classes; with 3 it would always be 1",
    ),
    (("loss:", "metrics: [r2]\nloss:"), "5:11: metrics.0: r2 is for regression; use accuracy for this data"),
]

NOTHING_TO_LEARN = "bad.yaml:2:9: layers: no layer has parameters to train; add a dense layer"

ROWS: list[Bad] = [bad(line, f"{SINE}{line}\n", f"bad.yaml:6:{error}") for line, error in ADDED]
ROWS += [bad(" -> ".join(change), SINE.replace(*change), f"bad.yaml:{error}") for change, error in OF_SINE]
ROWS += [bad(" -> ".join(change), SPIRAL.replace(*change), f"bad.yaml:{error}") for change, error in OF_SPIRAL]
ROWS += [
    bad("only activations", "data: sine\nlayers: [relu, softmax]\nloss: mse\n", NOTHING_TO_LEARN),
    bad("only linear", "data: sine\nlayers: [linear]\nloss: mse\n", NOTHING_TO_LEARN),
    bad("only dropout", "data: sine\nlayers: [{type: dropout, rate: 0}]\nloss: mse\n", NOTHING_TO_LEARN),
    bad(
        "only batch_norm",
        "data: {type: spiral, classes: 3}\nlayers: [batch_norm]\nloss: mse\n",
        "bad.yaml:2:9: layers: the last layer must have 3 units, one for each class of spiral, not 2",
    ),
    bad(
        "two classes",
        "data: {type: spiral, classes: 2}\nlayers: [{type: dense, units: 3}]\nloss: mse\n",
        "bad.yaml:2:31: layers.0.units: the last layer must have 1 or 2 units, one for each class of spiral, not 3",
    ),
    bad(
        "a step too large",
        "data: {type: sine, samples: 1e8}\nlayers: [{type: dense, units: 100}, {type: dense, units: 1}]\nloss: mse\n",
        f"bad.yaml:1:29: data.samples: training would need about 124 GB of memory, {HAS}",
    ),
    bad(
        "a batch too large",
        "data: {type: sine, samples: 1e8}\nlayers: [{type: dense, units: 100}, {type: dense, units: 1}]\nloss: mse\n"
        "train: {batch_size: 5e7}\n",
        f"bad.yaml:4:21: train.batch_size: training would need about 63 GB of memory, {HAS}",
    ),
    bad(
        "all that does not fit",
        "name: .x\ndata: {type: spiral, classes: 3, test: {classes: 2}}\nlayers:\n  - {type: dense, units: 2}\n"
        "loss: categorical_crossentropy\nmetrics: [r2, accuracy, accuracy]\ntrain: {early_stopping: {monitor: mae}}\n",
        f"bad.yaml:1:{NAME}\n"
        "bad.yaml:2:40: data.test: must have the same inputs, targets and classes as the training data\n"
        "bad.yaml:4:26: layers.0.units: the last layer must have 3 units, one for each class of spiral, not 2\n"
        "bad.yaml:4:5: layers.0: categorical_crossentropy needs softmax as the last activation, not linear\n"
        "bad.yaml:6:11: metrics.0: r2 is for regression; use accuracy for this data\n"
        "bad.yaml:6:25: metrics.2: accuracy is listed twice; remove one\n"
        'bad.yaml:7:35: train.early_stopping.monitor: "mae" is not measured; choose from loss, data_loss, '
        "regularization_loss, r2 and accuracy",
    ),
]
