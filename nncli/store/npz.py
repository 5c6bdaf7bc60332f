"""Write named arrays as a .npz file: an uncompressed zip archive of .npy files."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from nncli.arrays import Array, Shape

# Records of the zip format, in little-endian order. Members have the same fields in front of them and in the table.
MEMBER = struct.Struct("<4s5H3L2H")
ENTRY = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")
VERSION = 20  # needed to read the file: 2.0
UNIX = 3 << 8
DATE = 1 << 5 | 1  # the earliest, 1980-01-01, so that the same arrays give the same file
PERMISSIONS = 0o600 << 16


def write_npz(file: BinaryIO, arrays: Iterable[tuple[str, Array]]) -> None:
    """Write arrays with ASCII names, at most 65,535 with 4 GiB.

    The file has the bytes that `zipfile` writes, which takes several times as long.
    """
    import numpy as np

    table, start = list[bytes](), 0
    for name, array in arrays:
        path = f"{name}.npy".encode("ascii")
        columns_first = bool(array.flags.f_contiguous and not array.flags.c_contiguous)
        header = _header(array.dtype.str, columns_first, array.shape)
        data = array.ravel("F" if columns_first else "C").view(np.uint8).data
        size = len(header) + len(data)
        fields = (VERSION, 0, 0, 0, DATE, zlib.crc32(data, zlib.crc32(header)), size, size, len(path), 0)
        for part in (MEMBER.pack(b"PK\3\4", *fields), path, header, data):
            file.write(part)
        table.append(ENTRY.pack(b"PK\1\2", UNIX | VERSION, *fields, 0, 0, 0, PERMISSIONS, start) + path)
        start += MEMBER.size + len(path) + size
    entries = b"".join(table)
    file.write(entries + END.pack(b"PK\5\6", 0, 0, len(table), len(table), len(entries), start, 0))


@lru_cache(maxsize=256)
def _header(dtype: str, columns_first: bool, shape: Shape) -> bytes:
    """Return the beginning of a .npy file."""
    from numpy.lib import format as npy

    file = io.BytesIO()
    npy.write_array_header_1_0(file, {"descr": dtype, "fortran_order": columns_first, "shape": shape})
    return file.getvalue()
