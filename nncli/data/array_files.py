"""Load .npy and .npz files without running code from them."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from nncli.errors import NncliError
from nncli.text import shorten

PICKLE = b"\x80"  # the first byte of every pickle since protocol 2
PYTHON_OBJECTS = "contains Python objects, which could run code; save arrays of numbers"
BYTES_AT_ONCE = 1 << 22


def array_digest(*paths: str) -> str:
    """Return the SHA-256 of files, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with Path(path).open("rb") as file:
            while block := file.read(BYTES_AT_ONCE):
                digest.update(block)
    return digest.hexdigest()


def load_array_file(path: str) -> Any:
    """Return the array of an .npy file; of an .npz file, a mapping with x, y and the names of other members."""
    with _plain_errors(path), Path(path).open("rb") as file:
        start = file.read(8)
        if start.startswith(PICKLE):
            raise NncliError(PYTHON_OBJECTS, place=shorten(path, 200))
        file.seek(0)
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            arrays = {name: loaded[name] for name in ("x", "y") if name in loaded.files}
            if not all(isinstance(array, np.ndarray) for array in arrays.values()):
                raise ValueError("a member is not an .npy file")
            return dict.fromkeys(loaded.files) | arrays


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
