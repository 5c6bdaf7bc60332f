"""Every registered data set describes what it draws, draws by the seed, and has parts that share no row."""

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
    """The folder of the files that examples of data sets name; a new data set adds the file of its example here."""
    folder, random = tmp_path_factory.mktemp("files"), np.random.default_rng(0)
    x, classes = random.normal(size=(60, 3)), np.arange(60) % 3
    rows = [f"{x[i, 0]},{['flat', 'house', 'hut'][classes[i]]},{i % 7}" for i in range(60)]
    (folder / "houses.csv").write_text("\n".join(["area,kind,price", *rows, ""]))
    np.savez(folder / "digits.npz", x=x.reshape(60, 3, 1), y=np.array(["zero", "one", "two"])[classes])
    np.save(folder / "x.npy", x)
    np.save(folder / "y.npy", np.eye(3)[classes])
    return folder


@pytest.fixture(autouse=True)
def in_folder(files, monkeypatch):
    monkeypatch.chdir(files)


def drawn(data: Data, seed: int = SEED) -> Samples:
    return data.draw(np.random.RandomState(seed), data.describe())


def bits(samples: Samples) -> bytes:
    return b"".join(f"{array.dtype} {array.shape} ".encode() + array.tobytes() for array in samples)


def takes_random_numbers(data: Data) -> bool:
    """Whether samples hang on the seed; the book's sine does not, and no file does."""
    random = np.random.RandomState(SEED)
    data.draw(random, data.describe())
    return random.random_sample() != np.random.RandomState(SEED).random_sample()


def with_defaults(data: Data) -> Data:
    """The data set with its defaults, for a loss that suits it."""
    crossentropy = {"classes": "categorical", "multilabel": "binary", "regression": None}[data.describe().task]
    return data.with_defaults(crossentropy, book=False)[0]


def experiment(data: Data) -> Experiment:
    """The smallest training of a data set."""
    described = data.describe()
    if described.task == "regression":
        loss, last = MeanSquaredError(), Dense(units=len(described.target_names))
    elif described.task == "multilabel":
        loss, last = BinaryCrossentropy(), Dense(units=len(described.target_names), activation=Sigmoid())
    else:
        loss, last = CategoricalCrossentropy(), Dense(units=len(described.class_names), activation=Softmax())
    return Experiment(name="a", data=with_defaults(data), layers=(last,), loss=loss, train=Train(epochs=1), seed=SEED)


def load(experiment: Experiment):
    """The parts of the data of an experiment, as the network is given them."""
    return load_samples(resolve(experiment), Streams(experiment.seed, book=False))


def test_there_are_data_sets():
    assert components("data")


@every_data_set
def test_files_of_the_example_are_there(cls):
    """Either the set is drawn, or it says which files it reads; the fixture `files` has those of the example."""
    source = build(cls).file_source()
    named = [value for name, value in cls.example.items() if name.endswith("path")]
    assert named == ([] if source is None else [*source.paths])
    assert [path for path in named if not Path(path).is_file()] == []


@every_data_set
def test_the_fields_of_all_data_sets_come_last(cls):
    assert [(field.name, field.default) for field in dataclasses.fields(cls)[-3:]] == [
        ("validation", None), ("test", None), ("split", None)
    ]  # fmt: skip
    assert dataclasses.fields(cls)[0].name == "type"


# Description.


@every_data_set
def test_the_description_is_that_of_what_is_drawn(cls):
    data = build(cls)
    described, samples = data.describe(), drawn(data)
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
def test_inputs_are_floats_and_targets_suit_the_task(cls):
    samples, task = drawn(data := build(cls)), data.describe().task
    assert samples.x.dtype in (np.float32, np.float64)
    assert samples.t.dtype.kind == "f" if task == "regression" else samples.t.dtype.kind in "iu"


@every_data_set
def test_the_description_comes_back_from_a_checkpoint(cls):
    described = build(cls).describe()
    assert Description.of_array(described.array()) == described == build(cls).describe()
    assert bool(described.digest) == (build(cls).file_source() is not None)


# Determinism.


@every_data_set
def test_a_seed_gives_the_same_samples(cls):
    """The same seed has the same bits, and NumPy's global stream no part in them; another seed has others."""
    data, state = build(cls), np.random.get_state()
    first, again, other = drawn(data), drawn(build(cls)), drawn(data, SEED + 1)
    assert bits(first) == bits(again)
    assert (bits(first) != bits(other)) == takes_random_numbers(data)
    assert all(np.array_equal(now, then) for now, then in zip(np.random.get_state(), state, strict=True))
    first.x[...] = first.t[...] = 0
    assert bits(drawn(data)) == bits(again), "what was drawn is kept, and was changed"


@every_data_set
def test_a_file_takes_no_random_numbers(cls):
    assert not (build(cls).file_source() and takes_random_numbers(build(cls)))


# Parts.


@every_data_set
def test_a_set_alone_has_no_parts(cls):
    data = build(cls)
    assert [(data.has(name), data.part(name)) for name in ("validation", "test")] == [(False, None)] * 2
    assert data.training_samples(data.describe()) == data.describe().samples


@every_data_set
def test_a_part_is_the_set_with_the_fields_that_differ(cls):
    fields = {field.name: field.default for field in dataclasses.fields(cls)}
    differing = {name: 5 for name in ("samples",) if name in fields} | {
        name: "standard" for name in ("scale",) if name in fields
    }
    assert differing, "choose a field of this data set that a part can have otherwise"
    data = build(cls, validation=differing, test={}, split={})
    assert data.part("validation") == build(cls, **differing) != build(cls)
    assert data.part("test") == build(cls)
    assert data.has("validation")
    assert data.has("test")
    assert data.training_samples(data.describe()) == data.describe().samples
    assert all(data.part(name).fits(data.describe()) for name in ("validation", "test"))


@every_data_set
def test_validation_data_come_from_another_stream(cls):
    """Validation data of their own are new samples, and leave the training data as they are."""
    alone, with_part = (load(experiment(build(cls, validation=part))) for part in (None, {}))
    assert alone.validation is None
    assert bits(alone.training) == bits(with_part.training)
    assert (bits(with_part.training) != bits(with_part.validation)) == takes_random_numbers(build(cls))


@every_data_set
def test_a_split_has_no_row_in_two_parts(cls):
    data = with_defaults(build(cls, split={"validation": 0.2, "test": 0.1}))
    assert data.cut() == Split(validation=0.2, test=0.1)
    assert (data.has("validation"), data.has("test")) == (True, True)
    whole, loaded = data.draw(Streams(SEED, book=False).initial, data.describe()), load(experiment(data))
    rows = loaded.rows
    assert sorted(np.concatenate(rows).tolist()) == [*range(len(whole.x))], "each row is in one part"
    counts = round(0.2 * len(whole.x)), round(0.1 * len(whole.x))
    assert (len(rows.validation), len(rows.test)) == counts
    assert len(rows.training) == data.training_samples(data.describe()) == len(whole.x) - sum(counts)
    for part, its_rows in zip((loaded.training, loaded.validation, loaded.split_test), rows, strict=True):
        expected = loaded.preprocessing.inputs(whole.x[its_rows])
        np.testing.assert_array_equal(part.x, expected.astype(np.float32), "the samples of a part are its rows")
    again = load(experiment(data))
    assert all(map(np.array_equal, again.rows, rows))


# Defaults that depend on the task.


@every_data_set
@pytest.mark.parametrize("book", [False, True])
def test_values_of_files_are_scaled_but_not_in_book_precision(cls, book):
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
    assert filled.with_defaults(None, book=not book) == (filled, description), "what is given is not a default"


@every_data_set
def test_the_task_of_a_file_is_that_of_the_loss_unless_it_is_given(cls):
    if build(cls).file_source() is not None:
        for data, loss in ((build(cls), "categorical"), (build(cls, task="classes"), None)):
            filled, description = data.with_defaults(loss, book=False)
            assert filled.file_source().task == filled.describe().task == description.task == "classes"
        assert build(cls).with_defaults(None, book=False)[0].file_source().task is None
