"""Samples from files of NumPy arrays, .npz and .npy; no file runs code."""

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
PICKLE = b"\x80"  # what every pickle of today begins with
PYTHON_OBJECTS = "holds Python objects, which could run code; save arrays of numbers"


class Arrays(NamedTuple):
    """Inputs x (n, inputs) and targets y, (n,) or (n, outputs), as they were read."""

    place: str
    target_place: str
    x: Array
    y: Array
    digest: str

    @property
    def targets(self) -> int:
        """How many numbers or texts of y a sample has."""
        return 1 if self.y.ndim == 1 else int(self.y.shape[1])

    def describe(self, task: Task | None) -> Description:
        """The description; `task` says whether whole numbers are class numbers, and 0 and 1 labels."""
        names = [f"x{i}" for i in range(self.x.shape[1])]
        targets = ["y"] if self.targets == 1 else [f"y{i}" for i in range(self.targets)]
        if task == "multilabel":
            self._refuse_constant(self._labels())
            values = TRUTHS if self.y.dtype.kind == "b" else NUMBERS
            labels = (values,) * self.targets
            return Description.of_numbers(len(self.x), names, targets, label_names=labels, digest=self.digest)
        if task == "classes" or (task is None and self.y.dtype.kind in "SUb"):
            return Description.of_numbers(
                len(self.x), names, ("y",), class_names=self._class_names(), digest=self.digest
            )
        self._refuse_texts()
        return Description.of_numbers(len(self.x), names, targets, digest=self.digest)

    def samples(self, described: Description) -> Samples:
        """The samples for a network of the training set's description. Raises NncliError where they do not fit it."""
        inputs, outputs = len(described.columns), len(described.target_names)
        if self.x.shape[1] != inputs:
            raise NncliError(self._misfit("x", self.x.shape[1], inputs), place=self.place)
        x = self.x.astype(np.float64)
        if described.class_names:
            return Samples(x, self._class_numbers(described.class_names))
        if self.targets != outputs:
            raise NncliError(self._misfit("y", self.targets, outputs), place=self.target_place)
        if described.label_names:
            return Samples(x, self._labels())
        self._refuse_texts()
        return Samples(x, self.y.reshape(len(self.y), -1).astype(np.float64))

    def _class_numbers(self, names: tuple[str, ...]) -> Array:
        """The class numbers (n,) of y, of classes or one-hot."""
        if self.targets > 1 and self.targets != len(names):
            message = f"y has {self.targets} columns of one-hot classes, and the training data {len(names)} classes"
            raise NncliError(message, place=self.target_place)
        places = {name: i for i, name in enumerate(names)}
        found = [_class_name(value) for value in self._classes().tolist()]
        unknown = next((i for i, name in enumerate(found) if name not in places), None)
        if unknown is not None:
            message = f"y[{unknown}] is {quote(found[unknown], 20)}, which is no class of the training data"
            raise NncliError(message, place=self.target_place)
        return np.array([places[name] for name in found], np.intp)

    def _classes(self) -> Array:
        """The classes (n,): those of y (n,) or (n, 1), of one-hot rows (n, k) the numbers of the columns."""
        if self.targets == 1:
            return self.y.reshape(-1)
        self._refuse_texts()
        wrong = ((self.y != 0) & (self.y != 1)).any(axis=1) | ((self.y == 1).sum(axis=1) != 1)
        if wrong.any():
            first = int(wrong.argmax())
            row = list_names([f"{value:g}" for value in self.y[first].astype(float)])
            message = f"y[{first}] must have a single 1, at the class, and else 0, not [{row}]"
            hint = "if a sample can have several labels, the loss is binary_crossentropy"
            raise NncliError(message, place=self.target_place, hint=hint)
        return np.asarray(np.argmax(self.y, axis=1))

    def _labels(self) -> Array:
        """The labels (n, k) as 0 and 1, in the dtype that the book's labels have."""
        self._refuse_texts()
        y = self.y.reshape(len(self.y), -1)
        wrong = np.argwhere((y != 0) & (y != 1))
        if len(wrong):
            row, column = wrong[0].tolist()
            message = f"y[{row}, {column}] must be 0 or 1, not {y[row, column]:g}"
            raise NncliError(message, place=self.target_place, hint=VALUES_HINT)
        return y.astype(np.uint8)

    def _refuse_constant(self, labels: Array) -> None:
        """Raises NncliError if a column of labels has one value only."""
        constant = (labels == labels[0]).all(axis=0)
        if constant.any():
            column = int(constant.argmax())
            message = f"y[:, {column}] has one value only, {labels[0, column]}, and a binary target has two"
            raise NncliError(message, place=self.target_place)

    def _misfit(self, name: str, count: int, right: int) -> str:
        return f"{name} has {count} {plural('number', count)} a sample, and the training data {right}"

    def _refuse_texts(self) -> None:
        if self.y.dtype.kind in "SU":
            raise NncliError("y must hold numbers, not texts", place=self.target_place)

    def _class_names(self) -> tuple[str, ...]:
        place = self.target_place
        found = self._classes()
        if found.dtype.kind == "f" and not np.all(found == np.floor(found)):
            raise NncliError("y must hold classes: names or whole numbers", place=place, hint=VALUES_HINT)
        numbers = np.unique(found) if self.targets == 1 else np.arange(self.targets)
        names = tuple(_class_name(value) for value in numbers.tolist())
        if len(names) < 2:
            raise NncliError(f"y has one class only: {shorten(names[0])}", place=place)
        if len(names) > MAX_CLASSES:
            message = f"y has {len(names):,} different classes, and {MAX_CLASSES:,} are the most"
            raise NncliError(message, place=place)
        return names


def arrays_of(source: FileSource) -> Arrays:
    """Return x and y of an .npz file, or of two .npy files. Raises NncliError if they are no samples."""
    return _read_arrays(source.paths, source.stamps())


@lru_cache(maxsize=4)
def _read_arrays(paths: tuple[str, ...], stamps: tuple[Stamp, ...]) -> Arrays:
    """Read arrays that were not read before, or have changed since."""
    path, *target_paths = paths
    place = target_place = shorten(path, 200)
    if target_paths:
        (target_path,) = target_paths
        x, y, target_place = _load(path), _load(target_path), shorten(target_path, 200)
        for loaded, its_place in ((x, place), (y, target_place)):
            if isinstance(loaded, dict):
                raise UsageError("is an .npz file; `type: npz` reads one", place=its_place)
        digest = hashlib.sha256(Path(path).read_bytes() + Path(target_path).read_bytes())
    else:
        arrays = _load(path)
        if not isinstance(arrays, dict):
            raise UsageError("is an .npy file; `type: npy` reads two of them", place=place)
        for name in ("x", "y"):
            if name not in arrays:
                there = ", ".join(map(shorten, list(arrays)[:8])) or "nothing"
                raise NncliError(f"has no array {name}; it holds {there}", place=place)
        x, y, digest = arrays["x"], arrays["y"], hashlib.sha256(Path(path).read_bytes())
    return Arrays(place, target_place, _inputs(place, target_place, x, y), y, digest.hexdigest())


def _inputs(place: str, target_place: str, x: Array, y: Array) -> Array:
    """x (n, inputs), once it is sure that x and y are samples."""
    if x.ndim == 0 or not x.size:
        raise NncliError(f"x has no samples, its shape is {x.shape}", place=place)
    if x.dtype.kind not in "biuf":
        raise NncliError(f"x must hold numbers, not {x.dtype}", place=place)
    if y.dtype.kind not in "biufUS" or y.ndim not in (1, 2) or (y.ndim == 2 and y.shape[1] == 0):
        raise NncliError(
            f"y must be (n,) or (n, outputs) of numbers or texts, not {y.dtype} {y.shape}", place=target_place
        )
    if len(x) != len(y):
        raise NncliError(f"x has {len(x)} samples, and y has {len(y)}", place=target_place)
    for name, array, its_place in (("x", x, place), ("y", y, target_place)):
        if array.dtype.kind == "f" and not (fit := np.abs(array) <= LARGEST).all():
            first = np.argwhere(~fit)[0].tolist()
            limit = f"at most {LARGEST:g} in size" if np.isfinite(array[tuple(first)]) else "finite"
            raise NncliError(f"{name}{first} is {array[tuple(first)]}, and numbers must be {limit}", place=its_place)
    return x.reshape(len(x), -1)


def _load(path: str) -> Any:
    """An array, or of an .npz file x and y by their names, and the names of what else it holds."""
    with _told(path), Path(path).open("rb") as file:
        start = file.read(8)
        if start.startswith(PICKLE):
            raise NncliError(PYTHON_OBJECTS, place=shorten(path, 200))
        file.seek(0)
        loaded = np.load(file, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return loaded
        with loaded:
            found = {name: loaded[name] for name in ("x", "y") if name in loaded.files}
            if not all(isinstance(array, np.ndarray) for array in found.values()):
                raise ValueError("a member is no .npy file")
            return dict.fromkeys(loaded.files) | found


@contextmanager
def _told(path: str) -> Iterator[None]:
    place = shorten(path, 200)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # NumPy warns of old headers, which no reader of today writes
            yield
    except NncliError:
        raise
    except MemoryError:
        raise NncliError("is too large for this machine's memory", place=place) from None
    except Exception as error:  # whatever zipfile and NumPy make of what makes no sense
        why = PYTHON_OBJECTS if "Object arrays" in str(error) else "is no file of NumPy arrays, or damaged"
        raise NncliError(why, place=place) from None


def _class_name(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
