"""Bad overrides of a valid file."""

from __future__ import annotations

from tests.config.bad import SPIRAL, Bad, bad

MEASURED = "loss, data_loss, regularization_loss and accuracy"
QUOTES = "hint: put text with special characters in quotes"

# An override of SPIRAL, and the text that follows it in the error.
SINGLE: list[tuple[str, ...]] = [
    ("seed", "must look like key.path=value"),
    ("seed:5", "must look like key.path=value"),
    ("=5", "has no key before the ="),
    ("seed=", "has no value; write `seed=null` to unset it"),
    ("seed = 5", '"seed " is not a key; write overrides like layers.0.units=32'),
    ("--seed=5", '"--seed" is not a key; write overrides like layers.0.units=32'),
    ("layers[0].units=5", '"layers[0]" is not a key; write overrides like layers.0.units=32'),
    ("layers.-1.units=5", "-1 is not an entry of a list; count entries from 0"),
    ("layers.2=relu", "layers has no entry 2; it has 2 entries (0 to 1)"),
    ("layers.units=5", "layers is a list; name one of its entries, as in layers.0"),
    ("data.samples.x=1", "data.samples is a number, so it has no key x"),
    ("metrics.0=accuracy", "metrics is not set, so it has no entry 0"),
    ("extends=x.yaml", "extends is not allowed in an override; write it into a file"),
    ("seed=[1", f"is not valid YAML: a comma or ] is missing before this\n{QUOTES}"),
    ("seed=!x 1", "the tag !x is not allowed; use plain data only"),
    ("train={epochs: 5, epochs: 6}", "epochs is given twice; remove one"),
    ("seed=x", 'must be a whole number, not "x"'),
    ("seed=-1", "must be at least 0, not -1"),
    ("seed.x=1", "seed: must be a whole number, not a mapping"),
    ("sed=1", "an experiment has no such field; did you mean seed?"),
    ("units=5", "an experiment has no such field; did you mean layers.0.units?"),
    ("a.b.c=1", "a: an experiment has no such field; its fields are FIELDS"),
    ("train.zebra.b=1", "train.zebra: train has no such field; its fields are FIELDS_OF_TRAIN"),
    ("train.epoch=1", "train has no such field; did you mean epochs?"),
    ("precision=half", 'must be float32, float64 or book, not "half"'),
    ("layers=relu", 'must be a list, not "relu"', "layer"),
    ("layers=[]", "must have at least 1 entry", "layer"),
    ("layers.0=dropout", "dropout needs more than its name; write {type: dropout, rate: ...}", "dropout"),
    ("layers.0.type=dropout", "layers.0.rate: is missing; dropout needs it", "dropout"),
    ("layers.0.activation=reluu", 'unknown activation "reluu"; did you mean relu?', "activation"),
    ("layers.0.neurons=5", "dense has no such field; did you mean units?", "dense"),
    ("layers.1.units=2.5", "must be a whole number, not 2.5", "dense"),
    ("layers.1.units=2", "the last layer must have 3 units, one for each class of spiral, not 2"),
    (
        "layers.0.units=1e13",
        "training would need over a million GB of memory, but nncli may use about 16 GB; use a smaller number",
    ),
    ("optimizer=sdg", 'unknown optimizer "sdg"; did you mean sgd?', "optimizer"),
    ("optimizer.type=sdg", 'unknown optimizer "sdg"; did you mean sgd?', "optimizer"),
    ("optimizer.type=5", "must be text, not 5", "optimizer"),
    ("optimizer.lr=5", "adam has no such field; did you mean learning_rate?", "adam"),
    ("optimizer={type: adam, lr: 5}", "optimizer.lr: adam has no such field; did you mean learning_rate?", "adam"),
    ("init.scale=wide", "glorot_uniform has no such field; only normal and uniform have it", "glorot_uniform"),
    ("init={type: normal, scale: wide}", 'init.scale: must be a number, not "wide"', "normal"),
    ("loss.zebra=1", "categorical_crossentropy has no such field", "categorical_crossentropy"),
    ("data.validation=5", "must be a mapping, not 5", "spiral"),
    ("data.validation.samples=0", "must be greater than 0, not 0", "spiral"),
    ("data.validation.type=sine", "a part always has the type of its data set, spiral; remove this", "spiral"),
    (
        "data.validation.classes=2",
        "data.validation: must have the same inputs, targets and classes as the training data",
    ),
    ("metrics=[accuracy, accuracy]", "metrics.1: accuracy is listed twice; remove one"),
    ("train.early_stopping=true", "must be null or a mapping, as in {patience: 10}, not true"),
    (
        "train.early_stopping.monitor=val_loss",
        f'"val_loss" is not measured without validation data; choose from {MEASURED}',
    ),
    ("name=../x", "must consist of letters, digits, `.`, `_` and `-`, and must not begin with `.` or `-`"),
    ("name=-x", "must consist of letters, digits, `.`, `_` and `-`, and must not begin with `.` or `-`"),
    ("name=''", "must consist of letters, digits, `.`, `_` and `-`, and must not begin with `.` or `-`"),
]

ROWS: list[Bad] = [
    bad(override, SPIRAL, f"{override}: {error}", *about)._replace(changes=[override])
    for override, error, *about in SINGLE
]
ROWS += [
    bad("an empty argument", SPIRAL, "'': must look like key.path=value", changes=[""]),
    bad(
        "a line break",
        SPIRAL,
        "name=x\\ny: must consist of letters, digits, `.`, `_` and `-`, and must not begin with `.` or `-`",
        changes=["name=x\ny"],
    ),
    bad(
        "a long one",
        SPIRAL,
        f'optimizer={"x" * 187}...: unknown optimizer "{"x" * 57}..."; choose from OPTIMIZERS',
        "optimizer",
        [f"optimizer={'x' * 500}"],
    ),
    bad(
        "a required field unset",
        SPIRAL,
        "bad.yaml:1:1: loss: is missing; an experiment needs it",
        "loss",
        ["loss=null"],
    ),
    bad("a type unset", SPIRAL, "bad.yaml:1:7: data: needs a type: ANY_DATA", "data", ["data.type=null"]),
    bad(
        "the file first, then arguments",
        f"{SPIRAL}seed: y\ntrain: {{epochs: 0}}\n",
        """\
bad.yaml:6:7: seed: must be a whole number, not "y"
bad.yaml:7:17: train.epochs: must be greater than 0, not 0
layers.0.units=0: must be greater than 0, not 0
sed=3: an experiment has no such field; did you mean seed?""",
        "dense",
        ["layers.0.units=0", "sed=3"],
    ),
    bad(
        "several invalid arguments",
        SPIRAL,
        """\
seed: must look like key.path=value
=5: has no key before the =
layers.7=relu: layers has no entry 7; it has 2 entries (0 to 1)""",
        changes=["seed", "=5", "layers.7=relu"],
    ),
    bad(
        "data that the loss is not for",
        SPIRAL,
        "bad.yaml:5:7: loss: categorical_crossentropy needs classes, but sine has none; use mse or mae for numbers",
        changes=["data=sine"],
    ),
]
