"""Several binary targets that are not binary, and rows that are not one-hot."""

from __future__ import annotations

import numpy as np

from tests.data.bad import OWN_TEST, TWO_CLASSES, BadFile, X, npz, of_csv, of_npz

LABELS = "layers: [{type: dense, units: 2, activation: sigmoid}]\nloss: binary_crossentropy\n"
TARGETS = "target: [a, b]"
TABLE = "x,a,b\n1,0,no\n2,1,yes\n3,1,no\n4,0,yes\n"
BINARY = [[0, 1], [1, 0], [1, 1], [0, 0]]
VALUES = "hint: use the loss mse, mae or huber to predict numbers"
ONE_HOT = "hint: use the loss binary_crossentropy if a sample can have several labels"


def table(a: str, b: str) -> str:
    """Return a table whose targets have the letters of `a` and `b` as values, or their words if there are spaces."""
    columns = [text.split() if " " in text else list(text) for text in (a, b)]
    return "x,a,b\n" + "".join(f"{i},{','.join(row)}\n" for i, row in enumerate(zip(*columns, strict=True)))


def labels(name: str, content: str, error: str, more: str = TARGETS, rest: str = LABELS, **files: str) -> BadFile:
    """Return a case with a table whose targets are the labels a and b."""
    return of_csv(name, content, error, more, rest, **files)


TABLES = [
    labels("another number", table("0120", "0110"), f't.csv:4: a must be 0 or 1, not "2"\n{VALUES}'),
    labels("a fraction among labels", table("0101", "0 1 0.5 1"), f't.csv:4: b must be 0 or 1, not "0.5"\n{VALUES}'),
    labels("infinity among labels", table("0101", "0 1 inf 1"), f't.csv:4: b must be 0 or 1, not "inf"\n{VALUES}'),
    labels("a text among 0 and 1", table("0 1 perhaps 1", "0110"), 't.csv:4: a must be 0 or 1, not "perhaps"'),
    labels(
        "a third text",
        table("0101", "no yes maybe no"),
        't.csv:4: b must have two values, but "maybe" is a third besides "no" and "yes"',
    ),
    labels(
        "a third text besides truths",
        table("0101", "True False perhaps False"),
        't.csv:4: b must have two values, but "perhaps" is a third besides "True" and "False"',
    ),
    labels(
        "one value only",
        table("0101", "1111"),
        "t.csv: column b has only the value 1, but a binary target needs two values\n"
        "hint: move it from `target` to `ignore`",
    ),
    labels(
        "one text only",
        table("no no no", "010"),
        "t.csv: column a has only the value no, but a binary target needs two values\n"
        "hint: move it from `target` to `ignore`",
    ),
    labels(
        "a missing label",
        table("0 ? 1 1", "0110"),
        "t.csv: has missing values: a in 1 row (line 3)\n"
        "hint: add `missing_target: drop` under `data:` to leave such rows out",
    ),
    labels(
        "a missing label, filled",
        table("0 ? 1 1", "0110"),
        "t.csv:3: a is missing, and a target cannot be filled in\n"
        "hint: add `missing_target: drop` under `data:` to leave such rows out",
        "target: [a, b], missing: mean",
    ),
    labels(
        "another value of the test file",
        TABLE,
        'test.csv:3: b must be no or yes, not "maybe"',
        "target: [a, b], test: {path: test.csv}",
        test="x,a,b\n1,0,no\n2,1,maybe\n",
    ),
    labels(
        "another number of the test file",
        TABLE,
        'test.csv:2: a must be 0 or 1, not "2"',
        "target: [a, b], test: {path: test.csv}",
        test="x,a,b\n1,2,no\n",
    ),
    labels(
        "too few units",
        TABLE,
        "bad.yaml:2:31: layers.0.units: the last layer must have 2 units, one for each target of csv, not 1",
        rest=LABELS.replace("units: 2", "units: 1"),
    ),
    labels(
        "labels for softmax",
        TABLE,
        "bad.yaml:3:7: loss: categorical_crossentropy needs one class per sample, not several labels; "
        "use binary_crossentropy for labels",
        "target: [a, b], task: multilabel",
        TWO_CLASSES,
    ),
    labels(
        "weights of labels",
        TABLE,
        "bad.yaml:3:50: loss.class_weights: apply to classes that exclude one another, not to several labels; "
        "remove them",
        rest=LABELS.replace("binary_crossentropy", "{type: binary_crossentropy, class_weights: balanced}"),
    ),
    labels(
        "top k of labels",
        TABLE,
        "bad.yaml:4:11: metrics.0: top_k_accuracy is for classes; use accuracy for this data",
        rest=LABELS + "metrics: [top_k_accuracy]\n",
    ),
    labels(
        "r2 of labels",
        TABLE,
        "bad.yaml:4:11: metrics.0: r2 is for regression; use accuracy for this data",
        rest=LABELS + "metrics: [r2]\n",
    ),
]

ARRAYS = [
    of_npz(
        "another number among labels",
        npz(x=X, y=[[0, 1], [1, 0], [1, 3], [0, 0]]),
        f"t.npz: y[2, 1] must be 0 or 1, not 3\n{VALUES}",
        rest=LABELS,
    ),
    of_npz(
        "half a label",
        npz(x=X, y=[[0, 1], [1, 0], [1, 0.5], [0, 0]]),
        f"t.npz: y[2, 1] must be 0 or 1, not 0.5\n{VALUES}",
        rest=LABELS,
    ),
    of_npz(
        "one value of a label",
        npz(x=X, y=[[0, 1], [1, 1], [1, 1], [0, 1]]),
        "t.npz: y[:, 1] has only the value 1, but a binary target needs two values",
        rest=LABELS,
    ),
    of_npz("texts as labels", npz(x=X, y=[["a", "b"]] * 4), "t.npz: y must contain numbers, not text", rest=LABELS),
    of_npz("NaN as a label", npz(x=X, y=[[0, np.nan]] * 4), "t.npz: y[0, 1] must be finite, not nan"),
    of_npz(
        "labels of a test file",
        npz(x=X, y=BINARY),
        "test.npz: y has 3 numbers per sample, but the training data has 2",
        OWN_TEST,
        LABELS,
        test=npz(x=X, y=[[0, 1, 1]] * 4),
    ),
    of_npz(
        "a label of a test file",
        npz(x=X, y=BINARY),
        f"test.npz: y[3, 0] must be 0 or 1, not -1\n{VALUES}",
        OWN_TEST,
        LABELS,
        test=npz(x=X, y=[[0, 1], [1, 0], [1, 1], [-1, 0]]),
    ),
    of_npz(
        "two classes in a row",
        npz(x=X, y=[[0, 1], [1, 0], [1, 1], [0, 1]]),
        f"t.npz: y[2] must be one-hot, a single 1 among zeros, not [1, 1]\n{ONE_HOT}",
        rest=TWO_CLASSES,
    ),
    of_npz(
        "no class in a row",
        npz(x=X, y=[[0, 1], [1, 0], [1, 0], [0, 0]]),
        f"t.npz: y[3] must be one-hot, a single 1 among zeros, not [0, 0]\n{ONE_HOT}",
        rest=TWO_CLASSES,
    ),
    of_npz(
        "shares of classes",
        npz(x=X, y=[[0, 1], [0.25, 0.75], [1, 0], [0, 1]]),
        f"t.npz: y[1] must be one-hot, a single 1 among zeros, not [0.25, 0.75]\n{ONE_HOT}",
        rest=TWO_CLASSES,
    ),
    of_npz(
        "a 1 beside another number",
        npz(x=X, y=[[2, 1], [1, 0], [1, 0], [0, 1]]),
        f"t.npz: y[0] must be one-hot, a single 1 among zeros, not [2, 1]\n{ONE_HOT}",
        rest=TWO_CLASSES,
    ),
    of_npz(
        "texts as one-hot rows",
        npz(x=X, y=[["a", "b"]] * 4),
        "t.npz: y must contain numbers, not text",
        rest=TWO_CLASSES,
    ),
    of_npz(
        "one-hot rows of a test file",
        npz(x=X, y=[[0, 1], [1, 0], [1, 0], [0, 1]]),
        "test.npz: y has 3 one-hot columns, but the training data has 2 classes",
        OWN_TEST,
        TWO_CLASSES,
        test=npz(x=X, y=np.eye(3)[[0, 1, 2, 0]]),
    ),
]

ROWS = [*TABLES, *ARRAYS]
