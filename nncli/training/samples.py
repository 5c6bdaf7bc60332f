"""The samples of an experiment: draw or read, split, and prepare for the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nncli.arrays import Array
from nncli.data.blocks import row_blocks
from nncli.data.column_blocks import columns_where
from nncli.data.data import NO_SPLIT, PartName, Samples
from nncli.data.description import Description, FileRows
from nncli.data.dialect import PLAIN, Dialect
from nncli.data.lazy_rows import LazyRows
from nncli.data.preprocessing import Preprocessing
from nncli.data.splits import SplitRows, cut
from nncli.errors import NncliError
from nncli.experiment import Experiment
from nncli.nn.engine.ops import Precision
from nncli.nn.engine.rng import Streams
from nncli.nn.losses.base import Loss
from nncli.resolved import ResolvedExperiment
from nncli.training.data_digest import SAMPLES_SIZE, digest_of_files, digest_of_samples
from nncli.training.data_warnings import data_warnings, refuse_unseen

DESCRIPTION, DIGEST = "data.description", "data.digest"


@dataclass(frozen=True, slots=True)
class PreparedSamples:
    """The parts of an experiment's data, in the dtypes that its precision computes with."""

    described: Description
    preprocessing: Preprocessing
    rows: SplitRows | None  # rows of each part if one set is split; for a table, the rows in its file
    training: Samples
    validation: Samples | None
    split_test: Samples | None  # the test part of a split; a separate test part is drawn or read after training
    warnings: tuple[str, ...] = ()  # about gaps in the training samples
    dialect: Dialect = PLAIN  # in which a table is read
    separate_validation: bool = False  # whether the validation samples are drawn or read separately

    def arrays(self) -> dict[str, Array]:
        """Return the arrays for a checkpoint: description, digest, preprocessing and the rows of each part."""
        digest = np.frombuffer(self._digest_of_files() if self.described.digest else self._digest(), np.uint8)
        return {DESCRIPTION: self.described.array(), DIGEST: digest, **self.preprocessing.arrays(), **self._split()}

    def are_identified_by(self, digest: bytes) -> bool:
        """Return whether the digest in a checkpoint is of these samples."""
        # Runs from files had a digest of all samples in version 0.1.0.
        return digest == (self._digest() if len(digest) == SAMPLES_SIZE else self._digest_of_files())

    def _split(self) -> dict[str, Array]:
        return {} if self.rows is None else {f"split.{name}": rows for name, rows in self.rows._asdict().items()}

    def _digest(self) -> bytes:
        """Return a digest of all bits of the training and validation samples."""
        return digest_of_samples(array for part in filter(None, (self.training, self.validation)) for array in part)

    def _digest_of_files(self) -> bytes:
        """Return a digest of all that determines the training and validation samples, if they are from files."""
        fitted = (*self.preprocessing.arrays().values(), *self._split().values(), self.training.t)
        own = digest_of_samples(self.validation) if self.separate_validation and self.validation else b""
        return digest_of_files(self.described, self.dialect, self.training.x, fitted, own)


def load_samples(resolved: ResolvedExperiment, streams: Streams) -> PreparedSamples:
    """Draw training data, then validation data, as the book does; fit the scaling on the training part only."""
    experiment, described, network = resolved.experiment, resolved.description, resolved.network
    data = experiment.data
    all_samples = data.draw(streams.initial, described)
    rows = None if data.cut() == NO_SPLIT else cut(all_samples.t, data.cut(), streams.for_split())
    training = all_samples if rows is None else all_samples.select(rows.training)
    _refuse_empty_columns(training, described)
    preprocessing = Preprocessing.fit(training, described.numbers, data.rules, classes=described.task != "regression")
    if data.rules.unseen == "refuse":
        refuse_unseen(all_samples, described, preprocessing.unseen, data.file_rows())

    def prepare(samples: Samples) -> Samples:
        return prepare_samples(samples, described, preprocessing, network.loss, network.outputs, experiment.precision)

    separate = validation = load_part(experiment, "validation", described, streams.for_validation)
    if validation is None and rows is not None and len(rows.validation):
        validation = all_samples.select(rows.validation)
    split_test = all_samples.select(rows.test) if rows is not None and len(rows.test) else None
    parts = {"validation": validation, "test": split_test}
    return PreparedSamples(
        described=described,
        preprocessing=preprocessing,
        rows=rows and _in_file(rows, data.file_rows()),
        training=prepare(training),
        validation=None if validation is None else prepare(validation),
        split_test=None if split_test is None else prepare(split_test),
        warnings=(
            *(f"data: {note}" for note in data.reading_notes()),
            *data_warnings(training, all_samples, parts, described, preprocessing.unseen),
        ),
        dialect=data.rules.dialect,
        separate_validation=separate is not None,
    )


def load_part(
    experiment: Experiment, name: PartName, described: Description, stream: Callable[[], np.random.RandomState]
) -> Samples | None:
    """Return the unprepared samples of a part that is drawn or read separately, None if there is no such part."""
    part = experiment.data.part(name)
    return None if part is None else part.draw(stream(), described)


@np.errstate(over="ignore")  # a number beyond the range of float32 becomes infinite, as in predictions
def prepare_samples(
    samples: Samples,
    described: Description,
    preprocessing: Preprocessing,
    loss: Loss,
    outputs: int,
    precision: Precision,
) -> Samples:
    """Prepare samples for the network: fill in missing values, scale, and bring targets into the form of the loss."""
    t = preprocessing.targets(samples.t) if samples.t.ndim > 1 else samples.t
    t = targets_for(t, len(described.class_names), loss, outputs, precision)
    if isinstance(samples.x, LazyRows) and not samples.x.in_memory:
        dtype = np.dtype(np.float64 if precision == "book" else precision)
        return Samples(samples.x.map(lambda block: preprocessing.inputs(block).astype(dtype, copy=False)), t)
    if precision == "book":
        x = preprocessing.inputs(samples.inputs)
        return Samples(x.astype(np.float64) if described.digest else x, t)  # of files, whatever they hold
    x = np.empty(samples.x.shape, precision)
    for rows in row_blocks(x.shape):  # scaled in float64, of which no whole copy is needed
        x[rows] = preprocessing.inputs(samples.x[rows])
    return Samples(x, t)


def targets_for(t: Array, classes: int, loss: Loss, outputs: int, precision: Precision) -> Array:
    """Return targets in the form that the loss expects: class numbers (n,), or values (n, outputs).

    Classes become a column of 0 and 1 for a single output, else one-hot rows. Book precision keeps the dtype of values,
    as the book does.
    """
    if loss.targets == "labels":
        return t.astype(np.intp)
    if classes and outputs == 1:
        t = t.reshape(-1, 1)
    elif classes:
        t = np.eye(classes, dtype=np.float32)[t]
    return t if precision == "book" else t.astype(precision)


def _refuse_empty_columns(training: Samples, described: Description) -> None:
    """Raise NncliError if a numeric column to be filled in has no value in any training row."""
    if not described.missing:
        return
    every = np.ones(training.x.shape[1], bool)
    empty = columns_where(training.x, every, lambda block: np.isnan(block).all(axis=0))
    if empty.any():
        name = described.input_names[int(empty.argmax())]
        hint = f"leave it out with `ignore: [{name}]` under `data:`"
        raise NncliError(f"{name} has no value in any training row", place="data", hint=hint)


def _in_file(rows: SplitRows, file_rows: FileRows | None) -> SplitRows:
    """Convert rows of the samples to rows of the file that they were read from."""
    return rows if file_rows is None else SplitRows(*(file_rows.numbers[part] for part in rows))
