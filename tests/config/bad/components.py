"""Bad data, losses, initializers, optimizers and metrics: unknown names, unknown fields, wrong values."""

from __future__ import annotations

from tests.config.bad import SINE, Bad, bad

# A replacement for the data of SINE, and the error from its column.
DATA: list[tuple[str, ...]] = [
    ("sin", '7: data: unknown data set "sin"; did you mean sine?', "data"),
    ("{type: sin}", '14: data.type: unknown data set "sin"; did you mean sine?', "data"),
    ("{type: zebra, path: x}", '14: data.type: unknown data set "zebra"; choose from DATA', "data"),
    ("{samples: 3}", "7: data: needs a type: ANY_DATA", "data"),
    ("{sine: {samples: 3}}", "7: data: needs a type, as in {type: sine, ...}", "data"),
    ("5", "7: data: must be a name or a mapping with a type, not 5", "data"),
    ("null", "7: data: must be a name or a mapping with a type, not null", "data"),
    ("[sine]", "7: data: must be a name or a mapping with a type, not a list", "data"),
    ("{type: 5}", "14: data.type: must be text, not 5", "data"),
    ("{type: sine, sample: 3}", "20: data.sample: sine has no such field; did you mean samples?", "sine"),
    ("{type: sine, n_samples: 3}", "20: data.n_samples: sine has no such field; did you mean samples?", "sine"),
    ("{type: sine, classes: 3}", "20: data.classes: sine has no such field; only SETS_WITH_CLASSES have it", "sine"),
    ("{type: sine, epochs: 3}", "20: data.epochs: sine has no such field; did you mean train.epochs?", "sine"),
    ("{type: sine, zebra: 3}", "20: data.zebra: sine has no such field", "sine"),
    ("{type: sine, samples: 0}", "29: data.samples: must be greater than 0, not 0", "sine"),
    ("{type: sine, samples: many}", '29: data.samples: must be a whole number, not "many"', "sine"),
    ("{type: sine, samples: 0.5}", "29: data.samples: must be a whole number, not 0.5", "sine"),
    ("{type: spiral, classes: 1}", "31: data.classes: must be greater than 1, not 1", "spiral"),
    ("{type: spiral, classes: 257}", "31: data.classes: must be at most 256, not 257", "spiral"),
    (
        "{type: spiral, num_classes: 3}",
        "22: data.num_classes: spiral has no such field; did you mean classes?",
        "spiral",
    ),
    ("{type: sine, validation: 5}", "32: data.validation: must be a mapping, not 5", "sine"),
    ("{type: sine, validation: true}", "32: data.validation: must be a mapping, not true", "sine"),
    ("{type: sine, validation: [100]}", "32: data.validation: must be a mapping, not a list", "sine"),
    (
        "{type: sine, validation: {sampels: 3}}",
        "33: data.validation.sampels: sine has no such field; did you mean samples?",
        "sine",
    ),
    ("{type: sine, validation: {samples: 0}}", "42: data.validation.samples: must be greater than 0, not 0", "sine"),
    (
        "{type: sine, validation: {samples: lots}}",
        '42: data.validation.samples: must be a whole number, not "lots"',
        "sine",
    ),
    (
        "{type: sine, validation: {samples: null}}",
        "42: data.validation.samples: must be a whole number, not null",
        "sine",
    ),
    (
        "{type: sine, validation: {type: spiral}}",
        "33: data.validation.type: a part always has the type of its data set, sine; remove this",
        "sine",
    ),
    (
        "{type: sine, test: {validation: {samples: 3}}}",
        "27: data.test.validation: a part cannot have parts; remove this",
        "sine",
    ),
    (
        "{type: sine, test: {classes: 3}}",
        "27: data.test.classes: sine has no such field; only SETS_WITH_CLASSES have it",
        "sine",
    ),
]
# A replacement for the loss.
LOSS: list[tuple[str, ...]] = [
    ("bce", '7: loss: unknown loss "bce"; did you mean binary_crossentropy?', "loss"),
    ("mean_squared_error", '7: loss: unknown loss "mean_squared_error"; did you mean mse?', "loss"),
    ("MSE", '7: loss: unknown loss "MSE"; did you mean mse?', "loss"),
    ("zebra", '7: loss: unknown loss "zebra"; choose from LOSSES', "loss"),
    ("''", '7: loss: unknown loss ""; choose from LOSSES', "loss"),
    ("null", "7: loss: must be a name or a mapping with a type, not null", "loss"),
    ("[mse]", "7: loss: must be a name or a mapping with a type, not a list", "loss"),
    ("{}", "7: loss: needs a type: ANY_LOSS", "loss"),
    ("{type: huber, delta: 0}", "28: loss.delta: must be greater than 0, not 0", "huber"),
    (
        "{type: binary_crossentropy, class_weights: balance}",
        '50: loss.class_weights: must be balanced, a list or a mapping, not "balance"',
        "binary_crossentropy",
    ),
    (
        "{type: binary_crossentropy, class_weights: 2}",
        "50: loss.class_weights: must be balanced, a list or a mapping, not 2",
        "binary_crossentropy",
    ),
    (
        "{type: binary_crossentropy, class_weights: [1, 0]}",
        "54: loss.class_weights.1: must be greater than 0, not 0",
        "binary_crossentropy",
    ),
    (
        "{type: binary_crossentropy, class_weights: [1, balanced]}",
        '54: loss.class_weights.1: must be a number, not "balanced"',
        "binary_crossentropy",
    ),
    (
        "{type: binary_crossentropy, class_weight: balanced}",
        "35: loss.class_weight: binary_crossentropy has no such field; did you mean class_weights?",
        "binary_crossentropy",
    ),
    (
        "{type: categorical_crossentropy, label_smoothing: 1}",
        "57: loss.label_smoothing: must be less than 1, not 1",
        "categorical_crossentropy",
    ),
    ("{type: mse, zebra: 1}", "19: loss.zebra: mse has no such field", "mse"),
]
# A line appended to SINE.
ADDED: list[tuple[str, ...]] = [
    ("init: xavier", '7: init: unknown initializer "xavier"; did you mean glorot_uniform?', "initializer"),
    ("init: Normal", '7: init: unknown initializer "Normal"; did you mean normal?', "initializer"),
    ("init: zebra", '7: init: unknown initializer "zebra"; did you mean zeros?', "initializer"),
    ("init: 0.1", "7: init: must be a name or a mapping with a type, not 0.1", "initializer"),
    ("init: null", "7: init: must be a name or a mapping with a type, not null", "initializer"),
    (
        "init: {scale: 0.1}",
        "8: init.scale: glorot_uniform has no such field; only normal and uniform have it",
        "glorot_uniform",
    ),
    ("init: {type: 5}", "14: init.type: must be text, not 5", "initializer"),
    ("init: {type: normal, std: 0.1}", "22: init.std: normal has no such field; did you mean scale?", "normal"),
    (
        "init: {type: zeros, scale: 1}",
        "21: init.scale: zeros has no such field; only normal and uniform have it",
        "zeros",
    ),
    ("init: {type: normal, scale: 0}", "29: init.scale: must be greater than 0, not 0", "normal"),
    ("init: {type: normal, scale: wide}", '29: init.scale: must be a number, not "wide"', "normal"),
    ("init: {type: normal, scale: true}", "29: init.scale: must be a number, not true", "normal"),
    ("init: {type: normal, scale: .nan}", "29: init.scale: must be a finite number, not nan", "normal"),
    ("optimizer: Adam", '12: optimizer: unknown optimizer "Adam"; did you mean adam?', "optimizer"),
    ("optimizer: sdg", '12: optimizer: unknown optimizer "sdg"; did you mean sgd?', "optimizer"),
    ("optimizer: zebra", '12: optimizer: unknown optimizer "zebra"; choose from OPTIMIZERS', "optimizer"),
    ("optimizer: [adam]", "12: optimizer: must be a name or a mapping with a type, not a list", "optimizer"),
    ("optimizer: 0.1", "12: optimizer: must be a name or a mapping with a type, not 0.1", "optimizer"),
    ("optimizer: {sgd: {}}", "13: optimizer.sgd: adam has no such field", "adam"),
    ("optimizer: {learning_rate: 0}", "28: optimizer.learning_rate: must be greater than 0, not 0", "adam"),
    ("optimizer: {typ: sgd}", "13: optimizer.typ: adam has no such field; did you mean type?", "adam"),
    ("optimizer: {type: null}", "19: optimizer.type: must be text, not null", "optimizer"),
    (
        "optimizer: {type: adam, lr: 0.1}",
        "25: optimizer.lr: adam has no such field; did you mean learning_rate?",
        "adam",
    ),
    (
        "optimizer: {type: adam, beta1: 0.9}",
        "25: optimizer.beta1: adam has no such field; did you mean beta_1?",
        "adam",
    ),
    (
        "optimizer: {type: adam, momentum: 0.9}",
        "25: optimizer.momentum: adam has no such field; only sgd has it",
        "adam",
    ),
    (
        "optimizer: {type: adam, epochs: 3}",
        "25: optimizer.epochs: adam has no such field; did you mean train.epochs?",
        "adam",
    ),
    ("optimizer: {type: adam, units: 3}", "25: optimizer.units: adam has no such field", "adam"),
    ("optimizer: {type: adam, learning_rate: 0}", "40: optimizer.learning_rate: must be greater than 0, not 0", "adam"),
    (
        "optimizer: {type: adam, learning_rate: '0.1'}",
        '40: optimizer.learning_rate: must be a number, not "0.1"',
        "adam",
    ),
    (
        "optimizer: {type: adam, learning_rate: .inf}",
        "40: optimizer.learning_rate: must be a finite number, not inf",
        "adam",
    ),
    (
        "optimizer: {type: adam, learning_rate: 1e400}",
        "40: optimizer.learning_rate: must be a finite number, not inf",
        "adam",
    ),
    ("optimizer: {type: adam, decay: -1e-3}", "32: optimizer.decay: must be at least 0, not -0.001", "adam"),
    ("optimizer: {type: adam, beta_1: 1}", "33: optimizer.beta_1: must be less than 1, not 1", "adam"),
    ("optimizer: {type: adam, beta_2: -0.1}", "33: optimizer.beta_2: must be at least 0, not -0.1", "adam"),
    ("optimizer: {type: adam, epsilon: [1]}", "34: optimizer.epsilon: must be a number, not a list", "adam"),
    ("optimizer: {type: sgd, nesterov: yes}", '34: optimizer.nesterov: must be true or false, not "yes"', "sgd"),
    ("optimizer: {type: sgd, nesterov: 1}", "34: optimizer.nesterov: must be true or false, not 1", "sgd"),
    ("optimizer: {type: rmsprop, rho: null}", "33: optimizer.rho: must be a number, not null", "rmsprop"),
    (
        "optimizer: {type: adam, weight_decay: 0.1}",
        "25: optimizer.weight_decay: adam has no such field; only adamw has it",
        "adam",
    ),
    ("optimizer: {type: adamw, weight_decay: -1}", "40: optimizer.weight_decay: must be at least 0, not -1", "adamw"),
    ("optimizer: {clip_norm: 0}", "24: optimizer.clip_norm: must be greater than 0, not 0", "adam"),
    ("optimizer: {clip_norm: -1.5}", "24: optimizer.clip_norm: must be greater than 0, not -1.5", "adam"),
    ("optimizer: {clip_value: -1}", "25: optimizer.clip_value: must be greater than 0, not -1", "adam"),
    ("optimizer: {clip_value: .inf}", "25: optimizer.clip_value: must be a finite number, not inf", "adam"),
    ("optimizer: {clip_value: [1]}", "25: optimizer.clip_value: must be a number, not a list", "adam"),
    (
        "optimizer: {global_clipnorm: 1}",
        "13: optimizer.global_clipnorm: adam has no such field; did you mean clip_norm?",
        "adam",
    ),
    (
        "optimizer: {warmup_steps: 5}",
        "13: optimizer.warmup_steps: adam has no such field; did you mean optimizer.schedule.warmup?",
        "adam",
    ),
    (
        "optimizer: {lr_scheduler: cosine}",
        "13: optimizer.lr_scheduler: adam has no such field; did you mean schedule?",
        "adam",
    ),
    (
        "optimizer: {schedule: cosine_decay}",
        '23: optimizer.schedule: unknown schedule "cosine_decay"; did you mean cosine?',
        "schedule",
    ),
    (
        "optimizer: {schedule: zebra}",
        '23: optimizer.schedule: unknown schedule "zebra"; choose from SCHEDULES',
        "schedule",
    ),
    (
        "optimizer: {schedule: 0.1}",
        "23: optimizer.schedule: must be a name or a mapping with a type, not 0.1",
        "schedule",
    ),
    ("optimizer: {schedule: {warmup: 5}}", "23: optimizer.schedule: needs a type: ANY_SCHEDULE", "schedule"),
    (
        "optimizer: {schedule: step}",
        "23: optimizer.schedule: step needs more than its name; write {type: step, decay_steps: ...}",
        "step",
    ),
    (
        "optimizer: {schedule: {type: step}}",
        "23: optimizer.schedule.decay_steps: is missing; step needs it",
        "step",
    ),
    (
        "optimizer: {schedule: {type: step, step_size: 5}}",
        "36: optimizer.schedule.step_size: step has no such field; did you mean decay_steps?",
        "step",
    ),
    (
        "optimizer: {schedule: {type: step, decay_steps: 0}}",
        "49: optimizer.schedule.decay_steps: must be greater than 0, not 0",
        "step",
    ),
    (
        "optimizer: {schedule: {type: exponential, decay_steps: 5, decay_rate: 1.5}}",
        "71: optimizer.schedule.decay_rate: must be at most 1, not 1.5",
        "exponential",
    ),
    (
        "optimizer: {schedule: {type: exponential, decay_steps: 5, decay_rate: 0}}",
        "71: optimizer.schedule.decay_rate: must be greater than 0, not 0",
        "exponential",
    ),
    (
        "optimizer: {schedule: {type: cosine, warmup: -1}}",
        "46: optimizer.schedule.warmup: must be at least 0, not -1",
        "cosine",
    ),
    (
        "optimizer: {schedule: {type: cosine, warmup: 0.1}}",
        "46: optimizer.schedule.warmup: must be a whole number, not 0.1",
        "cosine",
    ),
    (
        "optimizer: {schedule: {type: cosine, alpha: 2}}",
        "45: optimizer.schedule.alpha: must be at most 1, not 2",
        "cosine",
    ),
    (
        "optimizer: {schedule: {type: one_cycle, pct_start: 1}}",
        "52: optimizer.schedule.pct_start: must be less than 1, not 1",
        "one_cycle",
    ),
    (
        "optimizer: {schedule: {type: inverse_time, decay: -1}}",
        "51: optimizer.schedule.decay: must be at least 0, not -1",
        "inverse_time",
    ),
    ("metrics: [acuracy]", '11: metrics.0: unknown metric "acuracy"; did you mean accuracy?', "metric"),
    ("metrics: [r_squared]", '11: metrics.0: unknown metric "r_squared"; did you mean r2?', "metric"),
    ("metrics: [null]", "11: metrics.0: must be a name or a mapping with a type, not null", "metric"),
    (
        "metrics: [r2, {type: regression_accuracy, divisor: 0}]",
        "52: metrics.1.divisor: must be greater than 0, not 0",
        "regression_accuracy",
    ),
    ("metrics: [{type: accuracy, threshold: 1.5}]", "39: metrics.0.threshold: must be at most 1, not 1.5", "accuracy"),
    ("metrics: [{type: r2, zebra: 1}]", "22: metrics.0.zebra: r2 has no such field", "r2"),
]

PLACES = [
    (DATA, 1, "{type: sine, samples: 20}"),
    (LOSS, 5, "mse"),
]
ROWS: list[Bad] = [
    bad(f"{line}: {replacement}", SINE.replace(old, replacement), f"bad.yaml:{line}:{error}", *about)
    for table, line, old in PLACES
    for replacement, error, *about in table
]
ROWS += [bad(line, f"{SINE}{line}\n", f"bad.yaml:6:{error}", *about) for line, error, *about in ADDED]
