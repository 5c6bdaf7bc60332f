"""Load .npy and .npz files without running code from them."""

from __future__ import annotations

import hashlib
import os
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy

from nncli import system
from nncli.arrays import Array
from nncli.errors import NncliError
from nncli.text import shorten

PICKLE = b"\x80"  # the first byte of every pickle since protocol 2
PYTHON_OBJECTS = "contains Python objects, which could run code; save arrays of numbers"
BYTES_AT_ONCE = 1 << 22
SHARE_IN_MEMORY = 1 / 4  # of the memory: a larger file is mapped, because training holds a second copy of its numbers
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
LOCAL_HEADER = 30  # bytes of a member's header in a ZIP file, before its name and its extra field


def largest_in_memory() -> int:
    """Return the size in bytes of the largest file that is read into memory instead of mapped."""
    return int(SHARE_IN_MEMORY * system.memory_limit())


def is_mapped(path: str) -> bool:
    """Return whether the array of an .npy file, or x of an .npz file, is mapped and so takes no memory.

    This is also true if the file is missing, as it may be for predictions.
    """
    try:
        if Path(path).stat().st_size <= largest_in_memory():
            return False
        with Path(path).open("rb") as file:
            if not zipfile.is_zipfile(file):
                return _map_array(file, 0, os.fstat(file.fileno()).st_size) is not None
            with zipfile.ZipFile(file) as archive:
                return _map_member(file, archive, "x") is not None
    except FileNotFoundError:
        return True
    except Exception:  # of a damaged file, which training refuses
        return False


def array_digest(*paths: str) -> str:
    """Return the SHA-256 of files, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with Path(path).open("rb") as file:
            while block := file.read(BYTES_AT_ONCE):
                digest.update(block)
    return digest.hexdigest()


def load_array_file(path: str, largest: int) -> Any:
    """Return the array of an .npy file; of an .npz file, a mapping with x, y and the names of other members.

    In a file of more than `largest` bytes, arrays that are not compressed, in C order, are mapped read-only.
    """
    with _plain_errors(path), Path(path).open("rb") as file:
        start = file.read(8)
        if start.startswith(PICKLE):
            raise NncliError(PYTHON_OBJECTS, place=shorten(path, 200))
        size = os.fstat(file.fileno()).st_size
        if size > largest and start.startswith(npy.MAGIC_PREFIX):
            mapped = _map_array(file, 0, size)
            if mapped is not None:
                return mapped
        file.seek(0)
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            names = [name for name in ("x", "y") if name in loaded.files]
            arrays = {name: _member(file, loaded, name, may_map=size > largest) for name in names}
            if not all(isinstance(array, np.ndarray) for array in arrays.values()):
                raise ValueError("a member is not an .npy file")
            return dict.fromkeys(loaded.files) | arrays


def _member(file: IO[bytes], loaded: Any, name: str, *, may_map: bool) -> Array:
    """Return an array of an .npz file, mapped if possible. Raises BadZipFile if its bytes have another checksum."""
    mapped = _map_member(file, loaded.zip, name) if may_map else None
    if mapped is None:
        array: Array = loaded[name]
        return array
    with loaded.zip.open(f"{name}.npy") as member:  # compares the checksum at the end
        while member.read(BYTES_AT_ONCE):
            pass
    return mapped


def _map_member(file: IO[bytes], archive: zipfile.ZipFile, name: str) -> Array | None:
    """Return an array of an .npz file, mapped read-only, or None if it is compressed or cannot be mapped."""
    if f"{name}.npy" not in archive.namelist():
        return None
    info = archive.getinfo(f"{name}.npy")
    if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:  # or encrypted
        return None
    file.seek(info.header_offset)
    header = file.read(LOCAL_HEADER)
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    return _map_array(file, info.header_offset + LOCAL_HEADER + lengths, info.file_size)


def _map_array(file: IO[bytes], start: int, size: int) -> Array | None:
    """Return the array in the bytes of an .npy file, mapped read-only, or None if it cannot be mapped."""
    file.seek(start)
    read_header = HEADERS.get(npy.read_magic(file))
    if read_header is None:
        return None
    shape, fortran_order, dtype = read_header(file)
    offset = file.tell()
    count = int(np.prod(shape, dtype=object))
    if fortran_order or dtype.hasobject or not count or offset + count * dtype.itemsize != start + size:
        return None
    return np.memmap(file, dtype, "r", offset, shape)


@contextmanager
def _plain_errors(path: str) -> Iterator[None]:
    place = shorten(path, 200)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy warns about old headers, which current versions do not write
            yield
    except NncliError:
        raise
    except MemoryError:
        raise NncliError("is too large for this machine's memory", place=place) from None
    except Exception as error:  # zipfile and NumPy raise many kinds of errors on damaged files
        why = PYTHON_OBJECTS if "Object arrays" in str(error) else "is not a file of NumPy arrays, or is damaged"
        raise NncliError(why, place=place) from None
