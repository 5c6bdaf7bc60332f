"""Samples from files of NumPy arrays, .npz and .npy; no file runs code."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from nncli.data.data import Samples
from nncli.data.description import Description
from nncli.data.lines import Stamp, shown
from nncli.errors import NncliError

Array: TypeAlias = NDArray[Any]

MOST_CLASSES = 1000


class Arrays(NamedTuple):
    """Inputs x (n, inputs) and targets y, (n,) or (n, outputs), as they were read."""

    place: str
    x: Array
    y: Array
    digest: str

    def describe(self, task: Literal["classes", "regression"] | None) -> Description:
        """The description; `task` says whether whole numbers are class numbers."""
        names = [f"x{i}" for i in range(self.x.shape[1])]
        if task == "classes" or (task is None and self.y.dtype.kind in "SUb"):
            return Description.of_numbers(
                len(self.x), names, ("y",), class_names=self._class_names(), digest=self.digest
            )
        outputs = 1 if self.y.ndim == 1 else self.y.shape[1]
        targets = ["y"] if outputs == 1 else [f"y{i}" for i in range(outputs)]
        return Description.of_numbers(len(self.x), names, targets, digest=self.digest)

    def samples(self, described: Description) -> Samples:
        """The samples for a network of the training set's description. Raises NncliError where they do not fit it."""
        inputs, outputs = len(described.columns), len(described.target_names)
        if self.x.shape[1] != inputs:
            raise NncliError(f"x has {self.x.shape[1]} numbers a sample, not {inputs} as in training", place=self.place)
        if not described.class_names:
            y = self.y.reshape(len(self.y), -1)
            if y.shape[1] != outputs:
                raise NncliError(f"y has {y.shape[1]} numbers a sample, not {outputs} as in training", place=self.place)
            return Samples(self.x.astype(np.float64), y.astype(np.float64))
        places = {name: i for i, name in enumerate(described.class_names)}
        found = [_class_name(value) for value in self.y.tolist()]
        unknown = next((i for i, name in enumerate(found) if name not in places), None)
        if unknown is not None:
            message = f'y[{unknown}] is "{shown(found[unknown], 20)}", which is no class of the training data'
            raise NncliError(message, place=self.place)
        return Samples(self.x.astype(np.float64), np.array([places[name] for name in found], np.intp))

    def _class_names(self) -> tuple[str, ...]:
        if self.y.ndim != 1:
            raise NncliError(f"y must have one class a sample, not the shape {self.y.shape}", place=self.place)
        if self.y.dtype.kind == "f" and not np.all(self.y == np.floor(self.y)):
            hint = "for values to be predicted, the loss is mse, mae or huber"
            raise NncliError("y must hold classes: names or whole numbers", place=self.place, hint=hint)
        names = tuple(_class_name(value) for value in np.unique(self.y).tolist())
        if len(names) < 2:
            raise NncliError(f"y has one class only: {shown(names[0])}", place=self.place)
        if len(names) > MOST_CLASSES:
            raise NncliError(
                f"y has {len(names):,} different classes, and {MOST_CLASSES:,} are the most", place=self.place
            )
        return names


@lru_cache(maxsize=4)
def read_arrays(path: str, stamp: Stamp, target_path: str = "", target_stamp: Stamp = (0, 0)) -> Arrays:
    """Reads x and y of an .npz file, or of two .npy files. Raises NncliError where they are no samples."""
    if target_path:
        x, y = _load(path), _load(target_path)
        if isinstance(x, dict) or isinstance(y, dict):
            raise NncliError("is an .npz file; `type: npz` reads one", place=path)
        digest = hashlib.sha256(Path(path).read_bytes() + Path(target_path).read_bytes())
    else:
        arrays = _load(path)
        if not isinstance(arrays, dict):
            raise NncliError("is no .npz file; `type: npy` reads two .npy files", place=path)
        for name in ("x", "y"):
            if name not in arrays:
                there = ", ".join(map(shown, list(arrays)[:8])) or "nothing"
                raise NncliError(f"has no array {name}; it holds {there}", place=path)
        x, y, digest = arrays["x"], arrays["y"], hashlib.sha256(Path(path).read_bytes())
    return Arrays(shown(path, 200), _inputs(path, x, y), y, digest.hexdigest())


def _inputs(path: str, x: Array, y: Array) -> Array:
    """x (n, inputs), once it is sure that x and y are samples."""
    if x.ndim == 0 or not x.size:
        raise NncliError(f"x has no samples, its shape is {x.shape}", place=path)
    if x.dtype.kind not in "biuf":
        raise NncliError(f"x must hold numbers, not {x.dtype}", place=path)
    if y.dtype.kind not in "biufUS" or y.ndim not in (1, 2) or (y.ndim == 2 and y.shape[1] == 0):
        raise NncliError(f"y must be (n,) or (n, outputs) of numbers or texts, not {y.dtype} {y.shape}", place=path)
    if len(x) != len(y):
        raise NncliError(f"x has {len(x)} samples, and y has {len(y)}", place=path)
    for name, array in (("x", x), ("y", y)):
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            first = np.argwhere(~np.isfinite(array))[0].tolist()
            raise NncliError(f"{name}{first} is {array[tuple(first)]}, and numbers must be finite", place=path)
    return x.reshape(len(x), -1)


def _load(path: str) -> Any:
    """An array, or of an .npz file each by its name."""
    with _told(path):
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            return {name: loaded[name] for name in loaded.files if name in ("x", "y")} or dict.fromkeys(loaded.files)


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        if "pickle" in str(error).lower() or "Object arrays" in str(error):
            raise NncliError("holds Python objects, which could run code; save arrays of numbers", place=path) from None
        raise NncliError(f"is no file of NumPy arrays, or damaged: {shown(str(error), 80)}", place=path) from None


def _class_name(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) else str(value)
