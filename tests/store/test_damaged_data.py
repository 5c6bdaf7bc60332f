"""A damaged or hostile description of the data in a checkpoint is refused with one line."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nncli
from nncli import store
from nncli.data.description import Column, Description
from nncli.errors import NncliError
from nncli.store import Run

pytestmark = pytest.mark.usefixtures("frozen_objects")

SPEC = """\
data: {type: csv, path: t.csv, target: price, split: {test: 0.25}, missing: mean}
layers: [{type: dense, units: 1}]
loss: mse
train: {epochs: 1}
"""
TABLE = "rooms,city,price\n" + "".join(f"{1 + i % 5},{'ab'[i % 2]},{i}\n" for i in range(40))
HINT = "hint: use the settings that it was trained with, or train a new run"
NO_DESCRIPTION = "data.description is not a description of data"
EXAMPLE = Description(40, (Column("rooms"), Column("city", ("a", "b"))), ("price",), missing=True, digest="0" * 64)


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "t.csv").write_text(TABLE)
    (folder / "t.yaml").write_text(SPEC)
    return nncli.train(folder / "t.yaml", runs_dir=folder / "runs")


@pytest.fixture(scope="module")
def arrays(trained):
    return trained.checkpoint("last")


def load_error(run, arrays) -> str:
    """Return the error for a run whose checkpoint has these arrays, without its path."""
    path = run.path / "checkpoints" / "last.npz"
    store.save_arrays(path, arrays)
    start = time.process_time()
    with pytest.raises(NncliError) as caught:
        nncli.load(run)
    assert time.process_time() - start < 2
    line, *hints = caught.value.lines()
    assert line.isprintable()
    message = line.replace(f"{path}: is not a checkpoint of this experiment: ", "")
    assert hints == ([] if message == line else [HINT])
    return message


def description_with(**changes):
    """Return the bytes of the description with some fields changed."""
    fields = json.loads(EXAMPLE.array().tobytes())
    return as_array(json.dumps(fields | changes))


def as_array(text: str | bytes):
    return np.frombuffer(text.encode() if isinstance(text, str) else text, np.uint8)


def test_description_without_label_names_is_read():
    fields = json.loads(EXAMPLE.array().tobytes())
    del fields["label_names"]
    assert Description.of_array(as_array(json.dumps(fields))) == EXAMPLE
    assert EXAMPLE.is_in(as_array(json.dumps(fields)))
    assert not EXAMPLE.is_in(as_array(json.dumps(fields | {"samples": 41})))
    assert not EXAMPLE.is_in(as_array("{}"))
    labels = EXAMPLE._replace(label_names=(("no", "yes"),))
    assert Description.of_array(labels.array()) == labels


def test_checkpoint_has_the_description_and_all_data_arrays(trained, arrays):
    assert Description.of_array(arrays["data.description"])[:-1] == EXAMPLE[:-1]
    assert Description.of_array(EXAMPLE.array()) == EXAMPLE
    assert sorted(name for name in arrays if name.startswith(("data.", "split."))) == [
        "data.description",
        "data.digest",
        "data.fill",
        "data.scale",
        "data.shift",
        "data.target_scale",
        "data.target_shift",
        "data.unseen",
        "split.test",
        "split.training",
        "split.validation",
    ]


@pytest.mark.parametrize("name", ["description", "fill", "shift", "scale", "target_shift", "target_scale"])
def test_missing_array_is_refused(trained, arrays, name):
    without = {key: array for key, array in arrays.items() if key != f"data.{name}"}
    assert load_error(trained, without) == f"it has no 'data.{name}'"


@pytest.mark.parametrize("name", ["fill", "unseen", "shift", "scale"])
@pytest.mark.parametrize(
    "array",
    [np.ones(2), np.ones(4), np.ones((3, 1)), np.ones(()), np.ones(0), [1, np.nan, 1], [1, 1, np.inf], np.ones((1, 3))],
    ids=str,
)
def test_array_with_wrong_shape_or_nonfinite_value_is_refused(trained, arrays, name, array):
    assert load_error(trained, arrays | {f"data.{name}": np.asarray(array)}) == f"data.{name} is damaged"


@pytest.mark.parametrize("name", ["target_shift", "target_scale"])
@pytest.mark.parametrize("array", [np.ones(2), np.ones((1, 1)), np.ones(()), [np.nan]], ids=str)
def test_wrong_target_scaling_is_refused(trained, arrays, name, array):
    assert load_error(trained, arrays | {f"data.{name}": np.asarray(array)}) == f"data.{name} is damaged"


@pytest.mark.parametrize("scale", [0, -1])
def test_scale_that_is_not_positive_is_refused(trained, arrays, scale):
    assert load_error(trained, arrays | {"data.scale": np.array([1.0, scale, 1])}) == "data.scale is damaged"
    assert load_error(trained, arrays | {"data.target_scale": np.array([scale])}) == "data.target_scale is damaged"


@pytest.mark.parametrize(
    "array",
    [
        as_array(""),
        as_array("null"),
        as_array("[]"),
        as_array("7"),
        as_array("{}"),
        as_array("{"),
        as_array(b"\xff\xfe{"),
        as_array(b"\x80" * 100_000),
        as_array("[" * 1_000_000),
        as_array('{"columns":' * 100_000),
        as_array("9" * 100_000),
        as_array("NaN"),
        np.ones(3),
        description_with(samples=-1),
        description_with(samples=0),
        description_with(samples=10**400),
        description_with(samples=True),
        description_with(samples="40"),
        description_with(samples=1e3),
        description_with(samples=float("inf")),
        description_with(samples=None),
        description_with(columns=[]),
        description_with(columns={"rooms": None}),
        description_with(columns="ab"),
        description_with(columns=[["rooms"]]),
        description_with(columns=[["rooms", None, 1]]),
        description_with(columns=[[1, None]]),
        description_with(columns=[["rooms", "ab"]]),
        description_with(columns=[["rooms", [1, 2]]]),
        description_with(columns=[["rooms", [["a"]]]]),
        description_with(columns=[["rooms", []]]),
        description_with(columns=[None]),
        description_with(target_names=[]),
        description_with(target_names="price"),
        description_with(target_names=[None]),
        description_with(target_names=None),
        description_with(class_names=None),
        description_with(class_names=["a"]),
        description_with(class_names=[1, 2]),
        description_with(class_names={"a": 1, "b": 2}),
        description_with(missing=1),
        description_with(missing=None),
        description_with(unseen="yes"),
        description_with(digest=0),
        description_with(digest=None),
        description_with(more=1),
        as_array(json.dumps({"samples": 1})),
        *(description_with(label_names=names) for names in (5, ["no"], [["no"]], [["no", 1]], [["no", "yes"]] * 2)),
        description_with(label_names=[["no", "yes"]], class_names=["a", "b"]),
    ],
    ids=lambda array: ascii(array.tobytes()[:60])[2:-1],
)
def test_invalid_description_is_refused(trained, arrays, array):
    assert load_error(trained, arrays | {"data.description": array}) == NO_DESCRIPTION


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": [["rooms", None]]}, "data.fill is damaged"),
        ({"target_names": ["price", "y"]}, "the last layer must have 2 units, one for each target of csv, not 1"),
        ({"class_names": ["a", "b", "c"]}, "the last layer must have 3 units, one for each class of csv, not 1"),
    ],
)
def test_description_of_other_data_is_refused(trained, arrays, changes, message):
    assert load_error(trained, arrays | {"data.description": description_with(**changes)}).endswith(message)


def test_description_of_data_larger_than_memory_is_refused(trained, arrays):
    message = load_error(trained, arrays | {"data.description": description_with(samples=2**53)})
    assert "training would need over a million GB of memory, but nncli may use about" in message


def test_saved_split_rows_are_ignored(trained, arrays):
    """The rows of the parts are saved for people only; the split is drawn again."""
    store.save_arrays(trained.path / "checkpoints" / "last.npz", arrays | {"split.test": np.array([-5, 10**9])})
    samples = nncli.load(trained).samples("test")
    assert samples is not None
    assert len(samples.x) == 10


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(derandomize=True, max_examples=300)
@given(st.dictionaries(st.sampled_from(Description._fields), JSON, max_size=4), st.binary(max_size=20), st.data())
def test_damaged_description_raises_only_value_error(changes, noise, data):
    damaged = bytearray(description_with(**changes).tobytes())
    at = data.draw(st.integers(0, len(damaged)))
    damaged[at : at + data.draw(st.integers(0, 5))] = noise
    for array in (description_with(**changes), as_array(bytes(damaged))):
        try:
            description = Description.of_array(array)
        except ValueError as error:
            assert str(error) == "not a description of data"
        else:
            assert Description.of_array(description.array()) == description
            assert description.input_names
