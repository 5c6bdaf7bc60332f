"""Validation and test files that do not fit, and paths without a table."""

from __future__ import annotations

import gzip

from tests.data.bad import LABELS, PACKED, TABLE, TEST, TWO_CLASSES, VALUES, BadFile, of_csv, of_gzip

PARTS = [
    of_csv(
        "a class of the test file",
        LABELS,
        'test.csv:3: unknown class "maybe"; the classes are no, yes',
        TEST,
        TWO_CLASSES,
        test="x,label\n1,no\n2,maybe\n",
    ),
    of_csv(
        "a category of the test file",
        "c,y\na,1\nb,2\n",
        'test.csv:2: c has no category "d"; the categories are a, b\n'
        "hint: train with `unseen: zeros` under `data:` to accept unknown categories",
        "target: y, test: {path: test.csv}",
        test="c,y\nd,1\n",
    ),
    of_csv(
        "a column that the test file lacks",
        LABELS,
        "test.csv:1: has no column x; its columns are z, label, k; expected x, label",
        TEST,
        TWO_CLASSES,
        test="z,label,k\n1,no,1\n",
    ),
    of_csv(
        "a target that the test file lacks",
        LABELS,
        "test.csv:1: has no column label; its columns are x; expected x, label",
        TEST,
        TWO_CLASSES,
        test="x\n1\n",
    ),
    of_csv(
        "a test file without a header",
        LABELS,
        "test.csv:1: looks like data, not a header: 1, no; expected x, label",
        TEST,
        TWO_CLASSES,
        test="1,no\n2,yes\n",
    ),
    of_csv(
        "a test file with other names",
        LABELS,
        "test.csv:1: has no columns x, label; its columns are a, b; expected x, label",
        TEST,
        TWO_CLASSES,
        test="a,b\n1,no\n2,yes\n",
    ),
    of_csv(
        "a test file with two columns that differ in case",
        LABELS,
        "test.csv:1: has no column label, but both Label and LABEL; rename one of them",
        TEST,
        TWO_CLASSES,
        test="x,Label,LABEL\n1,no,no\n",
    ),
    of_csv(
        "a text of the test file",
        LABELS,
        'test.csv:2: x must be a number, not "x1"',
        TEST,
        TWO_CLASSES,
        test="x,label\nx1,no\n2,no\n",
    ),
    of_csv(
        "a missing value of the test file", LABELS, "test.csv:2: x is empty", TEST, TWO_CLASSES, test="x,label\n,no\n"
    ),
    of_csv(
        "a missing target of the test file",
        TABLE,
        'test.csv:2: y must be a number, not "NA"',
        "target: y, missing: mean, test: {path: test.csv}",
        test="x,y\n1,NA\n",
    ),
    of_csv(
        "a huge number of the test file",
        TABLE,
        "test.csv: x must be at most 1e+38 in magnitude in every row",
        "target: y, test: {path: test.csv}",
        test="x,y\n1,2\n1e300,3\n",
    ),
    of_csv(
        "every row of the test file dropped",
        TABLE,
        "test.csv: has a missing value in every row",
        "target: y, missing: drop, test: {path: test.csv}",
        test="x,y\n,2\n",
    ),
    of_csv("an empty test file", LABELS, "test.csv: is empty", TEST, TWO_CLASSES, test=""),
    of_csv("no test file", LABELS, "test.csv: cannot be read: no such file or directory", TEST, TWO_CLASSES),
    of_csv(
        "no validation file",
        LABELS,
        "v.csv: cannot be read: no such file or directory",
        "target: label, validation: {path: v.csv}",
        TWO_CLASSES,
    ),
    of_csv(
        "a test file that is a folder",
        LABELS,
        "FOLDER: cannot be read: not a regular file",
        "target: label, test: {path: .}",
        TWO_CLASSES,
    ),
    of_csv(
        "split and a test file",
        TABLE,
        "bad.yaml:1:57: data.split.test: conflicts with `data.test`; remove one of them",
        "target: y, split: {test: 0.2}, test: {path: test.csv}",
        test=TABLE,
    ),
    of_csv(
        "a split of a part",
        TABLE,
        "bad.yaml:1:63: data.test.split: a part cannot have parts; remove this\n"
        "hint: see `nncli list csv` for its fields, limits and defaults",
        "target: y, test: {path: t.csv, split: {test: 0.2}}",
    ),
    of_csv(
        "a split of everything",
        TABLE,
        "bad.yaml:1:50: data.split: leaves no samples for training; use smaller fractions",
        "target: y, split: {validation: 0.5, test: 0.5}",
    ),
    of_csv(
        "a split of more than everything",
        TABLE,
        "bad.yaml:1:50: data.split: leaves no samples for training; use smaller fractions",
        "target: y, split: {validation: 0.9, test: 0.9}",
    ),
    of_csv(
        "a split of all",
        TABLE,
        "bad.yaml:1:57: data.split.test: must be less than 1, not 1",
        "target: y, split: {test: 1}",
    ),
    of_csv(
        "a split of nothing",
        TABLE,
        "bad.yaml:1:63: data.split.validation: selects no samples: 0.01 of 10 is less than one; use a larger fraction",
        "target: y, split: {validation: 0.01, test: 0.2}",
    ),
]

PLACES = [
    BadFile(
        "no file",
        f"data: {{type: csv, path: data/t.csv, target: y}}\n{VALUES}",
        {},
        "data/t.csv: cannot be read: no such file or directory",
    ),
    BadFile(
        "a folder",
        f"data: {{type: csv, path: t.csv, target: y}}\n{VALUES}",
        {"t.csv": None},
        "t.csv: cannot be read: not a regular file",
    ),
    BadFile(
        "no name",
        f"data: {{type: csv, path: '', target: y}}\n{VALUES}",
        {},
        "bad.yaml:1:25: data.path: must not be empty\nhint: see `nncli list csv` for its fields, limits and defaults",
    ),
    BadFile(
        "NUL in the name",
        f'data: {{type: csv, path: "t\\0.csv", target: y}}\n{VALUES}',
        {},
        "t\\x00.csv: cannot be read: embedded null byte",
    ),
    BadFile(
        "an escape in the name",
        f'data: {{type: csv, path: "\\e[2J", target: y}}\n{VALUES}',
        {},
        "\\x1b[2J: cannot be read: no such file or directory",
    ),
    BadFile(
        "a long name",
        f"data: {{type: csv, path: /{'t' * 300}, target: y}}\n{VALUES}",
        {},
        f"/{'t' * 196}...: cannot be read: file name too long",
    ),
    BadFile(
        "a device",
        f"data: {{type: csv, path: /dev/zero, target: y}}\n{VALUES}",
        {},
        "/dev/zero: cannot be read: not a regular file",
    ),
    of_csv(
        "a device for a test file",
        TABLE,
        "/dev/zero: cannot be read: not a regular file",
        "target: y, test: {path: /dev/zero}",
    ),
    BadFile(
        "no file of arrays",
        f"data: {{type: npz, path: t.npz}}\n{VALUES}",
        {},
        "t.npz: cannot be read: no such file or directory",
    ),
    of_gzip("not gzip", TABLE.encode(), "t.csv.gz: is not a gzip file, or is damaged"),
    of_gzip("gzip cut short", PACKED[:-10], "t.csv.gz: is truncated"),
    of_gzip("damaged gzip", PACKED[:20] + b"\xff\xff" + PACKED[22:], "t.csv.gz: is not a gzip file, or is damaged"),
    of_gzip(
        "gzip with a wrong sum", PACKED[:-8] + bytes(4) + PACKED[-4:], "t.csv.gz: is not a gzip file, or is damaged"
    ),
    of_gzip("gzip with something behind", PACKED + b"more", "t.csv.gz: is not a gzip file, or is damaged"),
    of_gzip("gzip of nothing", gzip.compress(b""), "t.csv.gz: is empty"),
    of_csv(
        "gzip by another name",
        PACKED,
        "t.csv:1: is compressed with gzip\nhint: unpack it, or give it a name that ends in .gz",
    ),
]

ROWS = [*PARTS, *PLACES]
