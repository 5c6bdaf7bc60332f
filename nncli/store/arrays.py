"""Named arrays in one .npz file, read so that a file from a stranger can do no harm."""

from __future__ import annotations

import math
import os
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO

from nncli.errors import NncliError
from nncli.store.atomic import atomic_write, os_error
from nncli.store.format import FORMAT, KEY, check_format
from nncli.store.npz import write_npz
from nncli.system import open_file
from nncli.text import shorten

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

    from nncli.arrays import Array, Shape

MAX_BYTES = 1 << 30  # of all arrays in a file
MAX_ARRAYS = 10_000
NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
KINDS = "biuf"
HEADER_LIMIT = 1024  # characters; headers written by nncli have 118
MAX_AXES = 8
MAX_REASON_LENGTH = 120  # characters
# A zip file ends with a table of its members, followed by a record of 22 bytes with the table's position.
END_SIZE, END_SIGNATURE, ZIP64_SIGNATURE = 22, b"PK\x05\x06", b"PK\x06\x07"
TABLE_LIMIT = MAX_ARRAYS * 256
DAMAGED_HINT = "restore the file from a copy, or train the run again"


class _InvalidFile(Exception):
    """The file was not written by nncli; the message says why."""


def save_arrays(path: Path, arrays: Mapping[str, Array], *, sync: bool = True) -> None:
    """Write named arrays of numbers atomically.

    Raises NncliError if there are too many arrays or they are too large, ValueError for an invalid name or dtype.
    """
    import numpy as np

    size = sum(array.nbytes for array in arrays.values())
    if size > MAX_BYTES or len(arrays) > MAX_ARRAYS:
        message = f"cannot be written: {len(arrays):,} arrays with {size / MAX_BYTES:.2f} GiB"
        hint = f"reduce the size of the layers: a file holds at most {MAX_ARRAYS:,} arrays with 1 GiB in total"
        raise NncliError(message, place=str(path), hint=hint)
    for name, array in arrays.items():
        if not NAME.fullmatch(name) or array.dtype.kind not in KINDS or array.dtype.itemsize > 8:
            raise ValueError(f"cannot store {name!r} of dtype {array.dtype}")
    with atomic_write(path, sync=sync) as file:
        write_npz(file, {KEY: np.array(FORMAT), **arrays}.items())


def load_arrays(path: Path) -> dict[str, Array]:
    """Read arrays written by `save_arrays`.

    Raises NncliError for any other file, before running code from it or allocating memory for it.
    """
    try:
        with open_file(path) as file:
            arrays = _read(file)
    except OSError as error:
        raise os_error("be read", path, error) from error
    except _InvalidFile as reason:
        message = f"is damaged, or was not written by nncli: {reason}"
        raise NncliError(message, place=str(path), hint=DAMAGED_HINT) from reason.__cause__
    if (number := arrays.pop(KEY, None)) is not None:
        check_format(number.tolist(), path)
    return arrays


def _read(file: BinaryIO) -> dict[str, Array]:
    import zipfile

    size = _check_end(file)
    try:
        archive = zipfile.ZipFile(file)
    except OSError:
        raise
    except Exception as error:  # zipfile raises a dozen different exceptions for a damaged table
        raise _InvalidFile(f"its table of contents is damaged ({shorten(str(error), MAX_REASON_LENGTH)})") from error
    with archive:
        members = archive.infolist()
        _check_members(members, size)
        return {member.filename[:-4]: _read_member(archive, member) for member in members}


def _check_end(file: BinaryIO) -> int:
    """Return the size of the file after checking that its table of contents is small enough to read."""
    size = file.seek(0, os.SEEK_END)
    if size < END_SIZE:
        raise _InvalidFile("it is truncated, or not a zip file" if size else "it is empty")
    if size > MAX_BYTES + TABLE_LIMIT + MAX_ARRAYS * 2 * HEADER_LIMIT:
        raise _InvalidFile(f"it is too large ({size:,} bytes)")
    file.seek(max(size - END_SIZE - 20, 0))
    tail = file.read()
    end = tail[-END_SIZE:]
    table, start = int.from_bytes(end[12:16], "little"), int.from_bytes(end[16:20], "little")
    if not end.startswith(END_SIGNATURE) or tail.startswith(ZIP64_SIGNATURE):
        raise _InvalidFile("it is truncated, or not a zip file")
    if table > TABLE_LIMIT or start + table + END_SIZE != size:
        raise _InvalidFile("its table of contents is damaged")
    file.seek(0)
    return size


def _check_members(members: list[ZipInfo], size: int) -> None:
    names = {member.filename for member in members}
    if len(members) > MAX_ARRAYS:
        raise _InvalidFile(f"it has too many arrays ({len(members):,})")
    if len(names) < len(members):
        raise _InvalidFile("two of its arrays have the same name")
    for member in members:
        name = member.filename
        if not name.endswith(".npy") or not NAME.fullmatch(name[:-4]):
            raise _InvalidFile(f"its member {name[:80]!a} is not an array")
        if member.compress_type != 0 or member.compress_size != member.file_size or member.flag_bits & 1:
            raise _InvalidFile(f"{name} is compressed or encrypted")
    declared = sum(member.file_size for member in members)
    if declared > min(size, MAX_BYTES + MAX_ARRAYS * HEADER_LIMIT):
        raise _InvalidFile(f"its arrays declare {declared:,} bytes, but the file has {size:,}")


def _read_member(archive: ZipFile, member: ZipInfo) -> Array:
    """Read one array, never more than its declared size."""
    import numpy as np

    try:
        with archive.open(member) as file, warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy warns about old headers, which nncli never writes
            shape, columns_first, dtype = _read_header(file)
            _check_header(member, file.tell(), shape, dtype)
            data = bytearray(file.read())
        array = np.frombuffer(data, dtype).reshape(shape, order="F" if columns_first else "C")
        return array.astype(dtype.newbyteorder("="), copy=False)
    except (OSError, _InvalidFile):
        raise
    except Exception as error:  # as for the table: zipfile and NumPy raise many kinds
        raise _InvalidFile(f"{member.filename} is damaged ({shorten(str(error), MAX_REASON_LENGTH)})") from error


def _read_header(file: IO[bytes]) -> tuple[Shape, bool, Any]:
    from numpy.lib import format as npy

    if npy.read_magic(file) != (1, 0):  # the only version that limits the length of its header
        raise ValueError("unsupported version of the .npy format")
    return npy.read_array_header_1_0(file, max_header_size=HEADER_LIMIT)


def _check_header(member: ZipInfo, header: int, shape: Shape, dtype: Any) -> None:
    if dtype.hasobject:
        raise _InvalidFile(f"{member.filename} contains Python objects, which could run code")
    if dtype.kind not in KINDS or dtype.itemsize > 8:
        raise _InvalidFile(f"{member.filename} contains {dtype}, not numbers")
    if len(shape) > MAX_AXES or any(type(n) is not int or not 0 <= n <= MAX_BYTES for n in shape):
        raise _InvalidFile(f"{member.filename} has an invalid shape")
    if math.prod(shape) * dtype.itemsize != member.file_size - header:
        size = member.file_size - header
        raise _InvalidFile(f"{member.filename} has {size:,} bytes, which does not fit shape {shape} of {dtype}")
