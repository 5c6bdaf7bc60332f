"""The samples of an experiment: drawn or read, cut into parts, and made ready for its network."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from nncli.arrays import Array
from nncli.data.data import NO_SPLIT, PartName, Samples
from nncli.data.description import Description, FileRows
from nncli.data.preprocessing import Preprocessing
from nncli.data.splits import Rows, cut
from nncli.errors import NncliError
from nncli.experiment import Experiment
from nncli.nn.engine.ops import Precision
from nncli.nn.engine.rng import Streams
from nncli.nn.losses.base import Loss
from nncli.resolved import ResolvedExperiment
from nncli.training.data_warnings import data_warnings, refuse_unseen

ROWS_AT_ONCE = 1 << 14
DESCRIPTION, DIGEST = "data.description", "data.digest"


@dataclass(frozen=True, slots=True)
class PreparedSamples:
    """The parts of an experiment's data, in the dtypes that its precision computes with."""

    described: Description
    preprocessing: Preprocessing
    rows: Rows | None  # of the parts, where one set is cut; of a table as they stand in its file
    training: Samples
    validation: Samples | None
    cut_test: Samples | None  # a test part that is drawn or read separately comes after training
    warnings: tuple[str, ...] = ()  # of what the training samples cannot teach

    def arrays(self) -> dict[str, Array]:
        """What a checkpoint keeps of them: what the data is, how it is made ready, and the rows of each part."""
        rows = {} if self.rows is None else {f"split.{name}": rows for name, rows in self.rows._asdict().items()}
        digest = np.frombuffer(self.digest(), np.uint8)
        return {DESCRIPTION: self.described.array(), DIGEST: digest, **self.preprocessing.arrays(), **rows}

    def digest(self) -> bytes:
        """Tells these training and validation samples from any others, to the bit."""
        found = blake2b(digest_size=16)
        for part in filter(None, (self.training, self.validation)):
            for array in part:
                found.update(f"{array.dtype} {array.shape} ".encode())
                found.update(np.ascontiguousarray(array).data)
        return found.digest()


def load_samples(resolved: ResolvedExperiment, streams: Streams) -> PreparedSamples:
    """Draw training data, then validation data, as the book does; scaling is fitted on the training part alone."""
    experiment, described, network = resolved.experiment, resolved.description, resolved.network
    data = experiment.data
    whole = data.draw(streams.initial, described)
    rows = None if data.cut() == NO_SPLIT else cut(whole.t, data.cut(), streams.for_split())
    training = whole if rows is None else _of(whole, rows.training)
    _refuse_empty_columns(training, described)
    preprocessing = Preprocessing.fit(training, described.numbers, data.rules, classes=described.task != "regression")
    if data.rules.unseen == "refuse":
        refuse_unseen(whole, described, preprocessing.unseen, data.file_rows())

    def ready(samples: Samples) -> Samples:
        return prepare_samples(samples, described, preprocessing, network.loss, network.outputs, experiment.precision)

    validation = load_part(experiment, "validation", described, streams.for_validation())
    if validation is None and rows is not None and len(rows.validation):
        validation = _of(whole, rows.validation)
    cut_test = _of(whole, rows.test) if rows is not None and len(rows.test) else None
    parts = {"validation": validation, "test": cut_test}
    return PreparedSamples(
        described=described,
        preprocessing=preprocessing,
        rows=rows and _in_file(rows, data.file_rows()),
        training=ready(training),
        validation=None if validation is None else ready(validation),
        cut_test=None if cut_test is None else ready(cut_test),
        warnings=(
            *(f"data: {note}" for note in data.reading_notes()),
            *data_warnings(training, whole, parts, described, preprocessing.unseen),
        ),
    )


def load_part(
    experiment: Experiment, name: PartName, described: Description, random: np.random.RandomState
) -> Samples | None:
    """The samples of a part that is drawn or read separately, as they are; None where there is none."""
    part = experiment.data.part(name)
    return None if part is None else part.draw(random, described)


@np.errstate(over="ignore")  # a number of a table that float32 has not is infinite, as it is where it is predicted
def prepare_samples(
    samples: Samples,
    described: Description,
    preprocessing: Preprocessing,
    loss: Loss,
    outputs: int,
    precision: Precision,
) -> Samples:
    """Samples as the network is given them: filled, scaled, and in the form that the loss compares with."""
    t = preprocessing.targets(samples.t) if samples.t.ndim > 1 else samples.t
    t = targets_for(t, len(described.class_names), loss, outputs, precision)
    if precision == "book":
        x = preprocessing.inputs(samples.x)
        return Samples(x.astype(np.float64) if described.digest else x, t)  # of files, whatever they hold
    x = np.empty(samples.x.shape, precision)
    for start in range(0, len(x), ROWS_AT_ONCE):  # scaled in float64, of which no whole copy is needed
        rows = slice(start, start + ROWS_AT_ONCE)
        x[rows] = preprocessing.inputs(samples.x[rows])
    return Samples(x, t)


def targets_for(t: Array, classes: int, loss: Loss, outputs: int, precision: Precision) -> Array:
    """Targets in the form that the loss compares with: class numbers (n,), or values (n, outputs).

    Classes become a column of 0 and 1 for a single output, else a row with a 1 at the class. Book precision keeps
    the dtype of values, as the book does.
    """
    if loss.targets == "labels":
        return t.astype(np.intp)
    if classes and outputs == 1:
        t = t.reshape(-1, 1)
    elif classes:
        t = np.eye(classes, dtype=np.float32)[t]
    return t if precision == "book" else t.astype(precision)


def _refuse_empty_columns(training: Samples, described: Description) -> None:
    """Raises NncliError where training rows have no value at all of a number that is to be filled in."""
    empty = np.isnan(training.x).all(axis=0)
    if empty.any():
        name = described.input_names[int(empty.argmax())]
        hint = f"`ignore: [{name}]` leaves it out"
        raise NncliError(f"{name} is missing in every row that is trained on", place="data", hint=hint)


def _in_file(rows: Rows, file_rows: FileRows | None) -> Rows:
    """Rows of samples as rows of the file that they were read from."""
    return rows if file_rows is None else Rows(*(file_rows.numbers[part] for part in rows))


def _of(samples: Samples, rows: Array) -> Samples:
    return Samples(samples.x[rows], samples.t[rows])
