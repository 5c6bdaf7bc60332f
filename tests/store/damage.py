"""Damage files of a run as a faulty disk, a broken copy or an attacker might."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from hypothesis import strategies as st
from numpy.lib import format as npy

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]

ESCAPES = ["\x1b[2J\x1b[31m", "\x1b]0;title\x07", "\x9b31m", "[red]x[/red]", "[/]", "\u202etxt", "\0", "\r\n", "{x}%s"]
# Beyond what any machine can compute. A smaller number, for instance of samples, may be valid if the memory suffices.
HUGE = [
    "1" + "0" * 13,
    "-1" + "0" * 13,
    str(2**63),
    str(10**40),
    "9" * 5000,
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "-1",
]
WRONG = ["null", "true", "[]", "{}", '""', '"text"', "-0", "0.5", "1e-320", "0x10", ".inf", "~", "- x", "a: b"]
LONG = ["x" * 70_000, "[" * 1200, '{"a":' * 1200, "(" * 900, "\n" * 5000, "- " * 1200, "&a *a " * 500]
PIECES = [piece.encode("utf-8", "surrogatepass") for piece in (*ESCAPES, *HUGE, *WRONG, *LONG)]
PIECES += [b"\xff\xfe", b"\x80\x81", b"\xc3", b"\xed\xa0\x80", b"\x00" * 64, b"PK\x05\x06", b"\x93NUMPY"]
VALUES = [
    *(None, True, 0, -1, 0.5, 1e308, -1e-320, 10**13, 2**63, 10**40, float("nan"), float("inf")),
    *("", "x" * 5000, [], {}, [[[[]]]], {"a": {"b": 1}}, *ESCAPES),
]
DTYPES = ["<f4", "<f8", ">f8", "<i8", "<u1", "|b1", "<f2"]
SHAPES = [(), (0,), (1,), (2,), (1, 1), (3, 2), (1, 0, 1), (64,), (20, 20)]
COUNT_IN_ZIP = [0, 1, 0x7F, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF]


def flip_bits(draw: Draw, data: bytes) -> bytes:
    """Flip some bits."""
    flipped = bytearray(data)
    for _ in range(draw(st.integers(1, 4))):
        flipped[draw(st.integers(0, len(data) - 1))] ^= 1 << draw(st.integers(0, 7))
    return bytes(flipped)


def remove_piece(draw: Draw, data: bytes) -> bytes:
    """Remove a piece, or everything from some position on."""
    start = draw(st.integers(0, len(data) - 1))
    return data[:start] + (data[start + draw(st.integers(1, 200)) :] if draw(st.booleans()) else b"")


def repeat_piece(draw: Draw, data: bytes) -> bytes:
    """Repeat a piece twice or many times."""
    start = draw(st.integers(0, len(data) - 1))
    piece = data[start : start + draw(st.integers(1, 300))]
    return data[:start] + piece * draw(st.sampled_from([2, 3, 50])) + data[start + len(piece) :]


def insert_bytes(draw: Draw, data: bytes) -> bytes:
    """Insert something invalid, or overwrite as many bytes with it."""
    start, piece = draw(st.integers(0, len(data))), draw(st.sampled_from(PIECES))
    return data[:start] + piece + data[start + (len(piece) if draw(st.booleans()) else 0) :]


def replace_token(draw: Draw, data: bytes) -> bytes:
    """Replace a number or a word."""
    tokens = list(re.finditer(rb"[-+\w.]+", data[:200_000]))
    if not tokens:
        return insert_bytes(draw, data)
    token, piece = draw(st.sampled_from(tokens)), draw(st.sampled_from(PIECES))
    return data[: token.start()] + piece + data[token.end() :]


def replace_file(draw: Draw, data: bytes) -> bytes:
    """Replace the whole file."""
    return draw(st.sampled_from([b"", *PIECES]) | st.binary(max_size=200))


def value(draw: Draw, data: bytes) -> bytes:
    """Replace a value or a name in the JSON of a random line."""
    lines = data.splitlines() if data.count(b'{"epoch"') else [data]
    number = draw(st.integers(0, len(lines) - 1)) if lines else 0
    try:
        tree = json.loads(lines[number])
    except (ValueError, IndexError):
        return insert_bytes(draw, data)
    _change(draw, tree)
    lines[number] = json.dumps(tree, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")
    return b"\n".join(lines) + b"\n"


def _change(draw: Draw, tree: Any) -> None:
    """Change one value or name in a tree of dicts and lists."""
    while tree:
        key = draw(st.sampled_from(sorted(tree))) if isinstance(tree, dict) else draw(st.integers(0, len(tree) - 1))
        if isinstance(tree[key], dict | list) and tree[key] and draw(st.booleans()):
            tree = tree[key]
            continue
        if isinstance(tree, dict) and draw(st.integers(0, 3)) == 0:
            tree[draw(st.sampled_from(ESCAPES))] = tree.pop(key)
        else:
            tree[key] = draw(st.sampled_from(VALUES))
        return


def number_in_zip(draw: Draw, data: bytes) -> bytes:
    """Replace a number in the headers and tables of a zip file."""
    heads = [match.start() for match in re.finditer(rb"PK[\x01\x03\x05][\x02\x04\x06]", data)]
    if not heads:
        return insert_bytes(draw, data)
    at, size = draw(st.sampled_from(heads)) + draw(st.integers(4, 44)), draw(st.sampled_from([1, 2, 4]))
    number = draw(st.sampled_from(COUNT_IN_ZIP)) % (1 << 8 * size)
    return data[:at] + number.to_bytes(size, "little") + data[at + size :]


def array(draw: Draw, data: bytes) -> bytes:
    """Change the values, shape, type or name of an array, or remove it, with correct checksums."""
    with np.load(io.BytesIO(data), allow_pickle=False) as match:
        arrays = {name: match[name] for name in match.files}
    name = draw(st.sampled_from(sorted(arrays)))
    match draw(st.sampled_from(["values", "one", "shape", "dtype", "name", "missing", "text"])):
        case "values":
            kind = arrays[name].dtype
            odd = [np.nan, np.inf, -np.inf, 3e38, 0.0, -1.0] if kind.kind == "f" else [0, 1, 127]
            arrays[name] = np.full(arrays[name].shape, draw(st.sampled_from(odd))).astype(kind)
        case "one" if arrays[name].size:
            arrays[name] = arrays[name].copy()
            arrays[name].flat[draw(st.integers(0, arrays[name].size - 1))] = draw(st.sampled_from([0, 1, 100]))
        case "shape":
            arrays[name] = np.ones(draw(st.sampled_from(SHAPES)), arrays[name].dtype)
        case "dtype":
            arrays[name] = np.ones(arrays[name].shape, draw(st.sampled_from(DTYPES)))
        case "name":
            arrays[draw(st.sampled_from(["x", "epoch", "layers.9.weights", "../x", "\x1b[2J"]))] = arrays.pop(name)
        case "missing":
            del arrays[name]
        case _:
            text = value(draw, arrays["data.description"].tobytes()) if "data.description" in arrays else b"{}"
            arrays["data.description"] = np.frombuffer(text, np.uint8)
    return _zip_of({each: _npy(arrays[each]) for each in arrays})


def header(draw: Draw, data: bytes) -> bytes:
    """Damage the header of an array, with correct checksums."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name.removesuffix(".npy"): archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(members)))
    change = draw(st.sampled_from([flip_bits, insert_bytes, replace_token, remove_piece]))
    members[name] = change(draw, members[name][:128]) + members[name][128:]
    return _zip_of(members)


def _npy(array: Any) -> bytes:
    file = io.BytesIO()
    npy.write_array(file, array, version=(1, 0), allow_pickle=False)
    return file.getvalue()


def _zip_of(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), text)
    return file.getvalue()


ANY = [flip_bits, remove_piece, repeat_piece, insert_bytes, replace_token, replace_file]
OF_KIND = {
    ".npz": [number_in_zip, array, array, header],
    ".json": [value, value],
    ".jsonl": [value, value],
    ".yaml": [],
}


def damage_file(draw: Draw, data: bytes, suffix: str) -> bytes:
    """Damage a file once or twice: first in a way specific to its format if there is one, then arbitrarily."""
    data = draw(st.sampled_from([*OF_KIND[suffix], *ANY]))(draw, data)
    if data and draw(st.integers(0, 3)) == 0:
        data = draw(st.sampled_from(ANY))(draw, data)
    return data
