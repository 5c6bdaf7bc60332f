"""Snapshots are taken after the due epochs, in one file, even across a stop and resume."""

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


class TrainingWithSnapshots(Training):
    """A training that wants snapshots after 0, 1, 3 and 8 epochs."""

    def __iter__(self):
        started, *others = super().__iter__()
        self.epoch = self.first - 1
        yield started._replace(snapshots=(0, 1, 3, 8))
        for event in others:
            if isinstance(event, EpochEnded):
                self.epoch = event.epoch
            yield event


def snapshot_weights(run):
    numbers, arrays = load_snapshots(run.path / SNAPSHOTS)
    return dict(zip(numbers, arrays["layers.0.weights"][:, 0, 0].tolist(), strict=True))


@pytest.fixture
def writer(tmp_path):
    return new_run(tmp_path, "a", "", {})


def test_snapshots_are_taken_after_the_due_epochs(writer):
    """The weights are the number of the last epoch, -1 before the first."""
    assert snapshot_weights(record(writer, TrainingWithSnapshots(LOSSES))) == {0: -1, 1: 0, 3: 2, 8: 7}


def test_no_file_without_due_epochs(writer):
    run = record(writer, Training(LOSSES))
    assert not (run.path / SNAPSHOTS).exists()


def test_resumed_run_has_the_same_snapshots(writer):
    run = record(writer, TrainingWithSnapshots(LOSSES), stop_after=4)
    assert snapshot_weights(run) == {0: -1, 1: 0, 3: 2}
    for first in (5, 2):  # 2 as after a crash: later snapshots are taken again
        with lock_run(run) as locked_run, Writer.reopen(locked_run, "", {}) as resumed:
            for _event in resumed.record(TrainingWithSnapshots(LOSSES, first=first)):
                pass
        assert snapshot_weights(run) == {0: -1, 1: 0, 3: 2, 8: 7}


NO_EPOCHS = "its epochs are missing or not increasing"


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"layers.0.weights": np.zeros((2, 2))}, NO_EPOCHS),
        (
            {"epochs": np.array([1, 0]), "layers.0.weights": np.zeros((2, 2))},
            "its epochs are missing or not increasing",
        ),
        (
            {"epochs": np.array([0.5, 1]), "layers.0.weights": np.zeros((2, 2))},
            "its epochs are missing or not increasing",
        ),
        ({"epochs": np.array(1), "layers.0.weights": np.zeros((2, 2))}, NO_EPOCHS),
        ({"epochs": np.array([0, 1]), "layers.0.weights": np.zeros((3, 2))}, "its arrays differ in length"),
        ({"epochs": np.array([0, 1]), "layers.0.weights": np.zeros(())}, "its arrays differ in length"),
    ],
)
def test_damaged_file_is_refused(tmp_path, arrays, reason):
    save_arrays(tmp_path / "a.npz", arrays)
    with pytest.raises(NncliError, match=f"is not a file of snapshots: {reason}"):
        load_snapshots(tmp_path / "a.npz")
