"""Read samples from NumPy files, .npz and .npy, without running code from them."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.data import Samples
from nncli.data.description import Description, Task
from nncli.data.file_source import FileSource
from nncli.data.lines import Stamp
from nncli.data.targets import NUMBERS, TRUTHS, VALUES_HINT
from nncli.data.values import LARGEST
from nncli.errors import NncliError, UsageError
from nncli.text import list_names, plural, quote, shorten

MAX_CLASSES = 1000
ROWS_AT_ONCE, BYTES_AT_ONCE = 1 << 14, 1 << 22
PICKLE = b"\x80"  # the first byte of every pickle since protocol 2
PYTHON_OBJECTS = "contains Python objects, which could run code; save arrays of numbers"


class Arrays(NamedTuple):
    """Inputs x (n, inputs) and targets y, (n,) or (n, outputs), as read from files."""

    place: str
    target_place: str
    x: Array
    y: Array
    digest: str

    @property
    def targets(self) -> int:
        """The number of values of y per sample."""
        return 1 if self.y.ndim == 1 else int(self.y.shape[1])

    def describe(self, task: Task | None) -> Description:
        """Return the description; `task` decides if whole numbers are classes, and if 0 and 1 are labels."""
        names = [f"x{i}" for i in range(self.x.shape[1])]
        targets = ["y"] if self.targets == 1 else [f"y{i}" for i in range(self.targets)]
        if task == "multilabel":
            self._check_not_constant(self._labels())
            values = TRUTHS if self.y.dtype.kind == "b" else NUMBERS
            labels = (values,) * self.targets
            return Description.of_numbers(len(self.x), names, targets, label_names=labels, digest=self.digest)
        if task == "classes" or (task is None and self.y.dtype.kind in "SUb"):
            return Description.of_numbers(
                len(self.x), names, ("y",), class_names=self._class_names(), digest=self.digest
            )
        self._check_numeric()
        return Description.of_numbers(len(self.x), names, targets, digest=self.digest)

    def samples(self, described: Description) -> Samples:
        """Return the samples for a network trained on `described`. Raises NncliError if they do not fit it."""
        inputs, outputs = len(described.columns), len(described.target_names)
        if self.x.shape[1] != inputs:
            raise NncliError(self._misfit("x", self.x.shape[1], inputs), place=self.place)
        x = self.x if self.x.dtype in (np.float32, np.float64) else self.x.astype(np.float64)
        if described.class_names:
            return Samples(x, self._class_numbers(described.class_names))
        if self.targets != outputs:
            raise NncliError(self._misfit("y", self.targets, outputs), place=self.target_place)
        if described.label_names:
            return Samples(x, self._labels())
        self._check_numeric()
        return Samples(x, self.y.reshape(len(self.y), -1).astype(np.float64))

    def _class_numbers(self, names: tuple[str, ...]) -> Array:
        """Return the class numbers (n,) of y, which holds classes or one-hot rows."""
        if self.targets > 1 and self.targets != len(names):
            message = f"y has {self.targets} one-hot columns, but the training data has {len(names)} classes"
            raise NncliError(message, place=self.target_place)
        places = {name: i for i, name in enumerate(names)}
        classes = [_class_name(value) for value in self._classes().tolist()]
        unknown = next((i for i, name in enumerate(classes) if name not in places), None)
        if unknown is not None:
            message = f"y[{unknown}] is {quote(classes[unknown], 20)}, which is not a class of the training data"
            raise NncliError(message, place=self.target_place)
        return np.array([places[name] for name in classes], np.intp)

    def _classes(self) -> Array:
        """Return the classes (n,): the values of y (n,) or (n, 1), or the column numbers of one-hot rows (n, k)."""
        if self.targets == 1:
            return self.y.reshape(-1)
        self._check_numeric()
        invalid = ((self.y != 0) & (self.y != 1)).any(axis=1) | ((self.y == 1).sum(axis=1) != 1)
        if invalid.any():
            first = int(invalid.argmax())
            row = list_names([f"{value:g}" for value in self.y[first].astype(float)])
            message = f"y[{first}] must be one-hot, a single 1 among zeros, not [{row}]"
            hint = "use the loss binary_crossentropy if a sample can have several labels"
            raise NncliError(message, place=self.target_place, hint=hint)
        return np.asarray(np.argmax(self.y, axis=1))

    def _labels(self) -> Array:
        """Return the labels (n, k) as 0 and 1, in the dtype of the book's labels."""
        self._check_numeric()
        y = self.y.reshape(len(self.y), -1)
        invalid = np.argwhere((y != 0) & (y != 1))
        if len(invalid):
            row, column = invalid[0].tolist()
            message = f"y[{row}, {column}] must be 0 or 1, not {y[row, column]:g}"
            raise NncliError(message, place=self.target_place, hint=VALUES_HINT)
        return y.astype(np.uint8)

    def _check_not_constant(self, labels: Array) -> None:
        """Raises NncliError if a column of labels has only one value."""
        constant = (labels == labels[0]).all(axis=0)
        if constant.any():
            column = int(constant.argmax())
            message = f"y[:, {column}] has only the value {labels[0, column]}, but a binary target needs two values"
            raise NncliError(message, place=self.target_place)

    def _misfit(self, name: str, count: int, expected: int) -> str:
        return f"{name} has {count} {plural('number', count)} per sample, but the training data has {expected}"

    def _check_numeric(self) -> None:
        if self.y.dtype.kind in "SU":
            raise NncliError("y must contain numbers, not text", place=self.target_place)

    def _class_names(self) -> tuple[str, ...]:
        place = self.target_place
        classes = self._classes()
        if classes.dtype.kind == "f" and not np.all(classes == np.floor(classes)):
            raise NncliError("y must contain classes: names or whole numbers", place=place, hint=VALUES_HINT)
        numbers = np.unique(classes) if self.targets == 1 else np.arange(self.targets)
        names = tuple(_class_name(value) for value in numbers.tolist())
        if len(names) < 2:
            message = f"y has only one class, {shorten(names[0])}; at least two are needed"
            raise NncliError(message, place=place)
        if len(names) > MAX_CLASSES:
            message = f"y has {len(names):,} different classes; at most {MAX_CLASSES:,} are allowed"
            raise NncliError(message, place=place)
        return names


def arrays_of(source: FileSource) -> Arrays:
    """Return x and y of an .npz file, or of two .npy files. Raises NncliError if they are not valid samples."""
    return _read_arrays(source.paths, source.stamps())


@lru_cache(maxsize=4)
def _read_arrays(paths: tuple[str, ...], stamps: tuple[Stamp, ...]) -> Arrays:
    """Read arrays; they are cached until the stamp of a file changes."""
    path, *target_paths = paths
    place = target_place = shorten(path, 200)
    if target_paths:
        (target_path,) = target_paths
        x, y, target_place = _load(path), _load(target_path), shorten(target_path, 200)
        for loaded, its_place in ((x, place), (y, target_place)):
            if isinstance(loaded, dict):
                raise UsageError("is an .npz file; use `type: npz`", place=its_place)
        digest = _digest(path, target_path)
    else:
        arrays = _load(path)
        if not isinstance(arrays, dict):
            raise UsageError("is an .npy file; use `type: npy` with one file for x and one for y", place=place)
        for name in ("x", "y"):
            if name not in arrays:
                contents = ", ".join(map(shorten, list(arrays)[:8])) or "no arrays"
                raise NncliError(f"has no array {name}; it contains {contents}", place=place)
        x, y, digest = arrays["x"], arrays["y"], _digest(path)
    return Arrays(place, target_place, _inputs(place, target_place, x, y), y, digest)


def _digest(*paths: str) -> str:
    """Return the SHA-256 of files, one after the other."""
    digest = hashlib.sha256()
    for path in paths:
        with Path(path).open("rb") as file:
            while block := file.read(BYTES_AT_ONCE):
                digest.update(block)
    return digest.hexdigest()


def _inputs(place: str, target_place: str, x: Array, y: Array) -> Array:
    """Return x as (n, inputs). Raises NncliError if x and y are not valid samples."""
    if x.ndim == 0 or not x.size:
        raise NncliError(f"x has no samples; its shape is {x.shape}", place=place)
    if x.dtype.kind not in "biuf":
        raise NncliError(f"x must contain numbers, not {x.dtype}", place=place)
    if y.dtype.kind not in "biufUS" or y.ndim not in (1, 2) or (y.ndim == 2 and y.shape[1] == 0):
        message = f"y must contain numbers or text of shape (n,) or (n, outputs), not {y.dtype} of shape {y.shape}"
        raise NncliError(message, place=target_place)
    if len(x) != len(y):
        raise NncliError(f"x has {len(x)} samples, but y has {len(y)}", place=target_place)
    for name, array, its_place in (("x", x, place), ("y", y, target_place)):
        if (first := _first_too_large(array)) is not None:
            limit = f"at most {LARGEST:g} in magnitude" if np.isfinite(array[tuple(first)]) else "finite"
            raise NncliError(f"{name}{first} must be {limit}, not {array[tuple(first)]}", place=its_place)
    return x.reshape(len(x), -1)


def _first_too_large(array: Array) -> list[int] | None:
    """Return the index of the first number that is not finite or too large, of an array of fractions."""
    if array.dtype.kind != "f":
        return None
    for start in range(0, len(array), ROWS_AT_ONCE):  # in blocks, as a copy of all may not fit into memory
        usual = np.abs(array[start : start + ROWS_AT_ONCE]) <= LARGEST
        if not usual.all():
            row, *others = np.argwhere(~usual)[0].tolist()
            return [start + row, *others]
    return None


def _load(path: str) -> Any:
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


def _class_name(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
