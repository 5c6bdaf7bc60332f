"""Text from files is escaped for terminals: control characters become escapes, printable text is unchanged."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nncli.escaping import json_text, printable, without_controls


@pytest.mark.parametrize("text", ["", "plain", "größe β ≥ 日本", "[red]", "a b"])
def test_printable_text_is_unchanged(text: str) -> None:
    assert printable(text) == without_controls(text) == text


@pytest.mark.parametrize(
    ("text", "for_people", "for_programs"),
    [
        ("\x1b[2J", "\\x1b[2J", "\\u001b[2J"),
        ("\x9b31m", "\\x9b31m", "\\u009b31m"),
        ("\x7f\0", "\\x7f\\x00", "\\u007f\\u0000"),
        ("a\u202eb", "a\\u202eb", "a\\u202eb"),
        ("a\rb", "a\\rb", "a\\u000db"),
        ("a\tb\r\n", "a\\tb\\r\\n", "a\tb\r\n"),
        ("\udcff", "\\udcff", "\\udcff"),
        ("h\udcc3\udca4user", "häuser", "häuser"),  # the path `häuser` in an ASCII locale
        ("\udcc2\udc9b31m", "\\x9b31m", "\\u009b31m"),
        ("\ud800\udcc3\udca4", "\\ud800\\udcc3\\udca4", "\\ud800\\udcc3\\udca4"),
        ("می\u200cخواهم", "می\\u200cخواهم", "می\u200cخواهم"),  # Persian uses this joiner
    ],
)
def test_control_characters_are_escaped(text: str, for_people: str, for_programs: str) -> None:
    assert printable(text) == for_people
    assert without_controls(text) == for_programs


@given(st.text())
def test_any_text_loses_its_control_characters(text: str) -> None:
    assert printable(text).isprintable()
    assert not any((ord(c) < 32 and c not in "\t\r\n") or 127 <= ord(c) < 160 for c in without_controls(text))
    assert without_controls(without_controls(text)) == without_controls(text)


@given(st.text())
def test_escaped_json_decodes_to_the_same_text(text: str) -> None:
    assert json.loads(without_controls(json.dumps(text, ensure_ascii=False))) == text


def test_json_text_is_ascii_and_decodes_paths() -> None:
    data = {"h\udcc3\udca4user": ["\udcff", ("\x7f\x1b\U0001f480",)], "n": [1, 0.5, None, True]}
    text = json_text(data)
    assert text.isascii() and text.isprintable()
    assert json.loads(text) == {"häuser": ["\udcff", ["\x7f\x1b\U0001f480"]], "n": [1, 0.5, None, True]}
