"""Read samples from NumPy files, .npz and .npy, without running code from them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from nncli.arrays import Array
from nncli.data.array_files import array_digest, largest_in_memory, load_array_file
from nncli.data.blocks import row_blocks
from nncli.data.data import Samples
from nncli.data.description import Description, Task
from nncli.data.file_source import FileSource
from nncli.data.lazy_rows import Inputs
from nncli.data.lines import Stamp
from nncli.data.mapped_rows import mapped_rows
from nncli.data.targets import NUMBERS, TRUTHS, VALUES_HINT
from nncli.data.values import LARGEST
from nncli.errors import NncliError, UsageError
from nncli.text import list_names, plural, quote, shorten

MAX_CLASSES = 1000


class Arrays(NamedTuple):
    """Inputs x (n, inputs) and targets y, (n,) or (n, outputs), as read from files or mapped."""

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
        x = self._numbers()
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
        values = self._distinct_classes()
        places = {name: i for i, name in enumerate(names)}
        numbers = np.array([places.get(_class_name(value), -1) for value in values.tolist()], np.intp)
        t = np.empty(len(self.y), np.intp)
        for rows in row_blocks(self.y.shape):
            classes = self._classes(rows)
            t[rows] = numbers[np.searchsorted(values, classes)]
            if (t[rows] < 0).any():
                first = int(t[rows].argmin())
                name = _class_name(classes[first].item())
                message = f"y[{rows.start + first}] is {quote(name, 20)}, which is not a class of the training data"
                raise NncliError(message, place=self.target_place)
        return t

    def _distinct_classes(self) -> Array:
        """Return the sorted classes of y; of one-hot rows, the numbers of all columns."""
        self._check_one_hot()
        if self.targets > 1:
            return np.arange(self.targets)
        return np.unique(np.concatenate([np.unique(self._classes(rows)) for rows in row_blocks(self.y.shape)]))

    def _classes(self, rows: slice) -> Array:
        """Return the classes of some rows: the values of y (n,) or (n, 1), or the column numbers of one-hot rows."""
        y = self.y[rows]
        return y.reshape(-1) if self.targets == 1 else np.argmax(y, axis=1)

    def _check_one_hot(self) -> None:
        """Raises NncliError if y (n, k) is not one-hot."""
        if self.targets == 1:
            return
        self._check_numeric()
        for rows in row_blocks(self.y.shape):
            y = self.y[rows]
            invalid = ((y != 0) & (y != 1)).any(axis=1) | ((y == 1).sum(axis=1) != 1)
            if invalid.any():
                first = int(invalid.argmax())
                row = list_names([f"{value:g}" for value in y[first].astype(float)])
                message = f"y[{rows.start + first}] must be one-hot, a single 1 among zeros, not [{row}]"
                hint = "use the loss binary_crossentropy if a sample can have several labels"
                raise NncliError(message, place=self.target_place, hint=hint)

    def _numbers(self) -> Inputs:
        """Return x in the dtype of the samples; rows of a mapped x are read when they are used."""
        usual = self.x.dtype in (np.float32, np.float64)
        if isinstance(self.x, np.memmap):
            rows = mapped_rows(self.x)
            return rows if usual else rows.map(_to_float64)
        return self.x if usual else _to_float64(self.x)

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
        classes = self._distinct_classes()
        if classes.dtype.kind == "f" and not np.all(classes == np.floor(classes)):
            raise NncliError("y must contain classes: names or whole numbers", place=place, hint=VALUES_HINT)
        names = tuple(_class_name(value) for value in classes.tolist())
        if len(names) < 2:
            message = f"y has only one class, {shorten(names[0])}; at least two are needed"
            raise NncliError(message, place=place)
        if len(names) > MAX_CLASSES:
            message = f"y has {len(names):,} different classes; at most {MAX_CLASSES:,} are allowed"
            raise NncliError(message, place=place)
        return names


def arrays_of(source: FileSource) -> Arrays:
    """Return x and y of an .npz file, or of two .npy files. Raises NncliError if they are not valid samples."""
    return _read_arrays(source.paths, source.stamps(), largest_in_memory())


@lru_cache(maxsize=4)
def _read_arrays(paths: tuple[str, ...], stamps: tuple[Stamp, ...], largest: int) -> Arrays:
    """Read arrays, or map those of a file larger than `largest`; they are cached until the stamp of a file changes."""
    path, *target_paths = paths
    place = target_place = shorten(path, 200)
    if target_paths:
        (target_path,) = target_paths
        x, y, target_place = (
            load_array_file(path, largest),
            load_array_file(target_path, largest),
            shorten(target_path, 200),
        )
        for loaded, its_place in ((x, place), (y, target_place)):
            if isinstance(loaded, dict):
                raise UsageError("is an .npz file; use `type: npz`", place=its_place)
        digest = array_digest(path, target_path)
    else:
        arrays = load_array_file(path, largest)
        if not isinstance(arrays, dict):
            raise UsageError("is an .npy file; use `type: npy` with one file for x and one for y", place=place)
        for name in ("x", "y"):
            if name not in arrays:
                contents = ", ".join(map(shorten, list(arrays)[:8])) or "no arrays"
                raise NncliError(f"has no array {name}; it contains {contents}", place=place)
        x, y, digest = arrays["x"], arrays["y"], array_digest(path)
    return Arrays(place, target_place, _inputs(place, target_place, x, y), y, digest)


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
    for rows in row_blocks((len(array), array.size // len(array))):
        usual = np.abs(array[rows]) <= LARGEST
        if not usual.all():
            row, *others = np.argwhere(~usual)[0].tolist()
            return [rows.start + row, *others]
    return None


def _to_float64(values: Array) -> Array:
    return values.astype(np.float64)


def _class_name(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
