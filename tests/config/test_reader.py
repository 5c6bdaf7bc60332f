"""What the reader makes of a file's text, what it refuses and in which words; and that the writer's text reads back."""

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
from nncli.config.writer import dump
from nncli.errors import SpecErrors, UsageError
from nncli.text import shorten

SINE = """\
name: sine
data: {type: sine, samples: 1000}
layers:
  - {type: dense, units: 64}
  - relu
"""


def read(text: str) -> Any:
    return plain(read_text(text, "f.yaml"))


def refusal(text: str) -> str:
    """The lines that the refusal of a text shows; it must come quickly."""
    start = time.process_time()
    with pytest.raises(UsageError) as caught:
        read_text(text, "f.yaml")
    assert time.process_time() - start < 5
    return str(caught.value)


def refusal_of_file(path: Path) -> str:
    start = time.process_time()
    with pytest.raises(UsageError) as caught:
        read_file(path)
    assert time.process_time() - start < 5
    return str(caught.value)


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
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    read_back = read(f"key:\n  {text}" if text == "-" else f"key: {text}")["key"]
    assert read_back == value
    assert type(read_back) is type(value)


@pytest.mark.parametrize("text", [".nan", ".NaN", ".NAN"])
def test_nan_is_read_for_validation_to_refuse(text: str) -> None:
    assert math.isnan(read(f"key: {text}")["key"])


def test_whole_floats_become_integers_only_where_floats_are_exact() -> None:
    values = read("key: [1.0, -2e3, 0.5, 9007199254740991.0, 9007199254740992.0, 1e300]")["key"]
    assert repr(values) == "[1, -2000, 0.5, 9007199254740991, 9007199254740992.0, 1e+300]"


def test_keys_are_text_as_it_is_written() -> None:
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


def test_aliases_stand_for_what_they_name() -> None:
    assert read("a: &x [1, 2]\nb: *x\nc: &x 3\nd: [*x]") == {"a": [1, 2], "b": [1, 2], "c": 3, "d": [3]}


@pytest.mark.parametrize(
    "text", ["\ufeffa: 1", "%YAML 1.1\n---\na: 1", "---\na: 1\n...\n", "a: 1\r\n", "# x\n\na: 1 # y"]
)
def test_what_yaml_allows_around_a_mapping(text: str) -> None:
    assert read(text) == {"a": 1}


def test_places_are_lines_and_columns_from_1() -> None:
    root = read_text(SINE, "configs/sine.yaml")
    assert str(root.place) == "configs/sine.yaml:1:1"
    assert str(locate(root, ["layers", 0, "units"])) == "configs/sine.yaml:4:26"
    assert str(locate(root, ["layers", 0, "units"], key=True)) == "configs/sine.yaml:4:19"
    assert str(locate(root, ["layers", 1])) == "configs/sine.yaml:5:5"
    assert str(locate(root, ["layers"], key=True)) == "configs/sine.yaml:3:1"
    assert locate(root, []) == root.place


def test_the_place_of_what_is_not_there_is_that_of_what_holds_it() -> None:
    root = read_text(SINE, "f.yaml")
    in_mapping: list[list[str | int]] = [["data", "noise"], ["data", "noise", "scale"], ["data", 0]]
    for path in in_mapping:
        assert str(locate(root, path)) == str(locate(root, path, key=True)) == "f.yaml:2:7"
    in_list: list[list[str | int]] = [["layers", 2], ["layers", -1], ["layers", "units"]]
    for path in in_list:
        assert str(locate(root, path)) == str(locate(root, path, key=True)) == "f.yaml:4:3"
    assert str(locate(root, ["name", "x"])) == "f.yaml:1:7"


def test_places_print_in_one_line_whatever_they_name() -> None:
    assert str(Place("a\nb\x1b[31m\udc80.yaml", 1, 2)) == "a\\nb\\x1b[31m\\udc80.yaml:1:2"
    assert str(Place("x=" + "y" * 1000)) == "x=" + "y" * 195 + "..."
    assert shorten("é😀 \u2028", 60) == "é😀 \\u2028"


def test_kinds_have_plain_names() -> None:
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
        ("a: 1\n---\nb: 2", "f.yaml:2:1: a second document begins here; a file holds one"),
        ("a: 1\nb: 2\na: 3", "f.yaml:3:1: a is given twice, first in line 1"),
        ("x: {a: 1, a: 2}", "f.yaml:1:11: a is given twice, first in line 1"),
        ("1: a\n'1': b", "f.yaml:2:1: 1 is given twice, first in line 1"),
        ("? [a]\n: 1", "f.yaml:1:3: a key must be text, not a list, a mapping or an alias"),
        ("{{a: 1}: 1}", "f.yaml:1:2: a key must be text, not a list, a mapping or an alias"),
        ("a: &x b\n*x : 1", "f.yaml:2:1: a key must be text, not a list, a mapping or an alias"),
        (
            "a: &x {b: 1}\nc:\n  <<: *x",
            "f.yaml:3:3: YAML's merge key is not supported; `extends: base.yaml` builds on another file",
        ),
        ("a: &x [*x]", "f.yaml:1:8: *x stands within &x itself"),
        ("a: &x {b: {c: *x}}", "f.yaml:1:15: *x stands within &x itself"),
        ("a: *x", "f.yaml:1:4: there is no &x before this *x"),
        ("a: !foo 1", "f.yaml:1:4: the tag !foo is not allowed; a file holds plain data only"),
        ("a: !!str 1", "f.yaml:1:4: the tag !!str is not allowed; a file holds plain data only"),
        ("a: ! 1", "f.yaml:1:4: the tag ! is not allowed; a file holds plain data only"),
        ("!!map {a: 1}", "f.yaml:1:1: the tag !!map is not allowed; a file holds plain data only"),
        ("!!str a: 1", "f.yaml:1:1: the tag !!str is not allowed; a file holds plain data only"),
        (
            "a: !!python/object/apply:os.system [touch pwned]",
            "f.yaml:1:4: the tag !!python/object/apply:os.system is not allowed; a file holds plain data only",
        ),
        ("a: \0", "f.yaml:1:4: holds U+0000, which is no text"),
        ("a: 1\nb: \x1b[0m", "f.yaml:2:4: holds U+001B, which is no text"),
        ("a: 1\n\ufeffb: 2", "f.yaml:2:1: holds U+FEFF, which is no text"),
        ("a: \udc80", "f.yaml:1:4: holds U+DC80, which is no text"),
        ('a: "\\ud83d"', "f.yaml:1:4: half of a surrogate pair is no character"),
        ('"\\ude00": 1', "f.yaml:1:1: half of a surrogate pair is no character"),
        ('a: "\\UFFFFFFFF"', "f.yaml:1:7: holds a number or an escape that is out of range"),
        ("%YAML 1." + "9" * 5000 + "\n---\na: 1", "f.yaml:1:9: holds a number or an escape that is out of range"),
        ("a: " + "9" * 5000, "f.yaml:1:4: a number has 5,000 characters; 400 is the limit"),
        ("a: 0x" + "F" * 5000, "f.yaml:1:4: a number has 5,002 characters; 400 is the limit"),
        ("a: 0." + "1" * 5000, "f.yaml:1:4: a number has 5,002 characters; 400 is the limit"),
    ],
)
def test_refusals_in_one_line(text: str, message: str) -> None:
    assert refusal(text) == message


QUOTES = "hint: text with a special meaning in YAML goes in quotes"
INDENTS = "hint: indent a key as its neighbours are; text with a colon and a space in it goes in quotes"
TABS = "hint: use spaces instead of tabs"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f.yaml: is empty\nhint: an experiment needs data, layers and loss"),
        (" \n# nothing\n", "f.yaml: is empty\nhint: an experiment needs data, layers and loss"),
        ("a:\n\tb: 1", f"f.yaml:2:1: is not valid YAML: a tab stands where YAML takes spaces\n{TABS}"),
        ("a:\n  b: 1\n\tc: 2", f"f.yaml:3:1: is not valid YAML: a tab stands where YAML takes spaces\n{TABS}"),
        ("a:\t1", f"f.yaml:1:3: is not valid YAML: a tab stands where YAML takes spaces\n{TABS}"),
        ("a: 1\n  b: 2", f"f.yaml:2:4: is not valid YAML: a colon is not expected here\n{INDENTS}"),
        ("a: b: c", f"f.yaml:1:5: is not valid YAML: a colon is not expected here\n{INDENTS}"),
        ("a: 1\nb\nc: 2", f"f.yaml:2:1: is not valid YAML: a key needs a colon and a space after it\n{INDENTS}"),
        ("a: 'x' y", f"f.yaml:1:8: is not valid YAML: this does not fit to the lines above\n{INDENTS}"),
        (
            "a: [1, 2\nb: 3",
            f"f.yaml:2:2: is not valid YAML: a comma or ] is missing before this (in what begins in line 1)\n{QUOTES}",
        ),
        ("a: {b: 1", f"f.yaml:1:9: is not valid YAML: a comma or }} is missing before this\n{QUOTES}"),
        ("a: 'x\n", "f.yaml:2:1: is not valid YAML: quotes are not closed (in what begins in line 1)"),
        ("a: @x", f"f.yaml:1:4: is not valid YAML: found character '@' that cannot start any token\n{QUOTES}"),
    ],
)
def test_refusals_with_a_hint(text: str, message: str) -> None:
    assert refusal(text) == message


def test_several_problems_are_told_at_once_in_the_order_of_the_file() -> None:
    with pytest.raises(SpecErrors) as caught:
        read_text("a: 1\na: 2\nb: !x 1\nb: 3\nc: [", "f.yaml")
    assert [problem.place for problem in caught.value.problems] == [
        "f.yaml:2:1", "f.yaml:3:4", "f.yaml:4:1", "f.yaml:5:5"
    ]  # fmt: skip


def test_a_flood_of_problems_is_cut() -> None:
    assert len(refusal("a: 1\n" * 5000).splitlines()) == 20


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{below}'] * 9)}]\n" for below, name in zip("abcdefgh", "bcdefghi", strict=True)
)
# Each level is shallow, but written out they are not.
TOWER = "k: &a0 " + "[" * 40 + "]" * 40 + "\n" + "".join(f"k{i}: &a{i + 1} [[[*a{i}]]]\n" for i in range(20))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "f.yaml:5:8: holds more than 10,000 values, aliases written out"),
        (TOWER, "f.yaml:5:12: goes more than 50 lists and mappings deep"),
        ("[" * 100_000, "f.yaml:1:51: goes more than 50 lists and mappings deep"),
        ("a: " + "[" * 100_000, "f.yaml:1:53: goes more than 50 lists and mappings deep"),
        ("{a: " * 100_000, "f.yaml:1:201: goes more than 50 lists and mappings deep"),
        ("- " * 100_000, "f.yaml:1:101: goes more than 50 lists and mappings deep"),
        ("a: [" + "1," * 20_000 + "]", "f.yaml:1:19999: holds more than 10,000 values, aliases written out"),
        ("a" * 1_000_001, "f.yaml:1:1: is larger than 1 MB"),
        ("a: 1" + "0" * 300_000, "f.yaml:1:4: a number has 300,001 characters; 400 is the limit"),
    ],
    ids=["aliases", "alias-depth", "brackets", "brackets-below", "braces", "dashes", "many", "large", "digits"],
)
def test_hostile_text_is_refused_quickly(text: str, message: str) -> None:
    assert refusal(text) == message


def test_as_much_as_is_allowed_is_read() -> None:
    deep = "a: " + "[" * 49 + "]" * 49
    assert read(deep)
    assert len(read("a: [" + "1," * 9_997 + "]")["a"]) == 9_997


@settings(max_examples=300)
@given(st.text() | st.text(alphabet="[]{}:,-?&*!|>'\"%#<~ \n\tabe01.\\ux\ufeff\x85\u2028"))
def test_whatever_the_text_nothing_but_a_usage_error_is_raised(text: str) -> None:
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
        ("", "a.b=: has no value; `a.b=null` unsets it"),
        ("  ", "a.b=  : has no value; `a.b=null` unsets it"),
        (
            "#5",
            "a.b=#5: is cut at the #, which begins a comment in YAML\n"
            """hint: remove the comment, or quote text that holds a #, as in 'data.target="item #3"'""",
        ),
        ("{c: 1, c: 2}", "a.b={c: 1, c: 2}: c is given twice"),
        ("[1", f"a.b=[1: is not valid YAML: a comma or ] is missing before this\n{QUOTES}"),
        ("!x 1", "a.b=!x 1: the tag !x is not allowed; a file holds plain data only"),
        ("\udcff", "a.b=\\udcff: holds U+DCFF, which is no text"),
    ],
)
def test_values_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_value(text, Place(f"a.b={text}"))
    assert str(caught.value) == message


# Files.


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sine.yaml"
    path.write_text(SINE, encoding="utf-8-sig")
    root = read_file(path)
    assert plain(root) == read(SINE)
    assert str(root.place) == f"{path}:1:1"


def give_stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_standard_input_is_read_for_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    give_stdin(monkeypatch, SINE.encode())
    root = read_file(Path("-"))
    assert plain(root) == read(SINE)
    assert str(locate(root, ["name"])) == "stdin:1:7"


def test_standard_input_may_be_too_large_or_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    give_stdin(monkeypatch, b"#" * 1_000_001)
    assert refusal_of_file(Path("-")) == "stdin: is larger than 1 MB"
    monkeypatch.setattr(sys, "stdin", None)
    assert refusal_of_file(Path("-")) == "stdin: cannot be read: standard input is closed"


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


def test_a_file_without_end_is_refused_quickly() -> None:
    assert refusal_of_file(Path("/dev/zero")) == "/dev/zero: is larger than 1 MB"


def test_the_limit_is_one_million_bytes(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"a: 1 #" + b"x" * 999_994)
    assert plain(read_file(path)) == {"a": 1}
    path.write_bytes(b"a: 1 #" + b"x" * 999_995)
    assert refusal_of_file(path) == f"{path}: is larger than 1 MB"


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for name in ("sine.yaml", "spiral.yaml", "cosine.yaml"):
        (tmp_path / name).touch()
    assert refusal_of_file(tmp_path / "sin.yaml") == (
        f"{tmp_path}/sin.yaml: there is no such file\n"
        f"hint: did you mean {tmp_path}/sine.yaml or {tmp_path}/cosine.yaml or {tmp_path}/spiral.yaml?"
    )
    assert refusal_of_file(tmp_path / "sine") == (
        f"{tmp_path}/sine: there is no such file\nhint: did you mean {tmp_path}/sine.yaml?"
    )
    assert refusal_of_file(tmp_path / "xyz") == f"{tmp_path}/xyz: there is no such file"
    assert refusal_of_file(tmp_path / "no/sine.yaml") == (f"{tmp_path}/no/sine.yaml: there is no folder {tmp_path}/no")


def test_files_that_are_none(tmp_path: Path) -> None:
    assert refusal_of_file(tmp_path) == f"{tmp_path}: is a folder, not a file"
    for name in ("b.yaml", "a.yml", "c.txt"):
        (tmp_path / name).touch()
    assert refusal_of_file(tmp_path) == (
        f"{tmp_path}: is a folder, not a file\nhint: it holds {tmp_path}/a.yml, {tmp_path}/b.yaml"
    )
    assert refusal_of_file(tmp_path / "c.txt" / "x") == f"{tmp_path}/c.txt/x: there is no folder {tmp_path}/c.txt"
    assert refusal_of_file(Path("a\0b")) == "a\\x00b: cannot be read: embedded null byte"
    assert refusal_of_file(Path("x" * 300)).endswith(": cannot be read: file name too long")


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # root may read anything, so that modes would not do
    assert refusal_of_file(tmp_path / "f.yaml") == f"{tmp_path}/f.yaml: cannot be read: permission denied"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", ": is empty\nhint: an experiment needs data, layers and loss"),
        (b"a: 1\nbb: \xe9\n", ":2:5: byte 0xE9 is not UTF-8\nhint: save the file as UTF-8"),
        ("ä: 1\nb: é".encode()[:-1], ":2:4: byte 0xC3 is not UTF-8\nhint: save the file as UTF-8"),
        ("a: 1".encode("utf-16"), ": is in UTF-16\nhint: save it as UTF-8"),
        ("a: 1".encode("utf-16-be"), ":1:1: holds U+0000, which is no text"),
        (b"a: 1\n\0", ":2:1: holds U+0000, which is no text"),
    ],
    ids=["empty", "latin-1", "cut", "utf-16", "utf-16-unmarked", "nul"],
)
def test_files_that_are_no_text(tmp_path: Path, data: bytes, message: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(data)
    assert refusal_of_file(path) == f"{path}{message}"


def test_a_file_that_cannot_be_opened_is_reported_where_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read_file(tmp_path / "base.yaml", Place("f.yaml", 1, 10))
    assert str(caught.value) == f"f.yaml:1:10: {tmp_path}/base.yaml: there is no such file"


def test_no_file_ever_runs_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for tag in (
        "!!python/object/apply:os.system",
        "!!python/object/new:os.system",
        "!<tag:yaml.org,2002:python/name:os>",
    ):
        refusal(f"a: {tag} ['touch pwned']")
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
    """The data with whole floats as the integers that they are read as."""
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
def test_what_is_written_reads_back(data: dict[str, Any]) -> None:
    text = dump(data)
    assert repr(read(text)) == repr(as_read(data))  # repr: also the order, and True is not 1


def test_infinity_and_nan_are_written() -> None:
    values = read(dump({"a": [math.inf, -math.inf, math.nan]}))["a"]
    assert values[:2] == [math.inf, -math.inf]
    assert math.isnan(values[2])


def test_what_is_shared_is_written_twice() -> None:
    shared = [1, 2]
    assert dump({"a": shared, "b": shared}) == "a: [1, 2]\nb: [1, 2]\n"


def test_what_is_written_is_easy_to_read() -> None:
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


def test_a_flat_mapping_has_a_line_a_key() -> None:
    assert dump({"a": 1, "b": "x"}) == "a: 1\nb: x\n"


def test_nodes_can_be_made_by_hand() -> None:
    assert plain(Node([Node(1.0, Place("x"))], Place("x"))) == [1]
