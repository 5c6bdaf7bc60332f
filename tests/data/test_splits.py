"""Splits put every row into one part, stratify like scikit-learn, and depend on the seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from nncli.data.data import Split
from nncli.data.splits import cut
from nncli.nn.engine.rng import Streams

VALUES = np.zeros((100, 1))


def random(seed=0):
    return np.random.default_rng(seed)


@settings(derandomize=True, max_examples=200)
@given(
    labels=st.lists(st.integers(0, 4), min_size=1, max_size=60),
    shares=st.tuples(st.floats(0, 0.5), st.floats(0, 0.49)),
    classes=st.booleans(),
)
def test_every_row_is_in_exactly_one_part(labels, shares, classes):
    t = np.array(labels) if classes else np.array(labels, float).reshape(-1, 1)
    rows = cut(t, Split(validation=shares[0], test=shares[1]), random())
    assert sorted(np.concatenate(rows).tolist()) == list(range(len(t)))
    assert (len(rows.validation), len(rows.test)) == tuple(round(share * len(t)) for share in shares)
    assert all(np.array_equal(part, np.sort(part)) for part in rows)


@pytest.mark.parametrize("counts", [(50, 50), (90, 10), (33, 33, 34), (61, 5, 17, 17), (7, 11, 13)])
@pytest.mark.parametrize("share", [0.1, 0.2, 0.25, 0.37, 0.5])
def test_stratification_agrees_with_scikit_learn(counts, share):
    t = np.repeat(np.arange(len(counts)), counts)
    ours = cut(t, Split(test=share), random())
    count = len(ours.test)
    training, test = train_test_split(t, test_size=count, stratify=t, random_state=0)
    exact = np.array(counts) * count / len(t)
    for rows, theirs in ((ours.test, test), (ours.training, training)):
        ours_each, theirs_each = np.bincount(t[rows]), np.bincount(theirs)
        is_integer = np.isclose(exact, exact.round())
        np.testing.assert_array_equal(ours_each[is_integer], theirs_each[is_integer])
        # If several classes have the same remainder, scikit-learn chooses among them at random.
        assert np.abs(ours_each - theirs_each).max() <= 1
        assert ours_each.sum() == theirs_each.sum()
    assert (np.abs(np.bincount(t[ours.test]) - exact) < 1).all()


def test_validation_and_test_are_stratified():
    t = np.repeat([0, 1, 2], [100, 60, 40])
    rows = cut(t, Split(validation=0.2, test=0.1), random())
    assert [np.bincount(t[part]).tolist() for part in rows] == [[70, 42, 28], [20, 12, 8], [10, 6, 4]]


def test_split_depends_only_on_the_seed():
    split = Split(validation=0.2, test=0.2)
    first, same, other = cut(VALUES, split, random(1)), cut(VALUES, split, random(1)), cut(VALUES, split, random(2))
    assert all(map(np.array_equal, first, same))
    assert not any(map(np.array_equal, first, other))


def test_every_row_is_drawn_equally_often():
    """A row's position does not change how often it is drawn."""
    times = np.zeros(100)
    for seed in range(400):
        times[cut(VALUES, Split(test=0.25), random(seed)).test] += 1
    assert times.mean() == 100
    assert 65 < times.min() < times.max() < 135  # 4 standard deviations


def test_split_stream_is_independent_of_the_others():
    streams, untouched = Streams(3, book=False), Streams(3, book=False)
    streams.for_split().random(100)
    assert streams.initial.random_sample() == untouched.initial.random_sample()
    assert streams.steps.random() == untouched.steps.random()
