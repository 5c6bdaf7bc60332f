"""Escape text from files so that a terminal only displays it."""

from __future__ import annotations

import codecs
import re
from typing import Any

# Characters that control a terminal (U+009B alone is the same as ESC and [), that change the direction of the text, and
# surrogates, which cannot be encoded. Tables need tabs and line ends, but a lone return would overwrite the line.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]|\r(?!\n)")
PATH_BYTES = "nncli.path_bytes"  # error handler of streams for characters that their encoding lacks


def printable(text: str) -> str:
    """Return text as one line for people, with line ends and other characters that are not printable as escapes."""
    if text.isprintable():
        return text
    text = decode_path(text)
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def without_controls(text: str) -> str:
    r"""Return text for programs, in CSV or JSON, with only control characters as escapes such as `\u001b`."""
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", decode_path(text))


def json_text(value: Any, indent: int | None = None) -> str:
    """Return data as JSON in ASCII, with paths in UTF-8 readable in any locale."""
    import json

    text = json.dumps(value, indent=indent)
    if "\\udc" in text:
        text = json.dumps(_decoded_strings(value), indent=indent)
    return without_controls(text)  # JSON escapes all but U+007F


def decode_path(text: str) -> str:
    """Return a path's text with bytes that the locale cannot decode decoded as UTF-8, if they are UTF-8."""
    try:
        return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # other surrogates, which can occur in a file but not in a path
        return text


def _decoded_strings(value: Any) -> Any:
    if isinstance(value, dict):
        return {_decoded_strings(key): _decoded_strings(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_decoded_strings(each) for each in value]
    return decode_path(value) if isinstance(value, str) else value


def _path_bytes(error: UnicodeError) -> tuple[bytes, int]:
    """Encode surrogates as the bytes of a path that they stand for, and other characters as escapes."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end]
    parts = (
        bytes([ord(c) - 0xDC00]) if "\udc80" <= c <= "\udcff" else c.encode("ascii", "backslashreplace") for c in text
    )
    return b"".join(parts), error.end


codecs.register_error(PATH_BYTES, _path_bytes)
