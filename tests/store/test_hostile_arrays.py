"""A hostile file ends in one error, before anything in it is run or allocated."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib import format as npy

from nncli.errors import NncliError
from nncli.store import arrays as module
from nncli.store import load_arrays, save_arrays


@pytest.fixture
def path(tmp_path):
    return tmp_path / "last.npz"


def why(path) -> str:
    with pytest.raises(NncliError) as caught:
        load_arrays(path)
    start = "is not a checkpoint that nncli wrote: "
    assert caught.value.place == str(path)
    assert caught.value.message.startswith(start)
    return caught.value.message.removeprefix(start)


def header(shape: str, descr: str = "'<f8'", version: tuple[int, int] = (1, 0)) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return npy.magic(*version) + len(text).to_bytes(2 if version == (1, 0) else 4, "little") + text.encode()


def archive(path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)


def test_pickles_are_not_run(path, tmp_path):
    class Hostile:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "was-run"),)

    np.savez(path, a=np.array([Hostile()], object), allow_pickle=True)
    assert why(path) == "a.npy holds Python objects, which could run code"
    archive(path, {"a.npy": pickle.dumps(Hostile())})
    assert why(path).startswith("a.npy is damaged (")
    path.write_bytes(pickle.dumps(Hostile()))
    assert why(path) == "it is no zip file, or cut short"
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (header("(1000000000,)"), "a.npy has 0 bytes for shape (1000000000,) of float64"),
        (header("(10, 10, 10)") + bytes(8), "a.npy has 8 bytes for shape (10, 10, 10) of float64"),
        (header(f"({2**62}, 8)"), "a.npy has a shape that no array has"),
        (header("(0, 99999999999999999999)"), "a.npy has a shape that no array has"),
        (header("(-1,)"), "a.npy has a shape that no array has"),
        (header("(True,)") + bytes(8), "a.npy has a shape that no array has"),
        (header("(1, 1, 1, 1, 1, 1, 1, 1, 1)") + bytes(8), "a.npy has a shape that no array has"),
        (header("(1,)", "'|O'") + bytes(8), "a.npy holds Python objects, which could run code"),
        (header("(1,)", "'<U2'") + bytes(8), "a.npy holds <U2, not numbers"),
        (header("(1,)", "'<c16'") + bytes(16), "a.npy holds complex128, not numbers"),
        (header("(1,)", "[('x', '<f8')]") + bytes(8), "a.npy holds [('x', '<f8')], not numbers"),
        (header("(1,)", "'<M8[s]'") + bytes(8), "a.npy holds datetime64[s], not numbers"),
        (b"", "a.npy is damaged (EOF: reading magic string, expected 8 bytes got 0)"),
        (
            header("(1,)", version=(2, 0)) + bytes(8),
            "a.npy is damaged (a version of .npy that nncli does not write)",
        ),
        (
            header("(1,)", version=(9, 9)) + bytes(8),
            "a.npy is damaged (a version of .npy that nncli does not write)",
        ),
    ],
)
def test_headers_that_lie(path, member, reason):
    archive(path, {"a.npy": member})
    assert why(path) == reason


@pytest.mark.parametrize(
    "text", ["(" * 900, "-" * 900 + "1", "{'descr': '<f8'}", "__import__('os')", "'" * 65_000, "1L"]
)
def test_headers_that_are_no_literal(path, text):
    text = text.encode()
    archive(path, {"a.npy": npy.magic(1, 0) + len(text).to_bytes(2, "little") + text})
    assert why(path).startswith("a.npy is damaged (")


def test_a_zip_bomb(path):
    archive(path, {"a.npy": header("(1000000,)") + bytes(8_000_000)}, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 20_000
    assert why(path) == "a.npy is compressed or encrypted"


def test_members_that_share_their_bytes(path):
    """A bomb without compression: many entries of the table point at one member."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as file:
        file.writestr("a0.npy", header("(1000,)") + bytes(8000))
    data = body.getvalue()
    start = data.index(b"PK\x01\x02")
    entry = data[start : data.index(b"PK\x05\x06")]
    table = b"".join(entry.replace(b"a0.npy", f"a{i}.npy".encode()) for i in range(10))
    end = b"PK\x05\x06" + bytes(4) + (10).to_bytes(2, "little") * 2 + len(table).to_bytes(4, "little")
    path.write_bytes(data[:start] + table + end + start.to_bytes(4, "little") + bytes(2))
    assert why(path) == f"its arrays would take 81,280 bytes, and the file has {path.stat().st_size:,}"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../a.npy", "it holds '../a.npy', which is no name of an array"),
        ("a.txt", "it holds 'a.txt', which is no name of an array"),
        ("\x1b[2J.npy", "it holds '\\x1b[2J.npy', which is no name of an array"),
    ],
)
def test_names_that_are_none(path, name, reason):
    archive(path, {name: header("(1,)") + bytes(8)})
    assert why(path) == reason


def test_two_of_one_name(path):
    archive(path, {"a.npy": header("(1,)") + bytes(8), "b.npy": header("(1,)") + bytes(8)})
    path.write_bytes(path.read_bytes().replace(b"b.npy", b"a.npy"))
    assert why(path) == "it holds two arrays of one name"


def test_too_many_and_too_much(path, monkeypatch):
    archive(path, {f"a{i}.npy": b"" for i in range(41)})
    with monkeypatch.context() as change:
        change.setattr(module, "MAX_ARRAYS", 40)
        assert why(path) == "it holds 41 arrays"
        change.setattr(module, "TABLE_LIMIT", 40 * 50)
        assert why(path) == "its table of contents is damaged"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert why(path) == "it has 1,099,511,627,776 bytes"
    save_arrays(path, {"a": np.zeros(2000)})
    monkeypatch.setattr(module, "LIMIT", 8000)
    monkeypatch.setattr(module, "MAX_ARRAYS", 2)
    monkeypatch.setattr(module, "TABLE_LIMIT", 20_000)
    assert why(path) == f"its arrays would take 16,264 bytes, and the file has {path.stat().st_size:,}"


def test_a_table_that_lies_about_the_file(path):
    save_arrays(path, {"a": np.zeros(3), "b": np.zeros(3)})
    whole = path.read_bytes()
    assert whole[-22:-18] == b"PK\x05\x06"
    path.write_bytes(whole[:-10] + b"\xff\xff\xff\x7f" + whole[-6:])
    assert why(path) == "its table of contents is damaged"
    path.write_bytes(whole[:-42] + b"PK\x06\x07" + whole[-38:])
    assert why(path) == "it is no zip file, or cut short"


def test_a_flipped_bit_in_the_numbers(path):
    save_arrays(path, {"a": np.zeros(100)})
    data = bytearray(path.read_bytes())
    data[400] ^= 1
    path.write_bytes(data)
    assert why(path) == "a.npy is damaged (Bad CRC-32 for file 'a.npy')"


def test_no_hostile_file_takes_memory(path):
    """The files above with the largest claims, in a process that may have 300 MB on top of what it has."""
    members = {"a.npy": header("(134217728,)"), "b.npy": header("(1000000000000,)")}
    archive(path, members)
    script = (
        "import resource, sys, pathlib, numpy, zipfile\nfrom nncli.errors import NncliError\n"
        "from nncli.store import load_arrays\n"
        "used = int(open('/proc/self/statm').read().split()[0]) * resource.getpagesize()\n"
        "resource.setrlimit(resource.RLIMIT_AS, (used + 300_000_000,) * 2)\n"
        "try: load_arrays(pathlib.Path(sys.argv[1]))\nexcept NncliError as error: print(error.message)"
    )
    if not Path("/proc/self/statm").exists():
        return  # macOS does not bound a process so
    found = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=30)
    assert found.stdout.startswith("is not a checkpoint that nncli wrote: a.npy has 0 bytes")


@settings(max_examples=200)
@given(data=st.data())
def test_any_damage_ends_in_one_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    archive(path, {"layers.0.weights.npy": header("(2, 3)") + bytes(48), "epoch.npy": header("()", "'<i8'") + bytes(8)})
    damaged = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        change = data.draw(st.sampled_from(["set", "cut", "insert"]))
        if change == "set":
            damaged[at] = data.draw(st.integers(0, 255))
        elif change == "cut":
            del damaged[at : at + data.draw(st.integers(1, 8))]
        else:
            damaged[at:at] = data.draw(st.binary(min_size=1, max_size=8))
    path.write_bytes(damaged)
    try:
        found = load_arrays(path)
    except NncliError as error:
        assert error.place == str(path)
        assert "\n" not in error.message
    else:
        assert sum(array.nbytes for array in found.values()) < 1000


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_header_ends_in_one_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "header.npz"
    archive(path, {"a.npy": npy.magic(1, 0) + data})
    with pytest.raises(NncliError):
        load_arrays(path)
