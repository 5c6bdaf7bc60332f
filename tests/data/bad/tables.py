"""Files that are not tables, and tables with bad cells."""

from __future__ import annotations

from tests.data.bad import of_csv

CSV = [
    of_csv("ragged", "x,y\n1,2\n3\n", "t.csv:3: has 1 column, but line 1 has 2"),
    of_csv("a longer row", "x,y\n1,2\n3,4,5\n", "t.csv:3: has 3 columns, but line 1 has 2"),
    of_csv("a header twice", "x,y\n1,2\nx, y\n3,4\n", "t.csv:3: repeats the header; remove this line"),
    of_csv("names twice", "x,y,x\n1,2,3\n", "t.csv:1: has 2 columns named x; use different names"),
    of_csv("no header", "1,2\n3,4\n", "t.csv:1: has no header; add a first line with the names of the columns"),
    of_csv(
        "no header, texts",
        "5.1,3.5,setosa\n4.9,3.0,setosa\n",
        "t.csv: has no column species, which `target` names; its columns are 5.1, 3.5, setosa\n"
        "hint: add a first line with the names of the columns",
        "target: species",
    ),
    of_csv("an empty name", "x,,y\n1,2,3\n", "t.csv:1: column 2 has no name"),
    of_csv("an empty name", "x,,y\n1,,2\n", "t.csv:1: column 2 has no name"),
    of_csv("a value without a name", "x,y,,\n1,2,,\n3,4,,5\n", "t.csv:1: column 4 has no name, but a value in line 3"),
    of_csv("a text", "x,y\n1,2\n3,4\nfour,5\n", 't.csv:4: x must be a number, as in most rows, not "four"'),
    of_csv(
        "texts",
        "x,y\n1,2\n3,4\nfour,5\nfive,6\n3,3\n",
        't.csv:4: x must be a number, as in most rows, not "four" (2 rows have text in this column)',
    ),
    of_csv(
        "a text in the target",
        "x,y\n1,2\n3,4\n4,unknown\n",
        't.csv:4: y must be a number, as in most rows, not "unknown"',
    ),
    of_csv("an underscore", "x,y\n1_0,2\n3,4\n", 't.csv:2: x must be a number, as in most rows, not "1_0"'),
    of_csv(
        "a decimal comma",
        'x,y\n"1,5",2\n3,4\n5,6\n',
        't.csv:2: x must be a number, as in most rows, not "1,5"\n'
        'hint: add `decimal: ","` under `data:` to read such numbers',
    ),
    of_csv(
        "texts instead of numbers",
        "x,y\n1,a\n3,b\n",
        't.csv:2: y must be a number, not "a" (2 rows have text in this column)',
        "target: y, task: regression",
    ),
    of_csv(
        "an escape in a text", "x,y\n\x1b[31m,2\n3,4\n", 't.csv:2: x must be a number, as in most rows, not "\\x1b[31m"'
    ),
    of_csv("infinity", "x,y\n1,2\n-inf,4\n", 't.csv:3: x must be finite, not "-inf"'),
    of_csv("infinity in the target", "x,y\n1,2\n2,Infinity\n", 't.csv:3: y must be finite, not "Infinity"'),
    of_csv("beyond float64", "x,y\n1,2\n1e999,4\n", 't.csv:3: x must be finite, not "1e999"'),
    of_csv("too large", "x,y\n1,2\n-1e300,4\n", 't.csv:3: x must be at most 1e+38 in magnitude, not "-1e300"'),
    of_csv(
        "too large in the target", "x,y\n1,2\n1,4e38\n", 't.csv:3: y must be at most 1e+38 in magnitude, not "4e38"'
    ),
    of_csv("nothing", "", "t.csv: is empty"),
    of_csv("blank lines", "\n \n\n", "t.csv: is empty"),
    of_csv("a mark of UTF-8 alone", "\ufeff", "t.csv: is empty"),
    of_csv("a header alone", "x,y\n", "t.csv:1: is a header without rows after it"),
    of_csv("a header and blank lines", "\n\nx,y\n\n\n", "t.csv:3: is a header without rows after it"),
    of_csv("UTF-16", "x,y\n1,2\n".encode("utf-16"), "t.csv:1: is encoded as UTF-16, not UTF-8\nhint: save it as UTF-8"),
    of_csv(
        "Latin-1",
        "x,y,größe\n1,2,3\n".encode("latin-1"),
        "t.csv:1: is not UTF-8 text (byte 0xf6)\nhint: save it as UTF-8",
    ),
    of_csv(
        "bare carriage returns",
        "x,y\r1,2\r3,4\r",
        "t.csv:1: is not valid CSV: a carriage return without a line feed; end lines with LF or CRLF",
    ),
    of_csv(
        "NUL", b"x,y\n1,2\n\x00,4\n", "t.csv:3: contains a NUL byte, so it is not text\nhint: save it as UTF-8 text"
    ),
    of_csv("an image", b"\x89PNG\r\n\x1a\n\x00\x00", "t.csv:1: is not UTF-8 text (byte 0x89)\nhint: save it as UTF-8"),
    of_csv(
        "semicolons",
        "x;y\n1;2\n3;4;5\n",
        't.csv: has no column y, which `target` names; its columns are x;y\nhint: add `separator: ";"` under `data:`',
    ),
    of_csv(
        "semicolons and decimal commas",
        "x;y\n1,5;2\n3,5;4\n",
        't.csv:2: x has numbers that are read as text, such as "1,5"\n'
        'hint: add `decimal: ","` under `data:` to read such numbers',
    ),
    of_csv(
        "tabs",
        "x\ty\n1\t2\n1\t2\t3\n",
        "t.csv: has no column y, which `target` names; its columns are x\\ty\nhint: add `separator: tab` under `data:`",
    ),
    of_csv(
        "vertical bars instead of commas",
        "x|y\n1|2\n",
        't.csv: has no column y, which `target` names; its columns are x|y\nhint: add `separator: "|"` under `data:`',
        'target: y, separator: ","',
    ),
    of_csv("a quote that never ends", 'x,y\n1,2\n"3,4\n5,6\n', "t.csv:3: is not valid CSV: a quote is not closed"),
    of_csv(
        "a long quote that never ends",
        'x,y\n1,2\n"' + "3,4\n" * 40_000,
        "t.csv:3: is not valid CSV: a field is longer than 131,072 characters; check for a quote that is not closed",
    ),
    of_csv("a quote within", 'x,y\n"1"2,2\n', "t.csv:2: is not valid CSV: ',' expected after '\"'"),
    of_csv(
        "a huge field",
        "x,y\n" + "1" * 200_000 + ",2\n",
        "t.csv:2: is not valid CSV: a field is longer than 131,072 characters; check for a quote that is not closed",
    ),
    of_csv("a huge row", "x,y\n" + "1," * 9_000_000 + "1\n", "t.csv:2: is longer than 16 MB"),
    of_csv(
        "many columns",
        ",".join(f"a{i}" for i in range(20_000)) + "\n" + "1," * 19_999 + "1\n",
        "t.csv: has no column y, which `target` names; its columns are a0, a1, a2, a3, a4, a5, a6, a7, "
        "... 20000 in all",
    ),
    of_csv(
        "no such column, and a bad row",
        "x,z\n1,2,3\n",
        "t.csv: has no column y, which `target` names; its columns are x, z",
    ),
    of_csv(
        "JSON lines",
        '{"x": 1, "y": 2}\n{"x": 2, "y": 3}\n',
        't.csv: has no column y, which `target` names; its columns are {"x": 1, "y": 2}',
    ),
]

ROWS = [*CSV]
