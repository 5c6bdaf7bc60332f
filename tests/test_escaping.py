"""What is no visible character is escaped; all else stays as it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nncli.escaping import printable


def test_control_characters_of_all_kinds():
    assert printable("a\x1b[2J\r\n\x9b31m\u202e\ud800é日") == "a\\x1b[2J\\r\\n\\x9b31m\\u202e\\ud800é日"


@given(st.text())
def test_what_comes_out_is_printable(text):
    assert printable(text).isprintable()
    assert (printable(text) == text) == text.isprintable()
