"""The reader returns the values and places of a file, or the expected error; dumped data reads back unchanged."""

from __future__ import annotations

import io
import math
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nncli.config.nodes import Node, Place, kind, locate, plain
from nncli.config.reader import read_file, read_text, read_value
from nncli.config.writer import dump, dump_field
from nncli.errors import SpecErrors, UsageError
from nncli.text import shorten

pytestmark = pytest.mark.usefixtures("frozen_objects")

SINE = """\
name: sine
data: {type: sine, samples: 1000}
layers:
  - {type: dense, units: 64}
  - relu
"""


def read(text: str) -> Any:
    return plain(read_text(text, "f.yaml"))


def error_for(text: str) -> str:
    """Return the error for a text, which must be raised quickly."""
    start = time.process_time()
    with pytest.raises(UsageError) as raised:
        read_text(text, "f.yaml")
    assert time.process_time() - start < 5
    return str(raised.value)


def error_for_file(path: Path) -> str:
    start = time.process_time()
    with pytest.raises(UsageError) as raised:
        read_file(path)
    assert time.process_time() - start < 5
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("Null", None),
        ("NULL", None),
        ("~", None),
        ("", None),
        ("nUll", "nUll"),
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("False", False),
        ("FALSE", False),
        ("on", "on"),
        ("yes", "yes"),
        ("off", "off"),
        ("n", "n"),
        ("0", 0),
        ("010", 10),
        ("-7", -7),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b1", "0b1"),
        ("-0x1F", "-0x1F"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("2001-01-01", "2001-01-01"),
        ("1e-3", 0.001),
        ("1E-3", 0.001),
        (".5", 0.5),
        ("-.5", -0.5),
        ("1.", 1),
        ("2.0", 2),
        ("1e4", 10_000),
        ("1.5e+3", 1500),
        ("1e", "1e"),
        (".", "."),
        ("-", [None]),
        ("1.2.3", "1.2.3"),
        ("٣", "٣"),
        (".inf", math.inf),
        ("-.Inf", -math.inf),
        ("+.INF", math.inf),
        ("1e999", math.inf),
        ("nan", "nan"),
        ("inf", "inf"),
        ("=", "="),
        ("<<", "<<"),
        ("'1'", "1"),
        ('"null"', "null"),
        ("''", ""),
        ("|\n  12", "12"),
        (">\n  true", "true"),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, value: object) -> None:
    read_back = read(f"key:\n  {text}" if text == "-" else f"key: {text}")["key"]
    assert read_back == value
    assert type(read_back) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_nan_is_read_and_left_to_validation(text: str) -> None:
    assert math.isnan(read(f"key: {text}")["key"])


def test_whole_floats_become_integers_only_if_exact() -> None:
    values = read("key: [1.0, -2e3, 0.5, 9007199254740991.0, 9007199254740992.0, 1e300]")["key"]
    assert repr(values) == "[1, -2000, 0.5, 9007199254740991, 9007199254740992.0, 1e+300]"


def test_keys_are_text_as_written() -> None:
    assert read("1: a\ntrue: b\nnull: c\n~: d\n1.50: e\n'x y': f\n\"\": g\n'<<': h") == {
        "1": "a", "true": "b", "null": "c", "~": "d", "1.50": "e", "x y": "f", "": "g", "<<": "h"
    }  # fmt: skip


def test_json_is_read() -> None:
    text = '{"a": 1e5, "b": "\\u00e9", "c": "\\/", "d": "\\ud83d\\ude00", "e": [true, null, {}], "f":1}'
    assert read(text) == {"a": 100000, "b": "é", "c": "/", "d": "😀", "e": [True, None, {}], "f": 1}


def test_json_may_be_indented_with_tabs() -> None:
    root = read_text('{\n\t"a": 1,\n\t"b": [\n\t\t2\n\t]\n}\n', "f.json")
    assert plain(root) == {"a": 1, "b": [2]}
    assert str(locate(root, ["b", 0])) == "f.json:4:3"


def test_aliases_repeat_the_anchored_value() -> None:
    assert read("a: &x [1, 2]\nb: *x\nc: &x 3\nd: [*x]") == {"a": [1, 2], "b": [1, 2], "c": 3, "d": [3]}


@pytest.mark.parametrize(
    "text", ["\ufeffa: 1", "%YAML 1.1\n---\na: 1", "---\na: 1\n...\n", "a: 1\r\n", "# x\n\na: 1 # y"]
)
def test_marks_and_comments_around_a_mapping_are_accepted(text: str) -> None:
    assert read(text) == {"a": 1}


def test_places_are_lines_and_columns_from_1() -> None:
    root = read_text(SINE, "configs/sine.yaml")
    assert str(root.place) == "configs/sine.yaml:1:1"
    assert str(locate(root, ["layers", 0, "units"])) == "configs/sine.yaml:4:26"
    assert str(locate(root, ["layers", 0, "units"], key=True)) == "configs/sine.yaml:4:19"
    assert str(locate(root, ["layers", 1])) == "configs/sine.yaml:5:5"
    assert str(locate(root, ["layers"], key=True)) == "configs/sine.yaml:3:1"
    assert locate(root, []) == root.place


def test_place_of_a_missing_path_is_that_of_its_parent() -> None:
    root = read_text(SINE, "f.yaml")
    in_mapping: list[list[str | int]] = [["data", "noise"], ["data", "noise", "scale"], ["data", 0]]
    for path in in_mapping:
        assert str(locate(root, path)) == str(locate(root, path, key=True)) == "f.yaml:2:7"
    in_list: list[list[str | int]] = [["layers", 2], ["layers", -1], ["layers", "units"]]
    for path in in_list:
        assert str(locate(root, path)) == str(locate(root, path, key=True)) == "f.yaml:4:3"
    assert str(locate(root, ["name", "x"])) == "f.yaml:1:7"


def test_places_print_on_one_line_with_controls_escaped() -> None:
    assert str(Place("a\nb\x1b[31m\udc80.yaml", 1, 2)) == "a\\nb\\x1b[31m\\udc80.yaml:1:2"
    assert str(Place("x=" + "y" * 1000)) == "x=" + "y" * 195 + "..."
    assert shorten("é😀 \u2028", 60) == "é😀 \\u2028"


def test_kinds_of_values_have_plain_names() -> None:
    items = [read_value(text, Place("x")) for text in ("1", "2.5", "true", "null", "text", "[]", "{}")]
    assert [kind(item) for item in items] == [
        "a number", "a number", "true or false", "null", "text", "a list", "a mapping"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a", "f.yaml:1:1: must be a mapping of keys to values, not a list"),
        ("a", "f.yaml:1:1: must be a mapping of keys to values, not text"),
        ("1", "f.yaml:1:1: must be a mapping of keys to values, not a number"),
        ("---", "f.yaml:1:4: must be a mapping of keys to values, not null"),
        ("a: 1\n---\nb: 2", "f.yaml:2:1: a second document begins here; keep one document per file"),
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1: a is given twice, first on line 1; remove one"),
        ("x: {a: 1, a: 2}", "f.yaml:1:11: a is given twice, first on line 1; remove one"),
        ("1: a\n'1': b", "f.yaml:2:1: 1 is given twice, first on line 1; remove one"),
        ("? [a]\n: 1", "f.yaml:1:3: a key must be text, not a list, a mapping or an alias"),
        ("{{a: 1}: 1}", "f.yaml:1:2: a key must be text, not a list, a mapping or an alias"),
        ("a: &x b\n*x : 1", "f.yaml:2:1: a key must be text, not a list, a mapping or an alias"),
        (
            "a: &x {b: 1}\nc:\n  <<: *x",
            "f.yaml:3:3: YAML merge keys are not supported; use `extends: base.yaml` to build on another file",
        ),
        ("a: &x [*x]", "f.yaml:1:8: the alias *x is inside its own anchor &x; write the value out"),
        ("a: &x {b: {c: *x}}", "f.yaml:1:15: the alias *x is inside its own anchor &x; write the value out"),
        ("a: *x", "f.yaml:1:4: the alias *x has no anchor &x before it; define the anchor first"),
        ("a: !foo 1", "f.yaml:1:4: the tag !foo is not allowed; use plain data only"),
        ("a: !!str 1", "f.yaml:1:4: the tag !!str is not allowed; use plain data only"),
        ("a: ! 1", "f.yaml:1:4: the tag ! is not allowed; use plain data only"),
        ("!!map {a: 1}", "f.yaml:1:1: the tag !!map is not allowed; use plain data only"),
        ("!!str a: 1", "f.yaml:1:1: the tag !!str is not allowed; use plain data only"),
        (
            "a: !!python/object/apply:os.system [touch pwned]",
            "f.yaml:1:4: the tag !!python/object/apply:os.system is not allowed; use plain data only",
        ),
        ("a: \0", "f.yaml:1:4: contains U+0000, which is not a text character; remove it"),
        ("a: 1\nb: \x1b[0m", "f.yaml:2:4: contains U+001B, which is not a text character; remove it"),
        ("a: 1\n\ufeffb: 2", "f.yaml:2:1: contains U+FEFF, which is not a text character; remove it"),
        ("a: \udc80", "f.yaml:1:4: contains U+DC80, which is not a text character; remove it"),
        ('a: "\\ud83d"', "f.yaml:1:4: contains half of a surrogate pair, which is not a character"),
        ('"\\ude00": 1', "f.yaml:1:1: contains half of a surrogate pair, which is not a character"),
        ('a: "\\UFFFFFFFF"', "f.yaml:1:7: contains a number or an escape that is out of range"),
        ("%YAML 1." + "9" * 5000 + "\n---\na: 1", "f.yaml:1:9: contains a number or an escape that is out of range"),
        ("a: " + "9" * 5000, "f.yaml:1:4: the number has 5,000 characters; at most 400 are allowed"),
        ("a: 0x" + "F" * 5000, "f.yaml:1:4: the number has 5,002 characters; at most 400 are allowed"),
        ("a: 0." + "1" * 5000, "f.yaml:1:4: the number has 5,002 characters; at most 400 are allowed"),
    ],
)
def test_errors_without_a_hint(text: str, message: str) -> None:
    assert error_for(text) == message


QUOTES = "hint: put text with special characters in quotes"
INDENTS = "hint: indent keys like their neighbours, and put text that contains a colon and a space in quotes"
TABS = "hint: use spaces instead of tabs"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml: is empty\nhint: give at least data, layers and loss"),
        (" \n# nothing\n", "f.yaml: is empty\nhint: give at least data, layers and loss"),
        ("a:\n\tb: 1", f"f.yaml:2:1: is not valid YAML: unexpected tab\n{TABS}"),
        ("a:\n  b: 1\n\tc: 2", f"f.yaml:3:1: is not valid YAML: unexpected tab\n{TABS}"),
        ("a:\t1", f"f.yaml:1:3: is not valid YAML: unexpected tab\n{TABS}"),
        ("a: 1\n  b: 2", f"f.yaml:2:4: is not valid YAML: unexpected colon\n{INDENTS}"),
        ("a: b: c", f"f.yaml:1:5: is not valid YAML: unexpected colon\n{INDENTS}"),
        ("a: 1\nb\nc: 2", f"f.yaml:2:1: is not valid YAML: a key needs a colon and a space after it\n{INDENTS}"),
        ("a: 'x' y", f"f.yaml:1:8: is not valid YAML: this line does not fit the lines above\n{INDENTS}"),
        (
            "a: [1, 2\nb: 3",
            "f.yaml:2:2: is not valid YAML: a comma or ] is missing before this "
            f"(in the value that begins on line 1)\n{QUOTES}",
        ),
        ("a: {b: 1", f"f.yaml:1:9: is not valid YAML: a comma or }} is missing before this\n{QUOTES}"),
        ("a: 'x\n", "f.yaml:2:1: is not valid YAML: a quote is not closed (in the value that begins on line 1)"),
        ("a: @x", f"f.yaml:1:4: is not valid YAML: found character '@' that cannot start any token\n{QUOTES}"),
    ],
)
def test_errors_with_a_hint(text: str, message: str) -> None:
    assert error_for(text) == message


def test_all_problems_are_reported_in_file_order() -> None:
    with pytest.raises(SpecErrors) as raised:
        read_text("a: 1\na: 2\nb: !x 1\nb: 3\nc: [", "f.yaml")
    assert [problem.place for problem in raised.value.problems] == [
        "f.yaml:2:1", "f.yaml:3:4", "f.yaml:4:1", "f.yaml:5:5"
    ]  # fmt: skip


def test_at_most_20_problems_are_reported() -> None:
    assert len(error_for("a: 1\n" * 5000).splitlines()) == 20


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n" for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)
# Each value is shallow, but with its aliases written out it is deep.
TOWER = "k: &a0 " + "[" * 40 + "]" * 40 + "\n" + "".join(f"k{i}: &a{i + 1} [[[*a{i}]]]\n" for i in range(20))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "f.yaml:5:8: contains more than 10,000 values, counting what each alias repeats"),
        (TOWER, "f.yaml:5:12: is nested more than 50 lists and mappings deep"),
        ("[" * 100_000, "f.yaml:1:51: is nested more than 50 lists and mappings deep"),
        ("a: " + "[" * 100_000, "f.yaml:1:53: is nested more than 50 lists and mappings deep"),
        ("{a: " * 100_000, "f.yaml:1:201: is nested more than 50 lists and mappings deep"),
        ("- " * 100_000, "f.yaml:1:101: is nested more than 50 lists and mappings deep"),
        (
            "a: [" + "1," * 20_000 + "]",
            "f.yaml:1:19999: contains more than 10,000 values, counting what each alias repeats",
        ),
        ("a" * 1_000_001, "f.yaml:1:1: is larger than 1 MB"),
        ("a: 1" + "0" * 300_000, "f.yaml:1:4: the number has 300,001 characters; at most 400 are allowed"),
    ],
    ids=["aliases", "alias-depth", "brackets", "brackets-below", "braces", "dashes", "many", "large", "digits"],
)
def test_hostile_text_is_rejected_quickly(text: str, message: str) -> None:
    assert error_for(text) == message


def test_values_and_depth_at_the_limit_are_read() -> None:
    deep = "a: " + "[" * 49 + "]" * 49
    assert read(deep)
    assert len(read("a: [" + "1," * 9_997 + "]")["a"]) == 9_997


@settings(max_examples=300)
@given(st.text() | st.text(alphabet="[]{}:,-?&*!|>'\"%#<~ \n\tabe01.\\ux\ufeff\x85\u2028"))
def test_any_text_raises_at_most_a_usage_error(text: str) -> None:
    for as_file in (True, False):
        try:
            node = read_text(text, "f.yaml") if as_file else read_value(text, Place(f"key={text}"))
        except UsageError as error:
            assert all(line.isprintable() for line in error.lines())
        else:
            str(plain(node)).encode()


# Values of arguments.


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", 0.1),
        ("1e-3", 0.001),
        ("relu", "relu"),
        (" 5 ", 5),
        ("null", None),
        ("~", None),
        ("''", ""),
        ("[1, [2]]", [1, [2]]),
        ("{type: sgd, momentum: 0.9}", {"type": "sgd", "momentum": 0.9}),
        ("a=b", "a=b"),
        ("- x", ["x"]),
    ],
)
def test_values_follow_the_rules_of_files(text: str, value: object) -> None:
    node = read_value(text, Place(f"key={text}"))
    assert plain(node) == value
    assert str(node.place) == f"key={text}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.b=: has no value; write `a.b=null` to unset it"),
        ("  ", "a.b=  : has no value; write `a.b=null` to unset it"),
        (
            "#5",
            "a.b=#5: ends at the #, which begins a comment in YAML\n"
            """hint: remove the comment, or quote text that contains a #, as in 'data.target="item #3"'""",
        ),
        ("{c: 1, c: 2}", "a.b={c: 1, c: 2}: c is given twice; remove one"),
        ("[1", f"a.b=[1: is not valid YAML: a comma or ] is missing before this\n{QUOTES}"),
        ("!x 1", "a.b=!x 1: the tag !x is not allowed; use plain data only"),
        ("\udcff", "a.b=\\udcff: contains U+DCFF, which is not a text character; remove it"),
    ],
)
def test_invalid_argument_values_are_errors(text: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_value(text, Place(f"a.b={text}"))
    assert str(raised.value) == message


# Files.


def test_file_is_read_with_places(tmp_path: Path) -> None:
    path = tmp_path / "sine.yaml"
    path.write_text(SINE, encoding="utf-8-sig")
    root = read_file(path)
    assert plain(root) == read(SINE)
    assert str(root.place) == f"{path}:1:1"


def set_stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_dash_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    set_stdin(monkeypatch, SINE.encode())
    root = read_file(Path("-"))
    assert plain(root) == read(SINE)
    assert str(locate(root, ["name"])) == "stdin:1:7"


def test_large_or_closed_standard_input_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    set_stdin(monkeypatch, b"#" * 1_000_001)
    assert error_for_file(Path("-")) == "stdin: is larger than 1 MB"
    monkeypatch.setattr(sys, "stdin", None)
    assert error_for_file(Path("-")) == "stdin: cannot be read: standard input is closed"


def test_pipes_are_read(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, SINE.encode())
    os.close(writing)
    assert plain(read_file(Path(f"/dev/fd/{reading}"))) == read(SINE)
    os.close(reading)

    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    writer = threading.Thread(target=fifo.write_text, args=(SINE,))
    writer.start()
    assert plain(read_file(fifo)) == read(SINE)
    writer.join()


def test_endless_file_is_rejected_quickly() -> None:
    assert error_for_file(Path("/dev/zero")) == "/dev/zero: is larger than 1 MB"


def test_file_may_have_one_million_bytes(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1 #" + b"x" * 999_994)
    assert plain(read_file(path)) == {"a": 1}
    path.write_bytes(b"a: 1 #" + b"x" * 999_995)
    assert error_for_file(path) == f"{path}: is larger than 1 MB"


def test_missing_file_suggests_similar_names(tmp_path: Path) -> None:
    for name in ("sine.yaml", "spiral.yaml", "cosine.yaml"):
        (tmp_path / name).touch()
    assert error_for_file(tmp_path / "sin.yaml") == (
        f"{tmp_path}/sin.yaml: no such file\n"
        f"hint: did you mean {tmp_path}/sine.yaml or {tmp_path}/cosine.yaml or {tmp_path}/spiral.yaml?"
    )
    assert error_for_file(tmp_path / "sine") == (
        f"{tmp_path}/sine: no such file\nhint: did you mean {tmp_path}/sine.yaml?"
    )
    assert error_for_file(tmp_path / "xyz") == f"{tmp_path}/xyz: no such file"
    assert error_for_file(tmp_path / "no/sine.yaml") == (
        f"{tmp_path}/no/sine.yaml: the folder {tmp_path}/no does not exist"
    )


def test_folders_and_invalid_paths_are_errors(tmp_path: Path) -> None:
    assert error_for_file(tmp_path) == f"{tmp_path}: is a folder, not a file"
    for name in ("b.yaml", "a.yml", "c.txt"):
        (tmp_path / name).touch()
    assert error_for_file(tmp_path) == (
        f"{tmp_path}: is a folder, not a file\nhint: choose a file in it: {tmp_path}/a.yml, {tmp_path}/b.yaml"
    )
    for name in ("d.yaml", "e.yaml", "f.yaml", "g.yaml"):
        (tmp_path / name).touch()
    assert error_for_file(tmp_path).endswith(f", {tmp_path}/e.yaml, {tmp_path}/f.yaml or another")
    assert error_for_file(tmp_path / "c.txt" / "x") == f"{tmp_path}/c.txt/x: the folder {tmp_path}/c.txt does not exist"
    assert error_for_file(Path("a\0b")) == "a\\x00b: cannot be read: embedded null byte"
    assert error_for_file(Path("x" * 300)).endswith(": cannot be read: file name too long")


def test_unreadable_file_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # changing the mode would not stop root
    assert error_for_file(tmp_path / "f.yaml") == f"{tmp_path}/f.yaml: cannot be read: permission denied"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", ": is empty\nhint: give at least data, layers and loss"),
        (b"a: 1\nbb: \xe9\n", ":2:5: byte 0xE9 is not UTF-8\nhint: save the file as UTF-8"),
        ("ä: 1\nb: é".encode()[:-1], ":2:4: byte 0xC3 is not UTF-8\nhint: save the file as UTF-8"),
        ("a: 1".encode("utf-16"), ": is encoded as UTF-16, not UTF-8\nhint: save it as UTF-8"),
        ("a: 1".encode("utf-16-be"), ":1:1: contains U+0000, which is not a text character; remove it"),
        (b"a: 1\n\0", ":2:1: contains U+0000, which is not a text character; remove it"),
    ],
    ids=["empty", "latin-1", "cut", "utf-16", "utf-16-unmarked", "nul"],
)
def test_files_that_are_not_utf8_text_are_errors(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(data)
    assert error_for_file(path) == f"{path}{message}"


def test_missing_base_is_reported_where_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        read_file(tmp_path / "base.yaml", Place("f.yaml", 1, 10))
    assert str(raised.value) == f"f.yaml:1:10: {tmp_path}/base.yaml: no such file"


def test_yaml_tags_run_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for tag in (
        "!!python/object/apply:os.system",
        "!!python/object/new:os.system",
        "!<tag:yaml.org,2002:python/name:os>",
    ):
        error_for(f"a: {tag} ['touch pwned']")
    assert list(tmp_path.iterdir()) == []


# The writer.

NASTY = [
    "", " ", " a", "a ", "\n", "a\nb", "a\n", "\n a", "\t", "a\tb", "\r\n", "\x00", "\x07", "\x85", "\u2028",
    "\ufeff", "\ufffe", "é", "😀", "\U0010ffff", "1", "010", "0o17", "0x1F", "1e3", ".5", ".inf", ".nan", "-", "?",
    ":", "a: b", "a:", "a #b", "#", "null", "~", "true", "FALSE", "on", "yes", "1:30", "2001-01-01", "<<", "=", "!x",
    "&x", "*x", "@x", "`x`", "%x", "---", "...", "- a", "[a", "{a", "a]", "a, b", "'", '"', "\\", "it's", "|", ">",
    "x" * 300, "x y " * 100, "|\n  a", "'a' b",
]  # fmt: skip
TEXTS = st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False)
    | TEXTS
)  # fmt: skip
DATA = st.dictionaries(
    TEXTS,
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
    ),
    max_size=4,
)


def as_read(value: Any) -> Any:
    """Return the data with whole floats as integers, as the reader returns them."""
    if isinstance(value, dict):
        return {key: as_read(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_read(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else value


@settings(max_examples=100)
@given(DATA)
@example({text: text for text in NASTY})
@example({"a": {text: text for text in NASTY}, "b": NASTY})
@example({"x" * 2000: {"y" * 2000: [{"z" * 2000: 1}]}, "a": {"k" * 130: 1}})
@example({"a": [1e-5, 1e16, 5e-324, 1.7976931348623157e308, 0.1, 1e22, 123456789.123456789, -0.0]})
@example({"a": {}, "b": [], "c": [[], {}], "d": {"e": []}})
def test_dumped_data_reads_back(data: dict[str, Any]) -> None:
    text = dump(data)
    assert repr(read(text)) == repr(as_read(data))  # repr also compares the order, and tells True from 1


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(["a", "é", "null", "1", "x y", "k" * 60, "true"]), SCALARS, max_size=6))
@example({text: text for text in NASTY})
@example({f"a{number}": 0.1 for number in range(11)})
@example({f"a{number}": 0.1 for number in range(12)})
@example({f"a{number}": 0.1 for number in range(13)})
@example({"a": 1, "b": True, "c": 1.0, "d": -0.0, "e": 0.0, "f": "1", "g": 1e-7, "h": 1e22, "i": math.inf})
@example({"a": [1], "b": {}})
@example({})
def test_dumped_field_is_that_of_dump(value: dict[str, Any]) -> None:
    assert dump_field("data", value) == dump({"data": value})


def test_infinity_and_nan_are_dumped() -> None:
    values = read(dump({"a": [math.inf, -math.inf, math.nan]}))["a"]
    assert values[:2] == [math.inf, -math.inf]
    assert math.isnan(values[2])


def test_shared_values_are_dumped_in_full() -> None:
    shared = [1, 2]
    assert dump({"a": shared, "b": shared}) == "a: [1, 2]\nb: [1, 2]\n"


def test_dump_is_easy_to_read() -> None:
    data = {
        "name": "sine",
        "data": {"type": "sine", "samples": 1000},
        "layers": [{"type": "dense", "units": 64, "init": {"type": "normal", "scale": 0.1}}, "relu"],
        "optimizer": {"type": "adam", "decay": 1e-3, "epsilon": 1e-7},
        "notes": "on",
        "version": "1e3",
        "title": "a: b",
        "lines": "a\nb",
        "train": {"epochs": 10001, "batch_size": None, "shuffle": True},
    }
    assert dump(data) == (
        "name: sine\n"
        "data: {type: sine, samples: 1000}\n"
        "layers:\n"
        "- type: dense\n"
        "  units: 64\n"
        "  init: {type: normal, scale: 0.1}\n"
        "- relu\n"
        "optimizer: {type: adam, decay: 0.001, epsilon: 1.0e-07}\n"
        "notes: on\n"
        "version: '1e3'\n"
        "title: 'a: b'\n"
        'lines: "a\\nb"\n'
        "train: {epochs: 10001, batch_size: null, shuffle: true}\n"
    )


def test_flat_mapping_is_dumped_one_key_per_line() -> None:
    assert dump({"a": 1, "b": "x"}) == "a: 1\nb: x\n"


def test_nodes_built_by_hand_become_plain_data() -> None:
    assert plain(Node([Node(1.0, Place("x"))], Place("x"))) == [1]
