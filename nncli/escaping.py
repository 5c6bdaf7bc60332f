"""Text out of files, made such that a terminal shows it and does nothing else."""

from __future__ import annotations

import codecs
import re
from typing import Any

# What steers a terminal (U+009B alone begins as much as ESC and [ do), and what turns the direction of the text after
# it; and surrogates, which no encoding has. Tabs and line ends are of tables; a return alone would have a line written
# over.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)")
PATH_BYTES = "nncli.path_bytes"  # how a stream encodes what its encoding lacks


def printable(text: str) -> str:
    """Text for people, in one line: whatever is no printable character (a line end too) is written as an escape."""
    if text.isprintable():
        return text
    text = decoded(text)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def without_controls(text: str) -> str:
    r"""Text for programs, in CSV or JSON: each control character is written as `\u001b`, all else stays as it is."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", decoded(text))


def json_text(value: Any, indent: int | None = None) -> str:
    """Return data as JSON in ASCII, whose paths are readable in any locale if they are UTF-8."""
    import json

    text = json.dumps(value, indent=indent)
    if "\\udc" in text:
        text = json.dumps(_decoded_strings(value), indent=indent)
    return without_controls(text)  # JSON escapes all but U+007F


def decoded(text: str) -> str:
    """Return a path's text with the bytes that the locale cannot read decoded as UTF-8, as far as they are UTF-8."""
    try:
        return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # other surrogates, which a file can hold and no path
        return text


def _decoded_strings(value: Any) -> Any:
    if isinstance(value, dict):
        return {_decoded_strings(key): _decoded_strings(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_decoded_strings(each) for each in value]
    return decoded(value) if isinstance(value, str) else value


def _path_bytes(error: UnicodeError) -> tuple[bytes, int]:
    """Encode surrogates as the bytes of a path that they stand for, and other characters as escapes."""
    assert isinstance(error, UnicodeEncodeError)
    found = error.object[error.start : error.end]
    parts = (
        bytes([ord(c) - 0xDC00]) if "\udc80" <= c <= "\udcff" else c.encode("ascii", "backslashreplace") for c in found
    )
    return b"".join(parts), error.end


codecs.register_error(PATH_BYTES, _path_bytes)
