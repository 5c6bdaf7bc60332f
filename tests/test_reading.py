"""The progress of reading files is reported to the listener."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncli import reading
from nncli.data.description import Description
from nncli.data.dialect import PLAIN
from nncli.data.table import read_columns
from nncli.data.tables import read_table
from nncli.reading import Progress, listening

ROWS = 20_000  # more than one block


class Recorder:
    """Records the reports."""

    def __init__(self) -> None:
        self.reports: list[Progress] = []
        self.ends = 0

    def update(self, progress: Progress) -> None:
        self.reports.append(progress)

    def end(self) -> None:
        self.ends += 1


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(reading, "REPORT_SECONDS", 0.0)
    path = tmp_path / "t.csv"
    path.write_text("x,y\n" + "1,2.5\n" * ROWS)
    return str(path)


def test_rows_and_share_grow_until_the_end(table: str) -> None:
    with listening(recorder := Recorder()):
        read_columns(table, PLAIN)
    rows = [report.rows for report in recorder.reports]
    shares = [report.share for report in recorder.reports]
    assert rows == sorted(rows)
    assert 0 < shares[0] < shares[-1] == 1
    assert 0 < rows[-1] <= ROWS + 1
    assert {report.path for report in recorder.reports} == {table}
    assert recorder.ends == 1


def test_every_reader_of_tables_reports(table: str) -> None:
    described = Description.of_numbers(ROWS, ("x",), ("y",))
    with listening(recorder := Recorder()):
        for _batch in read_table(table, described, with_targets=True):
            pass
    assert recorder.reports


def test_frequent_reports_are_left_out(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "REPORT_SECONDS", 1000.0)
    with listening(recorder := Recorder()):
        read_columns(table, PLAIN)
    assert recorder.reports == []


def test_the_listener_before_returns_after_the_block(table: str) -> None:
    with listening(recorder := Recorder()):
        with listening(None):
            read_columns(table, PLAIN)
        assert recorder.reports == []
        read_columns(table, PLAIN)
    assert recorder.reports
    count = len(recorder.reports)
    read_columns(table, PLAIN)
    assert len(recorder.reports) == count
