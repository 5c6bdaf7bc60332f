"""What a checkpoint says of its data is checked: damaged or hostile, it ends in one line."""

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

SPEC = """\
data: {type: csv, path: t.csv, target: price, split: {test: 0.25}, missing: mean}
layers: [{type: dense, units: 1}]
loss: mse
train: {epochs: 1}
"""
TABLE = "rooms,city,price\n" + "".join(f"{1 + i % 5},{'ab'[i % 2]},{i}\n" for i in range(40))
NO_DESCRIPTION = "data.description is not a description of data"
ONE = Description(40, (Column("rooms"), Column("city", ("a", "b"))), ("price",), missing=True, digest="0" * 64)


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Run:
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "t.csv").write_text(TABLE)
    (folder / "t.yaml").write_text(SPEC)
    return nncli.train(folder / "t.yaml", runs_dir=folder / "runs")


@pytest.fixture(scope="module")
def whole(trained):
    return trained.checkpoint("last")


def why(run, arrays) -> str:
    """What is said of a run whose checkpoint holds these arrays, without its path."""
    path = run.path / "checkpoints" / "last.npz"
    store.save_arrays(path, arrays)
    start = time.process_time()
    with pytest.raises(NncliError) as caught:
        nncli.load(run)
    assert time.process_time() - start < 2
    (line,) = caught.value.lines()
    assert line.isprintable()
    return line.replace(f"{path}: is not a checkpoint of this experiment: ", "")


def described(**changes):
    """The bytes of the description with some fields given otherwise."""
    fields = json.loads(ONE.array().tobytes())
    return as_array(json.dumps(fields | changes))


def as_array(text: str | bytes):
    return np.frombuffer(text.encode() if isinstance(text, str) else text, np.uint8)


def test_a_description_of_before_there_were_labels():
    fields = json.loads(ONE.array().tobytes())
    del fields["label_names"]
    assert Description.of_array(as_array(json.dumps(fields))) == ONE
    assert ONE.is_in(as_array(json.dumps(fields)))
    assert not ONE.is_in(as_array(json.dumps(fields | {"samples": 41})))
    assert not ONE.is_in(as_array("{}"))
    labels = ONE._replace(label_names=(("no", "yes"),))
    assert Description.of_array(labels.array()) == labels


def test_it_is_what_was_said_before(trained, whole):
    assert Description.of_array(whole["data.description"])[:-1] == ONE[:-1]
    assert Description.of_array(ONE.array()) == ONE
    assert sorted(name for name in whole if name.startswith(("data.", "split."))) == [
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
def test_one_that_is_missing(trained, whole, name):
    without = {key: array for key, array in whole.items() if key != f"data.{name}"}
    assert why(trained, without) == f"it has no 'data.{name}'"


@pytest.mark.parametrize("name", ["fill", "unseen", "shift", "scale"])
@pytest.mark.parametrize(
    "array",
    [np.ones(2), np.ones(4), np.ones((3, 1)), np.ones(()), np.ones(0), [1, np.nan, 1], [1, 1, np.inf], np.ones((1, 3))],
    ids=str,
)
def test_one_of_another_shape_or_not_finite(trained, whole, name, array):
    assert why(trained, whole | {f"data.{name}": np.asarray(array)}) == f"data.{name} is damaged"


@pytest.mark.parametrize("name", ["target_shift", "target_scale"])
@pytest.mark.parametrize("array", [np.ones(2), np.ones((1, 1)), np.ones(()), [np.nan]], ids=str)
def test_one_of_the_targets(trained, whole, name, array):
    assert why(trained, whole | {f"data.{name}": np.asarray(array)}) == f"data.{name} is damaged"


@pytest.mark.parametrize("scale", [0, -1])
def test_a_scale_that_cannot_be_divided_by(trained, whole, scale):
    assert why(trained, whole | {"data.scale": np.array([1.0, scale, 1])}) == "data.scale is damaged"
    assert why(trained, whole | {"data.target_scale": np.array([scale])}) == "data.target_scale is damaged"


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
        described(samples=-1),
        described(samples=0),
        described(samples=10**400),
        described(samples=True),
        described(samples="40"),
        described(samples=1e3),
        described(samples=float("inf")),
        described(samples=None),
        described(columns=[]),
        described(columns={"rooms": None}),
        described(columns="ab"),
        described(columns=[["rooms"]]),
        described(columns=[["rooms", None, 1]]),
        described(columns=[[1, None]]),
        described(columns=[["rooms", "ab"]]),
        described(columns=[["rooms", [1, 2]]]),
        described(columns=[["rooms", [["a"]]]]),
        described(columns=[["rooms", []]]),
        described(columns=[None]),
        described(target_names=[]),
        described(target_names="price"),
        described(target_names=[None]),
        described(target_names=None),
        described(class_names=None),
        described(class_names=["a"]),
        described(class_names=[1, 2]),
        described(class_names={"a": 1, "b": 2}),
        described(missing=1),
        described(missing=None),
        described(unseen="yes"),
        described(digest=0),
        described(digest=None),
        described(more=1),
        as_array(json.dumps({"samples": 1})),
        *(described(label_names=names) for names in (5, ["no"], [["no"]], [["no", 1]], [["no", "yes"]] * 2)),
        described(label_names=[["no", "yes"]], class_names=["a", "b"]),
    ],
    ids=lambda array: ascii(array.tobytes()[:60])[2:-1],
)
def test_a_description_that_is_none(trained, whole, array):
    assert why(trained, whole | {"data.description": array}) == NO_DESCRIPTION


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"columns": [["rooms", None]]}, "data.fill is damaged"),
        ({"target_names": ["price", "y"]}, "the last layer must have 2 units, one for each target of csv, not 1"),
        ({"class_names": ["a", "b", "c"]}, "the last layer must have 3 units, one for each class of csv, not 1"),
    ],
)
def test_a_description_of_other_data(trained, whole, changes, said):
    assert why(trained, whole | {"data.description": described(**changes)}).endswith(said)


def test_a_description_of_more_than_fits_into_memory(trained, whole):
    said = why(trained, whole | {"data.description": described(samples=2**53)})
    assert "training would need over a million GB of memory, but this machine has about" in said


def test_parts_that_are_others_are_no_matter(trained, whole):
    """The rows of the parts are kept for people; the split is drawn again."""
    store.save_arrays(trained.path / "checkpoints" / "last.npz", whole | {"split.test": np.array([-5, 10**9])})
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
def test_no_description_raises_anything_else(changes, noise, data):
    damaged = bytearray(described(**changes).tobytes())
    at = data.draw(st.integers(0, len(damaged)))
    damaged[at : at + data.draw(st.integers(0, 5))] = noise
    for array in (described(**changes), as_array(bytes(damaged))):
        try:
            found = Description.of_array(array)
        except ValueError as error:
            assert str(error) == "not a description of data"
        else:
            assert Description.of_array(found.array()) == found
            assert found.input_names
