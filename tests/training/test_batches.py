"""Shuffling in blocks, for files that do not fit into memory."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.experiment import Train
from nncli.training.batches import BLOCK, WINDOW, shuffle_in_blocks
from tests.contracts.parts import small_experiment
from tests.trainings import resume, start


@pytest.mark.parametrize("count", [1, 5, BLOCK, BLOCK * WINDOW, 5 * BLOCK * WINDOW + 17])
def test_every_sample_occurs_once_in_a_new_order(count):
    random = np.random.default_rng(0)
    first, second = shuffle_in_blocks(count, random), shuffle_in_blocks(count, random)
    for order in (first, second):
        np.testing.assert_array_equal(np.sort(order), np.arange(count))
    if count > 1:
        assert (first != second).any() and (first != np.arange(count)).any()
    np.testing.assert_array_equal(shuffle_in_blocks(count, np.random.default_rng(0)), first)


def test_a_window_holds_whole_blocks():
    count = 5 * BLOCK * WINDOW
    order = shuffle_in_blocks(count, np.random.default_rng(0))
    windows = [np.unique(order[start : start + BLOCK * WINDOW] // BLOCK) for start in range(0, count, BLOCK * WINDOW)]
    assert [len(blocks) for blocks in windows] == [WINDOW] * 5
    assert windows[0].tolist() != list(range(WINDOW))


def test_few_samples_take_every_order():
    random = np.random.default_rng(0)
    assert len({tuple(shuffle_in_blocks(4, random).tolist()) for _ in range(300)}) == 24


@pytest.mark.parametrize("precision", ["float32", "book"])
def test_training_shuffled_in_blocks_resumes_bit_for_bit(precision, monkeypatch):
    monkeypatch.setattr("nncli.training.batches.BLOCK", 3)
    monkeypatch.setattr("nncli.training.batches.WINDOW", 2)
    experiment = small_experiment(precision=precision, train=Train(epochs=6, batch_size=7, shuffle="blocks"))
    whole, checkpoints = start(experiment), []
    for _event in whole:
        checkpoints.append(whole.arrays())
    resumed = resume(experiment, checkpoints[2], "checkpoint")
    assert resumed.checkpoint.epoch == 2
    for _event in resumed:
        pass
    expected, arrays = whole.arrays(), resumed.arrays()
    assert {name: array.tobytes() for name, array in arrays.items()} == {
        name: array.tobytes() for name, array in expected.items()
    }
