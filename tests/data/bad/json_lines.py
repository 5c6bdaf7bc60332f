"""JSON lines that are no tables, or whose columns cannot be learned."""

from __future__ import annotations

from tests.data.bad import TWO_CLASSES, of_json

SAME = "hint: give every object the same names; write null for a missing value"
OBJECT = 'hint: write one object per line, such as {"area": 70, "price": 1200}'
QUOTES = "hint: write all values of x with quotes, or all without"

ROWS = [
    of_json("empty", "\n\n", "t.jsonl: is empty"),
    of_json(
        "an array of objects",
        '[{"x": 1, "y": 2}]\n',
        f"t.jsonl:1: is an array, not an object with the names of the columns\n{OBJECT}",
    ),
    of_json(
        "a number",
        '{"x": 1, "y": 2}\n3\n',
        f"t.jsonl:2: is a single value, not an object with the names of the columns\n{OBJECT}",
    ),
    of_json("an empty object", "{}\n", f"t.jsonl:1: is an empty object\n{OBJECT}"),
    of_json("a nameless value", '{"x": 1, "": 2}\n', f"t.jsonl:1: has a value without a name\n{OBJECT}"),
    of_json(
        "not JSON",
        '{"x": 1, "y": 2}\n\n{"x": 1, y: 2}\n',
        "t.jsonl:3: is not valid JSON: expecting property name enclosed in double quotes at column 10\n"
        "hint: write one sample per line: an object, an array or a number",
    ),
    of_json("a name fewer", '{"x": 1, "y": 2}\n{"x": 3}\n', f"t.jsonl:2: has no name y, unlike line 1\n{SAME}"),
    of_json(
        "names more",
        '{"x": 1, "y": 2}\n{"a": 5, "x": 3, "y": 4, "z": 5}\n',
        f"t.jsonl:2: has the names a, z, unlike line 1\n{SAME}",
    ),
    of_json(
        "no such target",
        '{"x": 1, "price": 2}\n',
        "t.jsonl: has no column prise, which `target` names; its columns are x, price\nhint: did you mean price?",
        "target: prise",
    ),
    of_json(
        "an array in a column",
        '{"x": 1, "y": 2}\n{"x": [1, 2], "y": 4}\n',
        "t.jsonl:2: x must be a number, a text, true, false or null, not an array\n"
        "hint: add `ignore: [x]` under `data:` to leave it out",
    ),
    of_json(
        "an object in the target",
        '{"x": 1, "y": {"a": 1}}\n',
        "t.jsonl:1: y must be a number, a text, true, false or null, not an object",
    ),
    of_json(
        "a text among numbers",
        '{"x": 1, "y": 2}\n{"x": 3, "y": 4}\n{"x": "four", "y": 5}\n',
        't.jsonl:3: x must be a number, as in most rows, not "four"',
    ),
    of_json(
        "a number with quotes",
        '{"x": 1, "y": 2}\n{"x": "3", "y": 4}\n',
        f't.jsonl:2: x is the text "3", but a number in line 1\n{QUOTES}',
    ),
    of_json(
        "a number without quotes",
        '{"x": null, "y": 2}\n{"x": "3", "y": 4}\n{"x": 5, "y": 2}\n',
        f"t.jsonl:3: x is the number 5, but a text in line 2\n{QUOTES}",
    ),
    of_json(
        "a target with quotes",
        '{"x": 1, "y": "2"}\n{"x": 2, "y": "4.5"}\n',
        't.jsonl:1: y must be a number, not "2" (2 rows have text in this column)',
        "target: y, task: regression",
    ),
    of_json(
        "null",
        '{"x": 1, "y": 2}\n{"x": null, "y": 4}\n',
        "t.jsonl: has missing values: x in 1 row (line 2)\n"
        "hint: add `missing: drop` under `data:` to leave such rows out, or `mean` or `median` to fill the value in",
    ),
    of_json(
        "infinity",
        '{"x": 1, "y": 2}\n{"x": -Infinity, "y": 4}\n',
        't.jsonl:2: x must be finite, not "-inf"',
    ),
    of_json(
        "fractions as classes",
        '{"x": 1, "y": 0}\n{"x": 2, "y": 1}\n{"x": 3, "y": 0.5}\n',
        't.jsonl:3: y must be a class (a name or a whole number), not "0.5"\n'
        "hint: use the loss mse, mae or huber to predict numbers",
        rest=TWO_CLASSES,
    ),
]
