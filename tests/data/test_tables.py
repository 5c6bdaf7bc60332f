"""CSV and JSON lines are read exactly, and every problem is an error with its line."""

from __future__ import annotations

import io
import json
import os
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nncli.data import lines
from nncli.data.description import Description
from nncli.data.format import FORMATS
from nncli.data.tables import read_table
from nncli.errors import NncliError, UsageError

CLASSES = ("setosa", "versicolor", "virginica")


def read(tmp_path, content, suffix=".txt", **options):
    """Return all batches of a table with the inputs x and y and the class."""
    path = tmp_path / f"table{suffix}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    classes = options.pop("class_names", CLASSES)
    return list(read_table(str(path), described("xy", classes), **{"with_targets": True, **options}))


def described(inputs, class_names=(), target="class"):
    """Return the description of a training table whose inputs are numbers."""
    return Description.of_numbers(0, inputs, (target,), class_names=class_names)


def error_of(tmp_path, content, suffix=".txt", **options):
    """Return the error for a table, without the path of the folder."""
    with pytest.raises(NncliError) as raised:
        read(tmp_path, content, suffix, **options)
    return str(raised.value).replace(f"{tmp_path}{os.sep}", "")


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("x,y,class\n1,2,setosa\n3,4,virginica\n", ("x", "y", "class")),
        ("\ufeffx,y,class\r\n1,2,setosa\r\n3,4,virginica", ("x", "y", "class")),
        ("\n\n x , y ,class\n\n1, 2 , setosa\n  \n3e0,4.,2\n", ("x", "y", "class")),
        ("Y,CLASS,x\n2,setosa,1\n4,virginica,3\n", ("Y", "CLASS", "x")),
        ('class,note,y,x\nsetosa,"a, b\nc",2,1\nvirginica,,4,3\n', ("class", "note", "y", "x")),
        ("x;y;class\n1;2;setosa\n3;4;virginica\n", ("x", "y", "class")),
        ("x\ty\tclass\n1\t2\tsetosa\n3\t4\tvirginica\n", ("x", "y", "class")),
        ("x|y|class\n1|2|setosa\n3|4|virginica\n", ("x", "y", "class")),
    ],
)
def test_csv_columns_are_found_by_the_header(tmp_path, content, columns):
    (batch,) = read(tmp_path, content)
    assert batch.x.tolist() == [[1, 2], [3, 4]]
    assert batch.x.dtype == np.float64
    assert batch.t.tolist() == [0, 2]
    assert (batch.columns, batch.format) == (columns, "csv")


@pytest.mark.parametrize("content", ["1,2,setosa\n3,4,virginica\n", "1,2,0\n3,4,2.0\n"])
def test_csv_columns_without_a_header_are_found_by_position(tmp_path, content):
    (batch,) = read(tmp_path, content, header="absent")
    assert (batch.x.tolist(), batch.t.tolist()) == ([[1, 2], [3, 4]], [0, 2])
    assert batch.columns == ("x", "y", "class")


@pytest.mark.parametrize("header", ["X,Y,Class", "x,Y,CLASS", "CLASS,y,X", "x,class,y"])
def test_columns_match_ignoring_case_with_a_note(tmp_path, header):
    columns = header.split(",")
    cells = {"x": "1", "y": "2", "class": "setosa"}
    notes = []
    content = f"{header}\n{','.join(cells[column.lower()] for column in columns)}\n"
    (batch,) = read(tmp_path, content, on_note=notes.append)
    assert (batch.x.tolist(), batch.t.tolist()) == ([[1, 2]], [0])
    matches = [
        f"{column} as {name}"
        for name in ("x", "y", "class")
        for column in columns
        if column.lower() == name and column != name
    ]
    assert notes == ([f"columns matched ignoring case: {', '.join(matches)}"] if matches else [])


def test_json_keys_match_ignoring_case_with_one_note(tmp_path):
    notes = []
    rows = [{"X": 1, "y": 2, "Class": 0}, {"Class": 2, "y": 4, "X": 3}, {"x": 5, "y": 6, "class": 1}]
    (batch,) = read(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), ".jsonl", on_note=notes.append)
    assert (batch.x.tolist(), batch.t.tolist()) == ([[1, 2], [3, 4], [5, 6]], [0, 2, 1])
    assert batch.rows == rows
    assert notes == ["columns matched ignoring case: X as x, Class as class"]


def test_known_name_matches_only_itself(tmp_path):
    """Inputs `a` and `A` never match each other, nor a target `B` an input `b`."""
    path = tmp_path / "t.csv"
    for columns, message in (
        ("a,b,B", "has no column A; its columns are a, b, B; expected a, A, b"),
        ("a,A,B", "has no column b; its columns are a, A, B; expected a, A, b"),
    ):
        path.write_text(f"{columns}\n1,2,3\n")
        description = Description.of_numbers(0, ["a", "A", "b"], ("B",))
        with pytest.raises(NncliError) as raised:
            list(read_table(str(path), description, with_targets=False))
        assert str(raised.value) == f"{path}:1: {message}"


@pytest.mark.parametrize("suffix", [".txt", ".json", ".jsonl", ".ndjson"])
def test_json_lines_may_be_objects_or_arrays(tmp_path, suffix):
    content = '{"y": 2, "class": "setosa", "x": 1, "id": "a"}\n\n[3, 4.0, 1]\r\n'
    (batch,) = read(tmp_path, content, suffix)
    assert batch.x.tolist() == [[1, 2], [3, 4]]
    assert batch.t.tolist() == [0, 1]
    assert batch.rows == [{"y": 2, "class": "setosa", "x": 1, "id": "a"}, {"x": 3, "y": 4.0, "class": 1}]
    assert batch.format == "json"


def test_json_number_is_a_row_with_one_input(tmp_path):
    path = tmp_path / "numbers.jsonl"
    path.write_text("0.5\n1\n")
    (batch,) = read_table(str(path), described("x", target="y"), with_targets=False)
    assert batch.x.tolist() == [[0.5], [1]]
    assert batch.t is None
    assert batch.rows == [{"x": 0.5}, {"x": 1}]


def test_targets_may_be_numbers(tmp_path):
    (batch,) = read(tmp_path, "y,class,x\n2,-0.5,1\n", class_names=())
    assert batch.x.tolist() == [[1, 2]]
    assert batch.t.tolist() == [[-0.5]]


def test_reading_inputs_ignores_targets_in_the_table(tmp_path):
    for content in ("1,2,rubbish\n", "x,y\n1,2\n", "1,2\n", "[1,2]\n", "[1,2,null]\n"):
        (batch,) = read(tmp_path, content, with_targets=False, header="present" if "x" in content else "absent")
        assert (batch.x.tolist(), batch.t) == ([[1, 2]], None)


def test_numbers_as_class_names_match_by_name(tmp_path):
    (batch,) = read(tmp_path, "1,2,7\n1,2,5.0\n", class_names=("5", "7"), header="absent")
    assert batch.t.tolist() == [1, 0]
    assert error_of(tmp_path, "1,2,1\n", class_names=("5", "7"), header="absent") == (
        'table.txt:1: unknown class "1"; the classes are 5, 7'
    )


def test_batches_end_at_multiples_of_the_batch_size(tmp_path):
    batches = read(tmp_path, "x,y,class\n" + "1,2,0\n" * 7, batch=3)
    assert [(len(batch.x), batch.line) for batch in batches] == [(3, 2), (3, 5), (1, 8)]


def test_prompt_batches_end_when_no_more_rows_have_arrived(monkeypatch):
    read_end, write_end = os.pipe()
    requested = threading.Semaphore(1)

    def write():
        with os.fdopen(write_end, "wb", buffering=0) as file:
            for text in (b"x\n1\n2\n3", b"\n4\n", b"5\n6\n"):
                assert requested.acquire(timeout=20)
                file.write(text)

    writer = threading.Thread(target=write)
    writer.start()
    error = []
    with os.fdopen(read_end) as file:
        monkeypatch.setattr("sys.stdin", file)
        for batch in read_table("-", described("x"), with_targets=False, batch=3, prompt=True):
            error.append(batch.x[:, 0].tolist())
            if error[-1][-1] != 3:  # where a batch is full the next row may be there already
                requested.release()
    writer.join()
    assert error == [[1, 2], [3], [4], [5, 6]]


EXPECTED = "; expected x, y, class"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("x,y,class\n1,2,setosa\n1,2\n", "table.txt:3: has 2 columns, but line 1 has 3"),
        ("x,y,class\n1,two,setosa\n", 'table.txt:2: y must be a number, not "two"'),
        ("x,y,class\n1,1_0,setosa\n", 'table.txt:2: y must be a number, not "1_0"'),
        ("x,y,class\n1,,setosa\n", "table.txt:2: y is empty"),
        ("x,y,class\n1,nan,setosa\n", "table.txt:2: y must be finite, not nan"),
        ("x,y,class\n1,-Inf,setosa\n", "table.txt:2: y must be finite, not -Inf"),
        ("x,y,class\n1,1e999,setosa\n", "table.txt:2: y must be finite, not 1e999"),
        (
            "x,y,class\n1,2,iris\n",
            'table.txt:2: unknown class "iris"; the classes are setosa, versicolor, virginica',
        ),
        ("1,2,setosa\n", "table.txt:1: looks like data, not a header: 1, 2, setosa; expected x, y, class"),
        ("1,2\n", "table.txt:1: looks like data, not a header: 1, 2; expected x, y, class"),
        ("a,y,class\n1,2,setosa\n", f"table.txt:1: has no column x; its columns are a, y, class{EXPECTED}"),
        ("a,b\n1,2\n", f"table.txt:1: has no columns x, y, class; its columns are a, b{EXPECTED}"),
        ("class,b,c\nsetosa,1,2\n", f"table.txt:1: has no columns x, y; its columns are class, b, c{EXPECTED}"),
        ("X,y,x,class\n1,2,3,4\n", 'table.txt:2: unknown class "4"; the classes are setosa, versicolor, virginica'),
        ("y,class,ID,X\n1,2,3\n", "table.txt:2: has 3 columns, but line 1 has 4"),
        (
            "x,Y,Class,CLASS\n1,2,3,4\n",
            "table.txt:1: has no column class, but both Class and CLASS; rename one of them",
        ),
        ("x,Y,class,Y\n1,2,3,4\n", "table.txt:1: has 2 columns named Y; use different names"),
        ("x,x,y,class\n1,1,2,setosa\n", "table.txt:1: has 2 columns named x; use different names"),
        (
            "x;y;class\n1;2\n",
            f"table.txt:1: has no columns x, y, class; its columns are x;y;class{EXPECTED}\n"
            'hint: add `separator: ";"` under `data:`',
        ),
        ("", "table.txt: is empty"),
        (" \n\n", "table.txt: is empty"),
        ("\nx,y,class\n\n", "table.txt:2: is a header without rows after it"),
        ('x,y,class\n1,"2,setosa\n', "table.txt:2: is not valid CSV: a quote is not closed"),
        (
            "x,y,class\r1,2,setosa\r",
            "table.txt:1: is not valid CSV: a carriage return without a line feed; end lines with LF or CRLF",
        ),
        ("x,y\x1b[31m,class\n1,2,a\n", f"table.txt:1: has no column y; its columns are x, y\\x1b[31m, class{EXPECTED}"),
        (b"x,y,class\n1,2,setos\xe4\n", "table.txt:2: is not UTF-8 text (byte 0xe4)\nhint: save it as UTF-8"),
        (
            "x,y,class\n1,2,setosa\n".encode("utf-16"),
            "table.txt:1: is encoded as UTF-16, not UTF-8\nhint: save it as UTF-8",
        ),
        (
            b"\x89PNG\0\n".replace(b"\x89", b""),
            "table.txt:1: contains a NUL byte, so it is not text\nhint: save it as UTF-8 text",
        ),
    ],
)
def test_bad_csv_is_an_error(tmp_path, content, message):
    assert error_of(tmp_path, content) == message


NO_HEADER = "\nhint: add --no-header to match columns by position"


@pytest.mark.parametrize(
    ("content", "header", "message"),
    [
        ("1,2,3\n", "absent", 'table.txt:1: unknown class "3"; the classes are setosa, versicolor, virginica'),
        ("1,2,0.5\n", "absent", 'table.txt:1: unknown class "0.5"; the classes are setosa, versicolor, virginica'),
        ("1,2\n", "absent", "table.txt:1: has 2 columns, not 3 (x, y, class)"),
        ("x,y,class\n1,2,setosa\n", "absent", "table.txt:1: is a header; remove --no-header"),
        ("1,2,3\n", "present", f"table.txt:1: looks like data, not a header: 1, 2, 3{EXPECTED}{NO_HEADER}"),
        ("1,2\n", "present", f"table.txt:1: looks like data, not a header: 1, 2{EXPECTED}"),
        (
            "a,b,c\n1,2,3\n",
            "present",
            f"table.txt:1: has no columns x, y, class; its columns are a, b, c{EXPECTED}{NO_HEADER}",
        ),
        ("x,b,c\n1,2,3\n", "present", f"table.txt:1: has no columns y, class; its columns are x, b, c{EXPECTED}"),
    ],
)
def test_bad_first_line_is_an_error(tmp_path, content, header, message):
    assert error_of(tmp_path, content, header=header) == message


ONE_PER_LINE = "\nhint: write one sample per line: an object, an array or a number"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"x": 1, "class": 0}', "table.jsonl:1: has no name y; its names are x, class; expected x, y, class"),
        (
            '{"x": 1, "Y": 1, "class": 0, "yy": 2}\n{"x": 1, "Y": 1, "ÿ": 1}',
            "table.jsonl:2: has no name class; its names are x, Y, ÿ; expected x, y, class",
        ),
        ('[1, 2, 0]\n\n{"x": 1, "y": "2", "class": 0}', 'table.jsonl:3: y must be a number, not "2"'),
        ("[1, true, 0]", "table.jsonl:1: y must be a number, not true"),
        ("[1, null, 0]", "table.jsonl:1: y must be a number, not null"),
        ("[1, [2], 0]", "table.jsonl:1: y must be a number, not an array"),
        ("[1, NaN, 0]", "table.jsonl:1: y must be finite, not nan"),
        (f"[1, 1{'0' * 400}, 0]", "table.jsonl:1: y must be finite, not 10000000000000000..."),
        (f"[1, 1{'0' * 5000}, 0]", "table.jsonl:1: contains a whole number with too many digits"),
        ("[1, 2]", f"table.jsonl:1: has 2 values, not 3 (x, y, class){ONE_PER_LINE}"),
        ("7", f"table.jsonl:1: has 1 value, not 3 (x, y, class){ONE_PER_LINE}"),
        ('"text"', f"table.jsonl:1: has 1 value, not 3 (x, y, class){ONE_PER_LINE}"),
        (
            '[1, 2, "iris"]',
            'table.jsonl:1: unknown class "iris"; the classes are setosa, versicolor, virginica',
        ),
        ("[1, 2, true]", "table.jsonl:1: unknown class true; the classes are setosa, versicolor, virginica"),
        ("[\n[1, 2, 0]\n]", f"table.jsonl:1: is not valid JSON: expecting value at column 2{ONE_PER_LINE}"),
        ("[" * 100_000, "table.jsonl:1: contains arrays or objects nested too deeply"),
        ("\n", "table.jsonl: is empty"),
    ],
)
def test_bad_json_lines_are_errors(tmp_path, content, message):
    error = error_of(tmp_path, content, ".jsonl")
    assert (
        error.replace("at column 1\n", "at column 2\n") == message
    )  # Python versions count the line's end differently


def test_batches_before_an_error_are_returned(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("x\n1\n2\nthree\n")
    table = read_table(str(path), described("x"), with_targets=False, batch=2)
    assert next(table).x.tolist() == [[1], [2]]
    with pytest.raises(NncliError, match=r"t\.csv:4: "):
        next(table)


def test_errors_list_the_first_of_many_names(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("1,2\n")
    with pytest.raises(NncliError) as raised:
        inputs = Description.of_numbers(0, [f"pixel_{i}" for i in range(784)], ())
        list(read_table(str(path), inputs, with_targets=False, header="absent"))
    first = ", ".join(f"pixel_{i}" for i in range(8))
    assert raised.value.message == f"has 2 columns, not 784 ({first}, ... 784 in all)"


@pytest.mark.parametrize(
    ("name", "message"),
    [("", "cannot be read: is a directory"), ("none.csv", "cannot be read: no such file or directory")],
)
def test_unreadable_file_is_an_error(tmp_path, name, message):
    with pytest.raises(UsageError) as raised:
        list(read_table(str(tmp_path / name), described("x"), with_targets=False))
    assert str(raised.value) == f"{tmp_path / name}: {message}"


def test_closed_standard_input_is_an_error(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(UsageError, match="stdin: is closed"):
        list(read_table("-", described("x"), with_targets=False))


@pytest.mark.parametrize("content", [b"1" * 5000, b'x,"' + b"\n" * 5000, b'"\n",' * 2000])
def test_endless_row_is_an_error(monkeypatch, content):
    monkeypatch.setattr(lines, "MAX_ROW_LENGTH", 1000)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    with pytest.raises(NncliError, match=r"stdin:\d+: is .*longer than 16 MB"):
        list(read_table("-", described("x"), with_targets=False))


FINITE = st.floats(allow_nan=False, allow_infinity=False)


@settings(derandomize=True, max_examples=60)
@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=20), st.integers(1, 7))
def test_numbers_are_read_to_the_last_bit(tmp_path_factory, pairs, size):
    path = tmp_path_factory.mktemp("t") / "t"
    for header, lines_ in (
        ("present", ["y,x", *(f"{y!r},{x!r}" for x, y in pairs)]),
        ("absent", [f"{x!r},{y!r}" for x, y in pairs]),
        ("present", [json.dumps({"x": x, "y": y}) for x, y in pairs]),
    ):
        path.write_text("\n".join(lines_))
        table = read_table(str(path), described("xy"), with_targets=False, batch=size, header=header)
        read_back = np.concatenate([b.x for b in table])
        assert read_back.tobytes() == np.array(pairs).tobytes()


PIECES = st.sampled_from(
    [
        "x",
        "y",
        "Y",
        "class",
        ",",
        "\n",
        "\r",
        '"',
        "1",
        "-2.5e3",
        "nan",
        "[",
        "]",
        "{",
        "}",
        ":",
        "null",
        "\ufeff",
        " ",
        "é",
    ]
)
TEXT = st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=60)).map(
    lambda text: text.encode("utf-8", "surrogatepass")
)


@settings(derandomize=True, max_examples=400)
@given(
    st.one_of(TEXT, st.binary(max_size=60)),
    st.sampled_from(["csv", "json", None]),
    st.sampled_from(["required", "present", "absent"]),
    st.booleans(),
    st.booleans(),
)
def test_any_text_raises_at_most_an_nncli_error(content, format_, header, with_targets, classes):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        patch.setitem(FORMATS, "", format_)  # standard input has no suffix
        names = CLASSES if classes else ()
        try:
            options = {"with_targets": with_targets, "header": header}
            table = list(read_table("-", described("xy", names), batch=2, **options))
        except NncliError as error:
            assert error.place.startswith("stdin")
            assert all(line.isprintable() for line in error.lines())
        else:
            assert all(np.isfinite(batch.x).all() and len(batch.x) == len(batch.rows) > 0 for batch in table)
