"""probes.jsonl is written during training, and continued when a run is resumed as it began."""

from __future__ import annotations

import pytest

from nncli.store import Writer, lock_run, new_run
from nncli.store.probes import MAX_BYTES, read_probe_rows
from nncli.store.run import PROBES
from tests.store.source import Training, record

LOSSES = [0.5] * 8
DUE = (0, 1, 3, 8)


class ProbedTraining(Training):
    """A training with probes after 0, 1, 3 and 8 epochs; each is completed after the next epoch."""

    def probe_rows(self, *, always):
        epochs = self.epoch + 1
        rows = [{"epoch": epochs - 1, "complete": True}] if epochs - 1 in DUE else []
        return rows + ([{"epoch": epochs, "complete": False}] if epochs in DUE or always else [])


@pytest.fixture
def writer(tmp_path):
    return new_run(tmp_path, "a", "", {"probes": True})


def rows(run):
    return [(row["epoch"], row["complete"]) for row in read_probe_rows(run.path / PROBES)]


def resume(run, first):
    with lock_run(run) as locked_run, Writer.reopen(locked_run, "", {}) as writer:
        for _event in writer.record(ProbedTraining(LOSSES, first=first)):
            pass


WHOLE = [(0, True), (1, True), (3, True), (8, False)]


def test_rows_are_replaced_when_they_are_complete(writer):
    run = record(writer, ProbedTraining(LOSSES))
    assert rows(run) == WHOLE
    assert (run.path / PROBES).read_text().splitlines()[0] == '{"epoch": 0, "complete": true}'


def test_last_weights_of_a_stopped_run_are_measured(writer):
    assert rows(record(writer, ProbedTraining(LOSSES), stop_after=4)) == [(0, True), (1, True), (3, True), (5, False)]


@pytest.mark.parametrize("stop_after", [0, 1, 2, 3, 6])
def test_resumed_run_has_the_same_rows(writer, stop_after):
    run = record(writer, ProbedTraining(LOSSES), stop_after=stop_after)
    resume(run, stop_after + 1)
    assert rows(run) == WHOLE


def test_rows_after_the_checkpoint_are_taken_again(writer):
    """As after a crash, before which the file was saved later than the checkpoint."""
    run = record(writer, ProbedTraining(LOSSES), stop_after=4)
    resume(run, 2)
    assert rows(run) == WHOLE


@pytest.mark.parametrize("info", [{}, {"probes": False}, {"probes": "yes"}])
def test_run_without_probes_has_no_file_even_if_resumed(tmp_path, info):
    run = record(new_run(tmp_path, "a", "", info), ProbedTraining(LOSSES), stop_after=2)
    assert not (run.path / PROBES).exists()
    resume(run, 3)
    assert not (run.path / PROBES).exists()


@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\n", b"[]\n", b'{"epoch": "1"}\n', b"[" * 100_000])
def test_damaged_file_is_replaced(writer, damage):
    run = record(writer, ProbedTraining(LOSSES), stop_after=4)
    (run.path / PROBES).write_bytes(damage)
    resume(run, 5)
    assert rows(run) == [(8, False)]


def test_huge_file_is_not_read(tmp_path):
    path = tmp_path / PROBES
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ValueError, match="too large"):
        read_probe_rows(path)
    assert read_probe_rows(tmp_path / "missing") == []


def test_run_that_was_killed_before_its_run_json_has_probes(writer):
    run = record(writer, ProbedTraining(LOSSES), stop_after=0)
    for name in ("run.json", PROBES):
        (run.path / name).unlink()
    resume(run, 1)
    assert rows(run) == WHOLE
