"""Weights kept on the way: of the epochs that were due, in one file, and whole after a stop."""

from __future__ import annotations

import numpy as np
import pytest

from nncli.errors import NncliError
from nncli.events import EpochEnded
from nncli.store import Writer, lock_run, new_run, save_arrays
from nncli.store.run import SNAPSHOTS
from nncli.store.snapshots import load_snapshots
from tests.store.source import Training, record

LOSSES = [0.5] * 8


class Due(Training):
    """A training of which the weights are due after some numbers of epochs."""

    def __iter__(self):
        started, *others = super().__iter__()
        self.epoch = self.first - 1
        yield started._replace(snapshots=(0, 1, 3, 8))
        for event in others:
            if isinstance(event, EpochEnded):
                self.epoch = event.epoch
            yield event


def kept(run):
    numbers, arrays = load_snapshots(run.path / SNAPSHOTS)
    return dict(zip(numbers, arrays["layers.0.weights"][:, 0, 0].tolist(), strict=True))


@pytest.fixture
def writer(tmp_path):
    return new_run(tmp_path, "a", "", {})


def test_weights_of_the_epochs_that_are_due(writer):
    """The source's weights are the number of the last epoch, -1 before the first."""
    assert kept(record(writer, Due(LOSSES))) == {0: -1, 1: 0, 3: 2, 8: 7}


def test_none_are_kept_where_none_are_due(writer):
    run = record(writer, Training(LOSSES))
    assert not (run.path / SNAPSHOTS).exists()


def test_a_run_that_goes_on_has_those_of_one_that_never_stopped(writer):
    run = record(writer, Due(LOSSES), upto=4)
    assert kept(run) == {0: -1, 1: 0, 3: 2}
    for first in (5, 2):  # the second as after a crash: what lies ahead is taken again
        with lock_run(run) as locked_run, Writer.reopen(locked_run, "", {}) as again:
            for _event in again.record(Due(LOSSES, first=first)):
                pass
        assert kept(run) == {0: -1, 1: 0, 3: 2, 8: 7}


@pytest.mark.parametrize(
    ("arrays", "what"),
    [
        ({"layers.0.weights": np.zeros((2, 2))}, "it does not say of which epochs"),
        ({"epochs": np.array([1, 0]), "layers.0.weights": np.zeros((2, 2))}, "it does not say of which epochs"),
        ({"epochs": np.array([0.5, 1]), "layers.0.weights": np.zeros((2, 2))}, "it does not say of which epochs"),
        ({"epochs": np.array(1), "layers.0.weights": np.zeros((2, 2))}, "it does not say of which epochs"),
        ({"epochs": np.array([0, 1]), "layers.0.weights": np.zeros((3, 2))}, "its arrays differ in length"),
        ({"epochs": np.array([0, 1]), "layers.0.weights": np.zeros(())}, "its arrays differ in length"),
    ],
)
def test_a_damaged_file_is_refused(tmp_path, arrays, what):
    save_arrays(tmp_path / "a.npz", arrays)
    with pytest.raises(NncliError, match=f"is not a file of snapshots: {what}"):
        load_snapshots(tmp_path / "a.npz")
