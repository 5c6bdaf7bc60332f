"""Bad data files with their specs, and the error that each must raise."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import Any, NamedTuple, TypeAlias

import numpy as np

Files: TypeAlias = dict[str, bytes | None]  # None stands for a folder

VALUES = "layers: [{type: dense, units: 1}]\nloss: mse\n"
TWO_CLASSES = "layers: [{type: dense, units: 2}, softmax]\nloss: categorical_crossentropy\n"
TABLE = "x,y\n" + "".join(f"{i},{i * i}\n" for i in range(10))


class BadFile(NamedTuple):
    """An experiment with its data files, and all lines of its error."""

    name: str
    spec: str
    files: Files
    error: str


def of_csv(name: str, content: str | bytes, error: str, more: str = "", rest: str = VALUES, **files: str) -> BadFile:
    """Return a case with a table whose target is y; `more` replaces its settings under `data:`."""
    spec = f"data: {{type: csv, path: t.csv, {more or 'target: y'}}}\n{rest}"
    return BadFile(name, spec, {"t.csv": _bytes(content)} | {f"{k}.csv": _bytes(v) for k, v in files.items()}, error)


def of_gzip(name: str, content: bytes, error: str) -> BadFile:
    """Return a case with a table whose name ends in .gz."""
    return BadFile(name, f"data: {{type: csv, path: t.csv.gz, target: y}}\n{VALUES}", {"t.csv.gz": content}, error)


def of_json(name: str, content: str, error: str, more: str = "target: y", rest: str = VALUES) -> BadFile:
    """Return a case with JSON lines whose target is y; `more` replaces its settings under `data:`."""
    return BadFile(name, f"data: {{type: csv, path: t.jsonl, {more}}}\n{rest}", {"t.jsonl": _bytes(content)}, error)


def of_npz(name: str, content: bytes, error: str, more: str = "", rest: str = VALUES, **files: bytes) -> BadFile:
    """Return a case with one file of the arrays x and y."""
    spec = f"data: {{type: npz, path: t.npz{more}}}\n{rest}"
    return BadFile(name, spec, {"t.npz": content} | {f"{key}.npz": value for key, value in files.items()}, error)


def of_npy(name: str, x: bytes, y: bytes, error: str) -> BadFile:
    """Return a case with a file of x and a file of y."""
    spec = f"data: {{type: npy, path: x.npy, target_path: y.npy}}\n{VALUES}"
    return BadFile(name, spec, {"x.npy": x, "y.npy": y}, error)


def npz(**arrays: Any) -> bytes:
    """Return the bytes of an .npz file."""
    file = io.BytesIO()
    np.savez(file, **{name: np.asarray(array) for name, array in arrays.items()})
    return file.getvalue()


def npy(array: Any, dtype: Any = None) -> bytes:
    """Return the bytes of an .npy file."""
    file = io.BytesIO()
    np.save(file, np.asarray(array, dtype))
    return file.getvalue()


def archive(**members: bytes) -> bytes:
    """Return the bytes of a zip file with any members."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive_file:
        for name, content in members.items():
            archive_file.writestr(name.replace("__", "."), content)
    return file.getvalue()


def _bytes(content: str | bytes) -> bytes:
    return content if isinstance(content, bytes) else content.encode()


def with_shape(shape: str) -> bytes:
    """Return an .npy file with three numbers and another shape in its header."""
    return npy([1.0, 2.0, 3.0]).replace(b"(3,), }" + b" " * (len(shape) - 4), f"{shape}, }}".encode())


PACKED = gzip.compress(TABLE.encode(), mtime=0)
LABELS = "x,label\n1,no\n2,yes\n3,no\n4,yes\n5,no\n6,yes\n"
TEST = "target: label, test: {path: test.csv}"
OWN_TEST = ", test: {path: test.npz}"
X, Y = np.arange(8.0).reshape(4, 2), np.arange(4.0)
