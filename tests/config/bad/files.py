"""Bad files: invalid YAML, missing fields, many problems at once, bad extends, and hostile input."""

from __future__ import annotations

from tests.config.bad import SINE, SPIRAL, Bad, bad

QUOTES = "hint: put text with special characters in quotes"
INDENTS = "hint: indent keys like their neighbours, and put text that contains a colon and a space in quotes"

MISSING = "bad.yaml:1:1: {0}: is missing; an experiment needs it"
NOT_YAML: list[Bad] = [
    bad("nothing", "", "bad.yaml: is empty\nhint: give at least data, layers and loss"),
    bad("a comment", "# soon\n", "bad.yaml: is empty\nhint: give at least data, layers and loss"),
    bad("a list", "- data: sine\n", "bad.yaml:1:1: must be a mapping of keys to values, not a list"),
    bad("text", "sine\n", "bad.yaml:1:1: must be a mapping of keys to values, not text"),
    bad(
        "an open bracket",
        "layers: [relu\nloss: mse\n",
        "bad.yaml:2:5: is not valid YAML: a comma or ] is missing before this "
        f"(in the value that begins on line 1)\n{QUOTES}",
    ),
    bad(
        "an open quote",
        "loss: 'mse\n",
        "bad.yaml:2:1: is not valid YAML: a quote is not closed (in the value that begins on line 1)",
    ),
    bad("two colons", "loss: a: b\n", f"bad.yaml:1:8: is not valid YAML: unexpected colon\n{INDENTS}"),
    bad(
        "no colon",
        "loss mse\ndata: sine\n",
        f"bad.yaml:2:5: is not valid YAML: unexpected colon\n{INDENTS}",
    ),
    bad(
        "a tab",
        "layers:\n\t- relu\n",
        "bad.yaml:2:1: is not valid YAML: unexpected tab\nhint: use spaces instead of tabs",
    ),
    bad(
        "indented",
        "data:\n  type: sine\n    samples: 3\n",
        f"bad.yaml:3:12: is not valid YAML: unexpected colon\n{INDENTS}",
    ),
    bad("a key twice", f"{SINE}loss: mae\n", "bad.yaml:6:1: loss is given twice, first on line 5; remove one"),
    bad(
        "a key twice in one line",
        "data: {type: sine, type: spiral}\n",
        "bad.yaml:1:20: type is given twice, first on line 1; remove one",
    ),
    bad(
        "a tag",
        "loss: !!python/name:os.system mse\n",
        "bad.yaml:1:7: the tag !!python/name:os.system is not allowed; use plain data only",
    ),
    bad(
        "two documents", f"{SINE}---\n{SINE}", "bad.yaml:6:1: a second document begins here; keep one document per file"
    ),
]

LACKING: list[Bad] = [
    bad("{}", "{}\n", "\n".join(MISSING.format(name) for name in ("data", "layers", "loss")), "data"),
    bad("no loss", SINE.replace("loss: mse\n", ""), MISSING.format("loss"), "loss"),
    bad("no data", "layers: [{type: dense, units: 1}]\nloss: mse\n", MISSING.format("data"), "data"),
    bad("no layers", "data: sine\nloss: mse\n", MISSING.format("layers"), "layer"),
    bad(
        "a misspelt one",
        SINE.replace("loss", "losss"),
        "bad.yaml:5:1: losss: an experiment has no such field; did you mean loss?",
    ),
    bad(
        "empty layers",
        "data: sine\nlayers: []\nloss: mse\n",
        "bad.yaml:2:9: layers: must have at least 1 entry",
        "layer",
    ),
    bad("null layers", "data: sine\nlayers:\nloss: mse\n", "bad.yaml:2:8: layers: must be a list, not null", "layer"),
    bad(
        "a layer alone",
        "data: sine\nlayers: relu\nloss: mse\n",
        'bad.yaml:2:9: layers: must be a list, not "relu"',
        "layer",
    ),
    bad(
        "layers as a mapping",
        "data: sine\nlayers:\n  dense: 5\nloss: mse\n",
        "bad.yaml:3:3: layers: must be a list, not a mapping",
        "layer",
    ),
    bad(
        "one bad layer",
        "data: sine\nlayers: [zebra]\nloss: mse\n",
        'bad.yaml:2:10: layers.0: unknown layer or activation "zebra"; choose from LAYERS',
        "layer",
    ),
    bad(
        "JSON",
        '{"data": "sine", "layers": [], "loss": "mse"}',
        "bad.yaml:1:28: layers: must have at least 1 entry",
        "layer",
    ),
]

# Several problems in one file, in the order of its lines, with one hint.
MANY: list[Bad] = [
    bad(
        "many",
        """\
train: {epochs: 0, lr: 0.1}
seed: x
data: {type: sine, samples: -1, validation: {samples: 0, type: spiral}}
layers:
  - {type: dense, neurons: 4}
  - {type: dense}
  - tanhh
optimizer: {type: adam, beta1: 0.9, decay: .nan}
metrics: r2
""",
        """\
bad.yaml:1:1: loss: is missing; an experiment needs it
bad.yaml:1:17: train.epochs: must be greater than 0, not 0
bad.yaml:1:20: train.lr: train has no such field; did you mean optimizer.learning_rate?
bad.yaml:2:7: seed: must be a whole number, not "x"
bad.yaml:3:29: data.samples: must be greater than 0, not -1
bad.yaml:3:55: data.validation.samples: must be greater than 0, not 0
bad.yaml:3:58: data.validation.type: a part always has the type of its data set, sine; remove this
bad.yaml:5:19: layers.0.neurons: dense has no such field; did you mean units?
bad.yaml:6:5: layers.1.units: is missing; dense needs it
bad.yaml:7:5: layers.2: unknown layer or activation "tanhh"; did you mean tanh?
bad.yaml:8:25: optimizer.beta1: adam has no such field; did you mean beta_1?
bad.yaml:8:44: optimizer.decay: must be a finite number, not nan
bad.yaml:9:10: metrics: must be a list, not "r2\"""",
        "loss",
    ),
    bad(
        "a part of a data set that is wrong itself",
        SINE.replace("samples: 20", "samples: x, validation: {samples: y}, test: {sample: 3}"),
        """\
bad.yaml:1:29: data.samples: must be a whole number, not "x"
bad.yaml:1:54: data.validation.samples: must be a whole number, not "y"
bad.yaml:1:65: data.test.sample: sine has no such field; did you mean samples?""",
        "sine",
    ),
    bad(
        "a key that stands for a field that is there",
        SINE.replace("units: 4", "units: 0, neurons: 4"),
        """\
bad.yaml:3:26: layers.0.units: must be greater than 0, not 0
bad.yaml:3:29: layers.0.neurons: dense has no such field; did you mean units?""",
        "dense",
    ),
    bad(
        "an alias",
        SINE.replace("samples: 20", "validation: &part {samples: 0}, test: *part"),
        """\
bad.yaml:1:48: data.validation.samples: must be greater than 0, not 0
bad.yaml:1:48: data.test.samples: must be greater than 0, not 0""",
        "sine",
    ),
    bad(
        "a flood",
        "data: sine\nlayers: [" + "zebra, " * 5000 + "]\nloss: mse\n",
        "\n".join(
            f'bad.yaml:2:{10 + 7 * i}: layers.{i}: unknown layer or activation "zebra"; choose from LAYERS'
            for i in range(20)
        )
        + "\nbad.yaml: has more problems; fix these first",
        "layer",
    ),
]

# The folder has base.yaml (SPIRAL with a bad seed on line 6), loop.yaml (extends bad.yaml) and open.yaml (`a: [`).
EXTENDING: list[Bad] = [
    bad("extends nothing", "extends: zebra\n", "bad.yaml:1:10: zebra: no such file"),
    bad(
        "extends from no folder", "extends: no/base.yaml\n", "bad.yaml:1:10: no/base.yaml: the folder no does not exist"
    ),
    bad("extends itself", "extends: bad.yaml\n", "bad.yaml:1:10: extends is circular: bad.yaml -> bad.yaml"),
    bad(
        "a circle",
        "extends: loop.yaml\n",
        "loop.yaml:1:10: extends is circular: bad.yaml -> loop.yaml -> bad.yaml",
    ),
    bad("extends a number", "extends: 5\n", "bad.yaml:1:10: extends must be the path of a file"),
    bad("extends a list", "extends: [base.yaml]\n", "bad.yaml:1:10: extends must be the path of a file"),
    bad("extends nothing at all", f"extends: ''\n{SINE}", "bad.yaml:1:10: extends must be the path of a file"),
    bad(
        "extends no YAML",
        "extends: open.yaml\n",
        f"open.yaml:2:1: is not valid YAML: expected the node content, but found '<stream end>'\n{QUOTES}",
    ),
    bad(
        "the file first, then its base",
        "extends: base.yaml\nname: 5\noptimizer: {typ: sgd}\n",
        """\
bad.yaml:2:7: name: must be text, not 5
bad.yaml:3:13: optimizer.typ: adam has no such field; did you mean type?
base.yaml:6:7: seed: must be a whole number, not "q\"""",
        "adam",
    ),
    bad(
        "taken away",
        "extends: base.yaml\nloss: null\nseed: 1\n",
        "bad.yaml:1:1: loss: is missing; an experiment needs it",
        "loss",
    ),
    bad(
        "of another type",
        "extends: base.yaml\nseed: 1\ndata: {type: sine, classes: 3}\n",
        "bad.yaml:3:20: data.classes: sine has no such field; only SETS_WITH_CLASSES have it",
        "sine",
    ),
]

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n" for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE: list[Bad] = [
    bad("aliases", BOMB, "bad.yaml:5:8: contains more than 10,000 values, counting what each alias repeats"),
    bad("itself", "a: &a [*a]\n", "bad.yaml:1:8: the alias *a is inside its own anchor &a; write the value out"),
    bad("depth", "a: " + "[" * 100_000, "bad.yaml:1:53: is nested more than 50 lists and mappings deep"),
    bad(
        "many values",
        "a: [" + "1," * 20_000 + "]",
        "bad.yaml:1:19999: contains more than 10,000 values, counting what each alias repeats",
    ),
    bad("size", "#" * 1_000_001, "bad.yaml: is larger than 1 MB"),
    bad("digits", f"seed: {'9' * 5000}", "bad.yaml:1:7: the number has 5,000 characters; at most 400 are allowed"),
    bad(
        "control characters",
        "name: \x1b[31m",
        "bad.yaml:1:7: contains U+001B, which is not a text character; remove it",
    ),
]

ROWS: list[Bad] = [*NOT_YAML, *LACKING, *MANY, *EXTENDING, *HOSTILE]
FOLDER = {"base.yaml": f"{SPIRAL}seed: q\n", "loop.yaml": "extends: bad.yaml\n", "open.yaml": "a: [\n"}
