"""Arrays by name in one .npz file, read so that a file from a stranger can do no harm."""

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
from nncli.system import open_file
from nncli.text import shorten

if TYPE_CHECKING:
    from zipfile import ZipFile, ZipInfo

    from nncli.arrays import Array, Shape

LIMIT = 1 << 30  # bytes of arrays in a file
MAX_ARRAYS = 10_000
NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
KINDS = "biuf"
HEADER_LIMIT = 1024  # characters; ours have 118
MAX_AXES = 8
MAX_REASON_LENGTH = 120  # characters
# A zip file ends in a table of its members and a record of 22 bytes that says where the table is.
END, END_RECORD, END_OF_64_BITS = 22, b"PK\x05\x06", b"PK\x06\x07"
TABLE_LIMIT = MAX_ARRAYS * 256


class _Unfit(Exception):
    """Why a file is none of ours."""


def save_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Writes arrays of numbers by name, whole or not at all.

    Raises NncliError where they are too many or too large, and ValueError for a name or dtype that no file may hold.
    """
    import zipfile

    import numpy as np

    size = sum(array.nbytes for array in arrays.values())
    if size > LIMIT or len(arrays) > MAX_ARRAYS:
        found = f"{len(arrays):,} arrays of {size / LIMIT:.2f} GiB"
        raise NncliError(f"cannot be written: {found}, and a file holds {MAX_ARRAYS:,} of 1 GiB", place=str(path))
    with atomic_write(path) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in {KEY: np.array(FORMAT), **arrays}.items():
            if not NAME.fullmatch(name) or array.dtype.kind not in KINDS or array.dtype.itemsize > 8:
                raise ValueError(f"cannot keep {name!r} of dtype {array.dtype}")
            # ZipInfo's own date, 1980, so that the same arrays make the same file
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as member:
                np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)


def load_arrays(path: Path) -> dict[str, Array]:
    """Reads what `save_arrays` wrote. Raises NncliError for anything else, before any of it is run or allocated."""
    try:
        with open_file(path) as file:
            arrays = _read(file)
    except OSError as error:
        raise os_error("be read", path, error) from error
    except _Unfit as why:
        raise NncliError(f"is not a checkpoint that nncli wrote: {why}", place=str(path)) from why.__cause__
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
    except Exception as error:  # zipfile raises a dozen kinds for a table that makes no sense
        raise _Unfit(f"its table of contents is damaged ({shorten(str(error), MAX_REASON_LENGTH)})") from error
    with archive:
        members = archive.infolist()
        _check_members(members, size)
        return {member.filename[:-4]: _read_member(archive, member) for member in members}


def _check_end(file: BinaryIO) -> int:
    """The size of the file, once it is sure that its table of contents is small enough to be read."""
    size = file.seek(0, os.SEEK_END)
    if size < END:
        raise _Unfit("it is empty" if not size else "it is no zip file, or cut short")
    if size > LIMIT + TABLE_LIMIT + MAX_ARRAYS * 2 * HEADER_LIMIT:
        raise _Unfit(f"it has {size:,} bytes")
    file.seek(max(size - END - 20, 0))
    tail = file.read()
    end = tail[-END:]
    table, start = int.from_bytes(end[12:16], "little"), int.from_bytes(end[16:20], "little")
    if not end.startswith(END_RECORD) or tail.startswith(END_OF_64_BITS):
        raise _Unfit("it is no zip file, or cut short")
    if table > TABLE_LIMIT or start + table + END != size:
        raise _Unfit("its table of contents is damaged")
    file.seek(0)
    return size


def _check_members(members: list[ZipInfo], size: int) -> None:
    names = {member.filename for member in members}
    if len(members) > MAX_ARRAYS:
        raise _Unfit(f"it holds {len(members):,} arrays")
    if len(names) < len(members):
        raise _Unfit("it holds two arrays of one name")
    for member in members:
        name = member.filename
        if not name.endswith(".npy") or not NAME.fullmatch(name[:-4]):
            raise _Unfit(f"it holds {name[:80]!a}, which is no name of an array")
        if member.compress_type != 0 or member.compress_size != member.file_size or member.flag_bits & 1:
            raise _Unfit(f"{name} is compressed or encrypted")
    declared = sum(member.file_size for member in members)
    if declared > min(size, LIMIT + MAX_ARRAYS * HEADER_LIMIT):
        raise _Unfit(f"its arrays would take {declared:,} bytes, and the file has {size:,}")


def _read_member(archive: ZipFile, member: ZipInfo) -> Array:
    """One array. The size that was declared bounds all that is read."""
    import numpy as np

    try:
        with archive.open(member) as file, warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy warns of old headers, and none of ours is old
            shape, columns_first, dtype = _read_header(file)
            _check_header(member, file.tell(), shape, dtype)
            data = bytearray(file.read())
        array = np.frombuffer(data, dtype).reshape(shape, order="F" if columns_first else "C")
        return array.astype(dtype.newbyteorder("="), copy=False)
    except (OSError, _Unfit):
        raise
    except Exception as error:  # as with the table: whatever zipfile and NumPy make of what makes no sense
        raise _Unfit(f"{member.filename} is damaged ({shorten(str(error), MAX_REASON_LENGTH)})") from error


def _read_header(file: IO[bytes]) -> tuple[Shape, bool, Any]:
    from numpy.lib import format as npy

    if npy.read_magic(file) != (1, 0):  # the only version whose header is short by its format
        raise ValueError("a version of .npy that nncli does not write")
    return npy.read_array_header_1_0(file, max_header_size=HEADER_LIMIT)


def _check_header(member: ZipInfo, header: int, shape: Shape, dtype: Any) -> None:
    if dtype.hasobject:
        raise _Unfit(f"{member.filename} holds Python objects, which could run code")
    if dtype.kind not in KINDS or dtype.itemsize > 8:
        raise _Unfit(f"{member.filename} holds {dtype}, not numbers")
    if len(shape) > MAX_AXES or any(type(n) is not int or not 0 <= n <= LIMIT for n in shape):
        raise _Unfit(f"{member.filename} has a shape that no array has")
    if math.prod(shape) * dtype.itemsize != member.file_size - header:
        raise _Unfit(f"{member.filename} has {member.file_size - header:,} bytes for shape {shape} of {dtype}")
