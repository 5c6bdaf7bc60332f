"""Bad layers: unknown names, unknown fields, wrong values."""

from __future__ import annotations

from tests.config.bad import SINE, Bad, bad

FIRST = "{type: dense, units: 4, activation: relu}"

# A replacement for the first layer of SINE, and the error from its column.
LAYER: list[tuple[str, ...]] = [
    ("dense", "5: layers.0: dense needs more than its name; write {type: dense, units: ...}", "dense"),
    ("batchnorm", '5: layers.0: unknown layer or activation "batchnorm"; did you mean batch_norm?', "layer"),
    (
        "{type: batch_norm, units: 4}",
        "24: layers.0.units: batch_norm has no such field; only dense has it",
        "batch_norm",
    ),
    (
        "{type: batch_norm, momentum: 1}",
        "34: layers.0.momentum: must be less than 1, not 1",
        "batch_norm",
    ),
    (
        "{type: batch_norm, epsilon: 0}",
        "33: layers.0.epsilon: must be greater than 0, not 0",
        "batch_norm",
    ),
    ("dropout", "5: layers.0: dropout needs more than its name; write {type: dropout, rate: ...}", "dropout"),
    ("Dense", '5: layers.0: unknown layer or activation "Dense"; did you mean dense?', "layer"),
    ("zebra", '5: layers.0: unknown layer or activation "zebra"; choose from LAYERS', "layer"),
    ("''", '5: layers.0: unknown layer or activation ""; choose from LAYERS', "layer"),
    ("4", "5: layers.0: must be a name or a mapping with a type, not 4; write {type: dense, units: 4}", "layer"),
    ("0", "5: layers.0: must be a name or a mapping with a type, not 0", "layer"),
    ("null", "5: layers.0: must be a name or a mapping with a type, not null", "layer"),
    ("[relu]", "5: layers.0: must be a name or a mapping with a type, not a list", "layer"),
    ("{units: 4}", "5: layers.0: needs a type: ANY_LAYER", "layer"),
    ("dense: {units: 4}", "5: layers.0: needs a type, as in {type: dense, ...}", "layer"),
    (
        "{type: dens, units: 4}",
        '12: layers.0.type: unknown layer or activation "dens"; did you mean dense?',
        "layer",
    ),
    (
        "{type: zebra, units: 4}",
        '12: layers.0.type: unknown layer or activation "zebra"; choose from LAYERS',
        "layer",
    ),
    ("{type: [dense], units: 4}", "12: layers.0.type: must be text, not a list", "layer"),
    ("{type: null}", "12: layers.0.type: must be text, not null", "layer"),
    (
        "{type: bare dense}",
        '12: layers.0.type: unknown layer or activation "bare dense"; did you mean dense?',
        "layer",
    ),
    ("{type: dense}", "5: layers.0.units: is missing; dense needs it", "dense"),
    ("{type: dropout}", "5: layers.0.rate: is missing; dropout needs it", "dropout"),
    ("{type: dense, neurons: 4}", "19: layers.0.neurons: dense has no such field; did you mean units?", "dense"),
    ("{type: dense, unit: 4}", "19: layers.0.unit: dense has no such field; did you mean units?", "dense"),
    (
        "{type: dense, units: 4, weight_regularizer_l2: 5e-4}",
        "29: layers.0.weight_regularizer_l2: dense has no such field; did you mean weight_l2?",
        "dense",
    ),
    (
        "{type: dense, units: 4, kernel_initializer: he_normal}",
        "29: layers.0.kernel_initializer: dense has no such field; did you mean init?",
        "dense",
    ),
    (
        "{type: dense, units: 4, scale: 0.1}",
        "29: layers.0.scale: dense has no such field; did you mean layers.0.init.scale?",
        "dense",
    ),
    (
        "{type: dense, units: 4, lr: 0.1}",
        "29: layers.0.lr: dense has no such field; did you mean optimizer.learning_rate?",
        "dense",
    ),
    ("{type: dense, units: 4, rate: 0.1}", "29: layers.0.rate: dense has no such field; only dropout has it", "dense"),
    ("{type: dense, units: 4, zebra: 1}", "29: layers.0.zebra: dense has no such field", "dense"),
    (
        "{type: leaky_relu, alpha: 1}",
        "24: layers.0.alpha: leaky_relu has no such field; did you mean negative_slope?",
        "leaky_relu",
    ),
    ("{type: relu, alpha: 1}", "18: layers.0.alpha: relu has no such field; only leaky_relu has it", "relu"),
    ("{type: elu, alpha: -1}", "24: layers.0.alpha: must be at least 0, not -1", "elu"),
    ("{type: relu, zebra: 1}", "18: layers.0.zebra: relu has no such field", "relu"),
    ("{type: dense, units: '4'}", '26: layers.0.units: must be a whole number, not "4"', "dense"),
    ("{type: dense, units: 4.5}", "26: layers.0.units: must be a whole number, not 4.5", "dense"),
    ("{type: dense, units: true}", "26: layers.0.units: must be a whole number, not true", "dense"),
    ("{type: dense, units: null}", "26: layers.0.units: must be a whole number, not null", "dense"),
    ("{type: dense, units: 0}", "26: layers.0.units: must be greater than 0, not 0", "dense"),
    (
        "{type: dense, units: 1e30}",
        "26: layers.0.units: must be a whole number, but 1e+30 is too large to be exact",
        "dense",
    ),
    ("{type: dense, units: 4, weight_l2: -1}", "40: layers.0.weight_l2: must be at least 0, not -1", "dense"),
    ("{type: dense, units: 4, weight_l1: .inf}", "40: layers.0.weight_l1: must be a finite number, not inf", "dense"),
    ("{type: dense, units: 4, bias_l1: small}", '38: layers.0.bias_l1: must be a number, not "small"', "dense"),
    (
        "{type: dense, units: 4, activation: reluu}",
        '41: layers.0.activation: unknown activation "reluu"; did you mean relu?',
        "activation",
    ),
    (
        "{type: dense, units: 4, activation: zebra}",
        '41: layers.0.activation: unknown activation "zebra"; choose from ACTIVATIONS',
        "activation",
    ),
    (
        "{type: dense, units: 4, activation: dense}",
        '41: layers.0.activation: unknown activation "dense"; choose from ACTIVATIONS',
        "activation",
    ),
    (
        "{type: dense, units: 4, activation: 4}",
        "41: layers.0.activation: must be a name or a mapping with a type, not 4",
        "activation",
    ),
    (
        "{type: dense, units: 4, activation: [relu]}",
        "41: layers.0.activation: must be a name or a mapping with a type, not a list",
        "activation",
    ),
    (
        "{type: dense, units: 4, activation: {relu: 1}}",
        "41: layers.0.activation: needs a type, as in {type: relu, ...}",
        "activation",
    ),
    (
        "{type: dense, units: 4, activation: {type: relu, zebra: 1}}",
        "54: layers.0.activation.zebra: relu has no such field",
        "relu",
    ),
    (
        "{type: dense, units: 4, init: he}",
        '35: layers.0.init: unknown initializer "he"; did you mean he_normal?',
        "initializer",
    ),
    ("{type: dense, units: 4, init: {scale: 1}}", "35: layers.0.init: needs a type: INITIALIZERS", "initializer"),
    (
        "{type: dense, units: 4, init: {type: normal, scal: 1}}",
        "50: layers.0.init.scal: normal has no such field; did you mean scale?",
        "normal",
    ),
    ("{type: dropout, rate: 1}", "27: layers.0.rate: must be less than 1, not 1", "dropout"),
    ("{type: dropout, rate: -0.1}", "27: layers.0.rate: must be at least 0, not -0.1", "dropout"),
    ("{type: dropout, rate: '10%'}", '27: layers.0.rate: must be a number, not "10%"', "dropout"),
    ("{type: dropout, rate: null}", "27: layers.0.rate: must be a number, not null", "dropout"),
]

ROWS: list[Bad] = [
    bad(f"- {replacement}", SINE.replace(FIRST, replacement), f"bad.yaml:3:{error}", *about)
    for replacement, error, *about in LAYER
]
