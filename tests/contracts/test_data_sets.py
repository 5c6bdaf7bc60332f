"""Every data set describes its samples, draws them from the seed, and has parts without shared rows."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from nncli.data.data import Data, Samples, Split
from nncli.data.description import Description
from nncli.experiment import Experiment, Train
from nncli.nn.activations.sigmoid import Sigmoid
from nncli.nn.activations.softmax import Softmax
from nncli.nn.engine.rng import Streams
from nncli.nn.layers.dense import Dense
from nncli.nn.losses.binary_crossentropy import BinaryCrossentropy
from nncli.nn.losses.categorical_crossentropy import CategoricalCrossentropy
from nncli.nn.losses.mean_squared_error import MeanSquaredError
from nncli.registry import components, type_name
from nncli.resolved import resolve
from nncli.training.samples import load_samples
from tests.contracts.parts import build

SEED = 3
every_data_set = pytest.mark.parametrize("cls", components("data"), ids=type_name)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The folder with the files that examples of data sets name; add the file of a new data set's example here."""
    folder, random = tmp_path_factory.mktemp("files"), np.random.default_rng(0)
    x, classes = random.normal(size=(60, 3)), np.arange(60) % 3
    rows = [f"{x[i, 0]},{['flat', 'house', 'hut'][classes[i]]},{i % 7}" for i in range(60)]
    (folder / "houses.csv").write_text("\n".join(["area,kind,price", *rows, ""]))
    np.savez(folder / "digits.npz", x=x.reshape(60, 3, 1), y=np.array(["zero", "one", "two"])[classes])
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", np.eye(3)[classes])
    return folder


@pytest.fixture(autouse=True)
def run_in_folder_of_files(files, monkeypatch):
    monkeypatch.chdir(files)


def draw(data: Data, seed: int = SEED) -> Samples:
    return data.draw(np.random.RandomState(seed), data.describe())


def bits(samples: Samples) -> bytes:
    arrays = samples.inputs, samples.targets
    return b"".join(f"{array.dtype} {array.shape} ".encode() + array.tobytes() for array in arrays)


def uses_random_numbers(data: Data) -> bool:
    """Return whether samples depend on the seed; those of the book's sine and of files do not."""
    random = np.random.RandomState(SEED)
    data.draw(random, data.describe())
    return random.random_sample() != np.random.RandomState(SEED).random_sample()


def with_defaults(data: Data) -> Data:
    """Return the data set with the defaults for a suitable loss."""
    crossentropy = {"classes": "categorical", "multilabel": "binary", "regression": None}[data.describe().task]
    return data.with_defaults(crossentropy, book=False)[0]


def experiment(data: Data) -> Experiment:
    """Return the smallest training on a data set."""
    described = data.describe()
    if described.task == "regression":
        loss, last = MeanSquaredError(), Dense(units=len(described.target_names))
    elif described.task == "multilabel":
        loss, last = BinaryCrossentropy(), Dense(units=len(described.target_names), activation=Sigmoid())
    else:
        loss, last = CategoricalCrossentropy(), Dense(units=len(described.class_names), activation=Softmax())
    return Experiment(name="a", data=with_defaults(data), layers=(last,), loss=loss, train=Train(epochs=1), seed=SEED)


def load(experiment: Experiment):
    """Load the parts of an experiment's data, as passed to the network."""
    return load_samples(resolve(experiment), Streams(experiment.seed, book=False))


def test_data_sets_are_registered():
    assert components("data")


@every_data_set
def test_example_names_files_that_the_fixture_writes(cls):
    """A data set is either drawn, or declares the files that it reads."""
    source = build(cls).file_source()
    paths = [value for name, value in cls.example.items() if name.endswith("path")]
    assert paths == ([] if source is None else [*source.paths])
    assert [path for path in paths if not Path(path).is_file()] == []


@every_data_set
def test_shared_fields_come_last(cls):
    assert [(field.name, field.default) for field in dataclasses.fields(cls)[-3:]] == [
        ("validation", None), ("test", None), ("split", None)
    ]  # fmt: skip
    assert dataclasses.fields(cls)[0].name == "type"


# Description.


@every_data_set
def test_description_matches_the_samples(cls):
    data = build(cls)
    described, samples = data.describe(), draw(data)
    assert described.samples == len(samples.x) == len(samples.t) == data.count(described) > 0
    assert samples.x.shape == (described.samples, len(described.input_names))
    assert len(described.numbers) == len(set(described.input_names)) == samples.x.shape[1]
    assert np.isin(samples.x[:, ~described.numbers], (0, 1)).all(), "a category is 0 or 1"
    assert np.isnan(samples.x).any() == described.missing
    assert not np.isinf(samples.x).any()
    if described.task == "classes":
        assert samples.t.shape == (described.samples,)
        assert np.unique(samples.t).tolist() == [*range(len(described.class_names))], "every class has a sample"
    else:
        assert samples.t.shape == (described.samples, len(described.target_names))
        assert np.isfinite(samples.t).all()
    if described.task == "multilabel":
        assert np.isin(samples.t, (0, 1)).all()


@every_data_set
def test_dtypes_of_samples_suit_the_task(cls):
    samples, task = draw(data := build(cls)), data.describe().task
    assert samples.x.dtype in (np.float32, np.float64)
    assert samples.t.dtype.kind == "f" if task == "regression" else samples.t.dtype.kind in "iu"


@every_data_set
def test_description_survives_a_checkpoint(cls):
    described = build(cls).describe()
    assert Description.of_array(described.array()) == described == build(cls).describe()
    assert bool(described.digest) == (build(cls).file_source() is not None)


# Determinism.


@every_data_set
def test_seed_determines_the_samples(cls):
    """The same seed gives the same bits without using NumPy's global stream; another seed gives other samples."""
    data, state = build(cls), np.random.get_state()
    first, repeated, other = draw(data), draw(build(cls)), draw(data, SEED + 1)
    assert bits(first) == bits(repeated)
    assert (bits(first) != bits(other)) == uses_random_numbers(data)
    assert all(np.array_equal(now, then) for now, then in zip(np.random.get_state(), state, strict=True))
    first.inputs[...] = first.t[...] = 0
    assert bits(draw(data)) == bits(repeated), "changing drawn samples changed later draws"


@every_data_set
def test_files_use_no_random_numbers(cls):
    assert not (build(cls).file_source() and uses_random_numbers(build(cls)))


# Parts.


@every_data_set
def test_data_set_has_no_parts_by_default(cls):
    data = build(cls)
    assert [(data.has(name), data.part(name)) for name in ("validation", "test")] == [(False, None)] * 2
    assert data.training_samples(data.describe()) == data.describe().samples


@every_data_set
def test_part_is_the_data_set_with_some_fields_replaced(cls):
    fields = {field.name: field.default for field in dataclasses.fields(cls)}
    differing = {name: 5 for name in ("samples",) if name in fields} | {
        name: "standard" for name in ("scale",) if name in fields
    }
    assert differing, "choose a field of this data set that can differ in a part"
    data = build(cls, validation=differing, test={}, split={})
    assert data.part("validation") == build(cls, **differing) != build(cls)
    assert data.part("test") == build(cls)
    assert data.has("validation")
    assert data.has("test")
    assert data.training_samples(data.describe()) == data.describe().samples
    assert all(data.part(name).fits(data.describe()) for name in ("validation", "test"))


@every_data_set
def test_validation_data_come_from_a_separate_stream(cls):
    """Separate validation data are new samples, and leave the training data unchanged."""
    alone, with_part = (load(experiment(build(cls, validation=part))) for part in (None, {}))
    assert alone.validation is None
    assert bits(alone.training) == bits(with_part.training)
    assert (bits(with_part.training) != bits(with_part.validation)) == uses_random_numbers(build(cls))


@every_data_set
def test_split_puts_each_row_into_one_part(cls):
    data = with_defaults(build(cls, split={"validation": 0.2, "test": 0.1}))
    assert data.cut() == Split(validation=0.2, test=0.1)
    assert (data.has("validation"), data.has("test")) == (True, True)
    all_samples, loaded = data.draw(Streams(SEED, book=False).initial, data.describe()), load(experiment(data))
    rows = loaded.rows
    assert sorted(np.concatenate(rows).tolist()) == [*range(len(all_samples.x))], "each row is in one part"
    counts = round(0.2 * len(all_samples.x)), round(0.1 * len(all_samples.x))
    assert (len(rows.validation), len(rows.test)) == counts
    assert len(rows.training) == data.training_samples(data.describe()) == len(all_samples.x) - sum(counts)
    for part, part_rows in zip((loaded.training, loaded.validation, loaded.split_test), rows, strict=True):
        expected = loaded.preprocessing.inputs(all_samples.x[part_rows])
        np.testing.assert_array_equal(part.x, expected.astype(np.float32), "the samples of a part are its rows")
    reloaded = load(experiment(data))
    assert all(map(np.array_equal, reloaded.rows, rows))


# Defaults that depend on the task.


@every_data_set
@pytest.mark.parametrize("book", [False, True])
def test_files_are_scaled_by_default_except_in_book_precision(cls, book):
    data = build(cls)
    described, source = data.describe(), data.file_source()
    filled, description = data.with_defaults({"classes": "categorical"}.get(described.task), book=book)
    assert description == filled.describe()
    if source is None:
        assert filled == data
        assert filled.rules == data.rules == type(data.rules)()
        return
    assert (source.scale, source.scale_target) == (None, None), "the example leaves scaling to the defaults"
    scale = "none" if book else "standard"
    assert filled.file_source().scale == filled.rules.scale == scale
    target_scale = scale if filled.describe().task == "regression" else "none"
    assert filled.file_source().scale_target == filled.rules.scale_target == target_scale
    assert filled.with_defaults(None, book=not book) == (filled, description), "explicit fields are kept"


@every_data_set
def test_task_of_a_file_defaults_to_that_of_the_loss(cls):
    if build(cls).file_source() is not None:
        for data, loss in ((build(cls), "categorical"), (build(cls, task="classes"), None)):
            filled, description = data.with_defaults(loss, book=False)
            assert filled.file_source().task == filled.describe().task == description.task == "classes"
        assert build(cls).with_defaults(None, book=False)[0].file_source().task is None
