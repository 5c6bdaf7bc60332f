"""The journal of a sweep: locked, appended line by line, and readable after a crash."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nncli.errors import NncliError
from nncli.sweeps.journal import Journal, read_journal


def lines(path: Path) -> list[int]:
    return [line["trial"] for line in read_journal(path)]


def test_lines_are_appended_and_read(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    journal = Journal(path)
    for number in range(3):
        journal.append({"trial": number, "value": float("nan")})
        assert lines(path) == list(range(number + 1))
    journal.close()
    assert path.read_text().splitlines()[0] == '{"trial": 0, "value": null}'


def test_second_journal_is_refused_until_the_first_is_closed(tmp_path: Path) -> None:
    first = Journal(tmp_path / "trials.jsonl")
    with pytest.raises(NncliError, match="is being run by another process"):
        Journal(tmp_path / "trials.jsonl")
    first.close()
    Journal(tmp_path / "trials.jsonl").close()


@pytest.mark.parametrize("rest", ['{"trial": 1, "set', "x" * 10_000])
def test_incomplete_last_line_is_ignored_and_then_removed(tmp_path: Path, rest: str) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_text('{"trial": 0}\n' + rest)
    assert lines(path) == [0]
    journal = Journal(path)
    journal.append({"trial": 2})
    journal.close()
    assert path.read_text() == '{"trial": 0}\n{"trial": 2}\n'


def test_journal_with_only_an_incomplete_line_becomes_empty(tmp_path: Path) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_text('{"trial"')
    Journal(path).close()
    assert path.read_bytes() == b""


def test_line_that_cannot_be_synced_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "trials.jsonl"
    journal = Journal(path)

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", refuse)
        with pytest.raises(NncliError, match="cannot be written: no space left on device"):
            journal.append({"trial": 0})
    journal.append({"trial": 1})
    journal.close()
    assert lines(path) == [1]


@pytest.mark.parametrize("line", ["[]", "nonsense", '{"seed": 0}', '{"trial": "0"}'])
def test_damaged_line_is_refused_with_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "trials.jsonl"
    path.write_text(f'{{"trial": 0}}\n{line}\n')
    with pytest.raises(NncliError, match=r"trials\.jsonl:2: is damaged: not a line about a trial"):
        lines(path)


def test_missing_journal_has_no_lines(tmp_path: Path) -> None:
    assert lines(tmp_path / "trials.jsonl") == []
