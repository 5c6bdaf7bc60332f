"""A hostile file is refused with one error, before any code in it runs and any memory is allocated for it."""

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
from nncli.store import arrays as arrays_module
from nncli.store import load_arrays, save_arrays


@pytest.fixture
def path(tmp_path):
    return tmp_path / "last.npz"


def rejection(path) -> str:
    with pytest.raises(NncliError) as caught:
        load_arrays(path)
    start = "is damaged, or was not written by nncli: "
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


def test_pickles_are_never_run(path, tmp_path):
    class Hostile:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "was-run"),)

    np.savez(path, a=np.array([Hostile()], object), allow_pickle=True)
    assert rejection(path) == "a.npy contains Python objects, which could run code"
    archive(path, {"a.npy": pickle.dumps(Hostile())})
    assert rejection(path).startswith("a.npy is damaged (")
    path.write_bytes(pickle.dumps(Hostile()))
    assert rejection(path) == "it is truncated, or not a zip file"
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        (header("(1000000000,)"), "a.npy has 0 bytes, which does not fit shape (1000000000,) of float64"),
        (header("(10, 10, 10)") + bytes(8), "a.npy has 8 bytes, which does not fit shape (10, 10, 10) of float64"),
        (header(f"({2**62}, 8)"), "a.npy has an invalid shape"),
        (header("(0, 99999999999999999999)"), "a.npy has an invalid shape"),
        (header("(-1,)"), "a.npy has an invalid shape"),
        (header("(True,)") + bytes(8), "a.npy has an invalid shape"),
        (header("(1, 1, 1, 1, 1, 1, 1, 1, 1)") + bytes(8), "a.npy has an invalid shape"),
        (header("(1,)", "'|O'") + bytes(8), "a.npy contains Python objects, which could run code"),
        (header("(1,)", "'<U2'") + bytes(8), "a.npy contains <U2, not numbers"),
        (header("(1,)", "'<c16'") + bytes(16), "a.npy contains complex128, not numbers"),
        (header("(1,)", "[('x', '<f8')]") + bytes(8), "a.npy contains [('x', '<f8')], not numbers"),
        (header("(1,)", "'<M8[s]'") + bytes(8), "a.npy contains datetime64[s], not numbers"),
        (b"", "a.npy is damaged (EOF: reading magic string, expected 8 bytes got 0)"),
        (
            header("(1,)", version=(2, 0)) + bytes(8),
            "a.npy is damaged (unsupported version of the .npy format)",
        ),
        (
            header("(1,)", version=(9, 9)) + bytes(8),
            "a.npy is damaged (unsupported version of the .npy format)",
        ),
    ],
)
def test_wrong_headers_are_refused(path, member, reason):
    archive(path, {"a.npy": member})
    assert rejection(path) == reason


@pytest.mark.parametrize(
    "text", ["(" * 900, "-" * 900 + "1", "{'descr': '<f8'}", "__import__('os')", "'" * 65_000, "1L"]
)
def test_headers_that_are_not_literals_are_refused(path, text):
    text = text.encode()
    archive(path, {"a.npy": npy.magic(1, 0) + len(text).to_bytes(2, "little") + text})
    assert rejection(path).startswith("a.npy is damaged (")


def test_compressed_file_is_refused(path):
    archive(path, {"a.npy": header("(1000000,)") + bytes(8_000_000)}, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 20_000
    assert rejection(path) == "a.npy is compressed or encrypted"


def test_overlapping_members_are_refused(path):
    """A zip bomb without compression: many entries of the table point to one member."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as file:
        file.writestr("a0.npy", header("(1000,)") + bytes(8000))
    data = body.getvalue()
    start = data.index(b"PK\x01\x02")
    entry = data[start : data.index(b"PK\x05\x06")]
    table = b"".join(entry.replace(b"a0.npy", f"a{i}.npy".encode()) for i in range(10))
    end = b"PK\x05\x06" + bytes(4) + (10).to_bytes(2, "little") * 2 + len(table).to_bytes(4, "little")
    path.write_bytes(data[:start] + table + end + start.to_bytes(4, "little") + bytes(2))
    assert rejection(path) == f"its arrays declare 81,280 bytes, but the file has {path.stat().st_size:,}"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../a.npy", "its member '../a.npy' is not an array"),
        ("a.txt", "its member 'a.txt' is not an array"),
        ("\x1b[2J.npy", "its member '\\x1b[2J.npy' is not an array"),
    ],
)
def test_invalid_member_names_are_refused(path, name, reason):
    archive(path, {name: header("(1,)") + bytes(8)})
    assert rejection(path) == reason


def test_duplicate_names_are_refused(path):
    archive(path, {"a.npy": header("(1,)") + bytes(8), "b.npy": header("(1,)") + bytes(8)})
    path.write_bytes(path.read_bytes().replace(b"b.npy", b"a.npy"))
    assert rejection(path) == "two of its arrays have the same name"


def test_size_limits_are_enforced(path, monkeypatch):
    archive(path, {f"a{i}.npy": b"" for i in range(41)})
    with monkeypatch.context() as change:
        change.setattr(arrays_module, "MAX_ARRAYS", 40)
        assert rejection(path) == "it has too many arrays (41)"
        change.setattr(arrays_module, "TABLE_LIMIT", 40 * 50)
        assert rejection(path) == "its table of contents is damaged"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    assert rejection(path) == "it is too large (1,099,511,627,776 bytes)"
    save_arrays(path, {"a": np.zeros(2000)})
    monkeypatch.setattr(arrays_module, "MAX_BYTES", 8000)
    monkeypatch.setattr(arrays_module, "MAX_ARRAYS", 2)
    monkeypatch.setattr(arrays_module, "TABLE_LIMIT", 20_000)
    assert rejection(path) == f"its arrays declare 16,264 bytes, but the file has {path.stat().st_size:,}"


def test_wrong_table_of_contents_is_refused(path):
    save_arrays(path, {"a": np.zeros(3), "b": np.zeros(3)})
    complete = path.read_bytes()
    assert complete[-22:-18] == b"PK\x05\x06"
    path.write_bytes(complete[:-10] + b"\xff\xff\xff\x7f" + complete[-6:])
    assert rejection(path) == "its table of contents is damaged"
    path.write_bytes(complete[:-42] + b"PK\x06\x07" + complete[-38:])
    assert rejection(path) == "it is truncated, or not a zip file"


def test_flipped_bit_is_detected(path):
    save_arrays(path, {"a": np.zeros(100)})
    data = bytearray(path.read_bytes())
    data[400] ^= 1
    path.write_bytes(data)
    assert rejection(path) == "a.npy is damaged (Bad CRC-32 for file 'a.npy')"


def test_large_declared_sizes_take_no_memory(path):
    """The largest declared sizes, in a process limited to 300 MB more than it uses."""
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
        return  # macOS does not limit a process this way
    loaded = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=30)
    assert loaded.stdout.startswith("is damaged, or was not written by nncli: a.npy has 0 bytes")


@settings(max_examples=200)
@given(data=st.data())
def test_any_damage_raises_nncli_error(tmp_path_factory, data):
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
        loaded = load_arrays(path)
    except NncliError as error:
        assert error.place == str(path)
        assert "\n" not in error.message
    else:
        assert sum(array.nbytes for array in loaded.values()) < 1000


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_header_raises_nncli_error(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "header.npz"
    archive(path, {"a.npy": npy.magic(1, 0) + data})
    with pytest.raises(NncliError):
        load_arrays(path)
