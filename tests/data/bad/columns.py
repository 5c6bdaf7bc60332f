"""Tables that lack columns of the experiment, or whose columns cannot be learned."""

from __future__ import annotations

from tests.data.bad import TABLE, TWO_CLASSES, of_csv

SEVERAL = (
    "hint: use binary_crossentropy for several binary targets; turn one-hot columns into one column of class names"
)

NAMES = [
    of_csv(
        "no such target",
        "age,price\n1,2\n",
        "t.csv: has no column prise, which `target` names; its columns are age, price\nhint: did you mean price?",
        "target: prise",
    ),
    of_csv(
        "no such target, none near",
        "age,price\n1,2\n",
        "t.csv: has no column zzz, which `target` names; its columns are age, price",
        "target: zzz",
    ),
    of_csv(
        "no such target, in capitals",
        "age,Price\n1,2\n",
        "t.csv: has no column price, which `target` names; its columns are age, Price\nhint: did you mean Price?",
        "target: price",
    ),
    of_csv(
        "no such second target",
        "x,y,z\n1,2,3\n",
        "t.csv: has no column zz, which `target` names; its columns are x, y, z\nhint: did you mean z?",
        "target: [y, zz]",
    ),
    of_csv(
        "nothing ignored",
        "x,y\n1,2\n",
        "t.csv: has no column idd, which `ignore` names; its columns are x, y",
        "target: y, ignore: [idd]",
    ),
    of_csv(
        "no such category",
        "x,city,y\n1,2,3\n",
        "t.csv: has no column town, which `categories` names; its columns are x, city, y",
        "target: y, categories: [town]",
    ),
    of_csv(
        "all ignored",
        "x,y\n1,2\n",
        "t.csv: has no input column, as every column is a target or ignored",
        "target: y, ignore: [x]",
    ),
    of_csv(
        "all targets",
        "x,y\n1,2\n",
        "t.csv: has no input column, as every column is a target or ignored",
        "target: [x, y]",
    ),
    of_csv(
        "a target that is ignored",
        "x,y\n1,2\n",
        "t.csv: y is in both `target` and `ignore`; remove it from one",
        "target: y, ignore: [y]",
    ),
    of_csv(
        "a target that is a category",
        "x,y\n1,2\n",
        "t.csv: y is in both `target` and `categories`; remove it from one",
        "target: y, categories: [y]",
    ),
    of_csv("a target twice", "x,y\n1,2\n", "t.csv: `target` names y 2 times; name it once", "target: [y, y]"),
    of_csv(
        "no target",
        "x,y\n1,2\n",
        "bad.yaml:1:40: data.target: must be a name or a list of names\n"
        "hint: see `nncli list csv` for its fields, limits and defaults",
        "target: []",
    ),
    of_csv(
        "an empty target",
        "x,y\n1,2\n",
        'bad.yaml:1:40: data.target: must be a name or a list of names, not ""\n'
        "hint: see `nncli list csv` for its fields, limits and defaults",
        "target: ''",
    ),
    of_csv(
        "a number for a target",
        "x,2010\n1,2\n",
        "bad.yaml:1:40: data.target: must be a name or a list of names, not 2010\n"
        "hint: see `nncli list csv` for its fields, limits and defaults",
        "target: 2010",
    ),
    of_csv(
        "an escape in a name",
        "\x1b[2J,b\n1,2\n",
        "t.csv: has no column y, which `target` names; its columns are \\x1b[2J, b",
    ),
]

CLASSES = [
    of_csv(
        "one class",
        "x,y\n1,a\n2,a\n",
        "t.csv: column y has only one class, a; at least two are needed",
        rest=TWO_CLASSES,
    ),
    of_csv(
        "one number for a class",
        "x,y\n1,3\n2,3.0\n",
        "t.csv: column y has only one class, 3; at least two are needed",
        rest=TWO_CLASSES,
    ),
    of_csv(
        "a fraction",
        "x,y\n1,0\n2,0.5\n",
        't.csv:3: y must be a class (a name or a whole number), not "0.5"\n'
        "hint: use the loss mse, mae or huber to predict numbers",
        rest=TWO_CLASSES,
    ),
    of_csv(
        "an infinite class",
        "x,y\n1,0\n2,inf\n",
        't.csv:3: y must be a class (a name or a whole number), not "inf"\n'
        "hint: use the loss mse, mae or huber to predict numbers",
        rest=TWO_CLASSES,
    ),
    of_csv(
        "identifiers as classes",
        "x,y\n" + "".join(f"1,{i}\n" for i in range(2001)),
        "t.csv: column y has 2,001 different classes; at most 1,000 are allowed",
        rest=TWO_CLASSES,
    ),
    of_csv(
        "identifiers as categories",
        "x,y\n" + "".join(f"u{i},1\n" for i in range(101)),
        "t.csv: column x has 101 different values, more than the 100 that categories may have\n"
        "hint: add `ignore: [x]` under `data:` to leave it out",
    ),
    of_csv(
        "numbers as too many categories",
        TABLE + "".join(f"{i},1\n" for i in range(200)),
        "t.csv: column x has 200 different values, more than the 100 that categories may have\n"
        "hint: add `ignore: [x]` under `data:` to leave it out",
        "target: y, categories: [x]",
    ),
    of_csv(
        "two targets of classes",
        "x,y,z\n1,0,1\n2,1,0\n",
        "t.csv: `target` must name one column with the classes, not 2 (y, z)\n" + SEVERAL,
        "target: [y, z]",
        TWO_CLASSES,
    ),
    of_csv(
        "two targets of texts",
        "x,y,z\n1,a,b\n2,b,a\n",
        "t.csv: `target` must name one column with the classes, not 2 (y, z)\n" + SEVERAL,
        "target: [y, z]",
    ),
    of_csv(
        "three classes for two units",
        "x,y\n1,a\n2,b\n3,c\n",
        "bad.yaml:2:31: layers.0.units: the last layer must have 3 units, one for each class of csv, not 2",
        rest=TWO_CLASSES,
    ),
    of_csv(
        "values for classes",
        "x,y\n1,1\n2,2\n",
        "bad.yaml:3:7: loss: categorical_crossentropy needs classes, but csv has none; use mse or mae for numbers",
        "target: y, task: regression",
        TWO_CLASSES,
    ),
]

MISSING = [
    of_csv(
        "a missing value",
        "x,y\n1,2\n,4\n",
        "t.csv: has missing values: x in 1 row (line 3)\n"
        "hint: add `missing: drop` under `data:` to leave such rows out, or `mean` or `median` to fill the value in",
    ),
    of_csv(
        "many missing values",
        "a,b,y\n1,2,3\n,?,3\nNA,2,3\nnan,2,null\nnone,N/A,3\n2,2,2\n",
        "t.csv: has missing values: a in 4 rows (lines 3, 4, 5, ...); b in 2 rows (lines 3, 6); y in 1 "
        "row (line 5)\n"
        "hint: add `missing: drop` under `data:` to leave such rows out, or `mean` or `median` to fill the value in; "
        "add `missing_target: drop` for the targets",
    ),
    of_csv(
        "in many columns",
        ",".join("abcdefghijy") + "\n" + "NA," * 10 + "\n" + "1," * 10 + "1\n",
        "t.csv: has missing values: a in 1 row (line 2); b in 1 row (line 2); c in 1 row (line 2); d in "
        "1 row (line 2); e in 1 row (line 2); f in 1 row (line 2); g in 1 row (line 2); h in 1 row "
        "(line 2); and 3 more columns\n"
        "hint: add `missing: drop` under `data:` to leave such rows out, or `mean` or `median` to fill the value in; "
        "add `missing_target: drop` for the targets",
    ),
    of_csv(
        "a missing target, filled",
        "x,y\n1,2\n3,\n",
        "t.csv:3: y is missing, and a target cannot be filled in\n"
        "hint: add `missing_target: drop` under `data:` to leave such rows out",
        "target: y, missing: mean",
    ),
    of_csv(
        "every row dropped",
        "x,z,y\n1,,2\n,4,3\n",
        "t.csv: has a missing value in every row",
        "target: y, missing: drop",
    ),
    of_csv(
        "every value missing, filled",
        "x,z,y\n1,,2\n2,,3\n",
        "t.csv: column z is empty\nhint: add `ignore: [z]` under `data:` to leave it out",
        "target: y, missing: median",
    ),
    of_csv(
        "one class once rows are dropped",
        "x,y\n1,a\n,b\n3,a\n",
        "t.csv: column y has only one class, a; at least two are needed",
        "target: y, missing: drop",
        TWO_CLASSES,
    ),
]

ROWS = [*NAMES, *CLASSES, *MISSING]
